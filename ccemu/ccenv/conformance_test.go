package ccenv_test

import (
	"testing"

	"trailblazer/api/env/envtest"
	"trailblazer/internal/testcc"
	"trailblazer/internal/testdata"
)

// TestConformance runs the contract's suite on every kind of environment.
func TestConformance(t *testing.T) {
	for _, test := range []struct{ name, scenario, config string }{
		{"Custom", "cc/custom", `{"max_steps": 60}`},
		{"Train", "cc/train", `{"max_steps": 80}`},
		{"Packets", "cc/test", `{"max_steps": 40, "packets": true, "probes": true}`},
		{"Flows", "cc/ood-cross", `{"max_steps": 40, "flows": 3, "packets": true, "probes": true, "others": "nada"}`},
		{"Late", "cc/custom", `{"max_steps": 50, "decision": {"latency_ms": [5, 30, 99, 250], "deadline_ms": 90}}`},
		{"Fixed", "cc/libwebrtc", `{"max_steps": 50, "step_ms": 50}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			envtest.Run(t, envtest.Target{Factory: testcc.OpenFactory(t, "", test.scenario, test.config), MaxSteps: 100, Act: testcc.Act})
		})
	}
}

func TestConformanceOnRealData(t *testing.T) {
	factory := testcc.OpenFactory(t, testdata.Dir(t), "cc/ood-dynamics", `{"max_steps": 100}`)
	envtest.Run(t, envtest.Target{Factory: factory, MaxSteps: 120, Act: testcc.Act})
}
