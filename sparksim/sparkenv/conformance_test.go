package sparkenv_test

import (
	"testing"

	"trailblazer/api/env/envtest"
	"trailblazer/internal/testcjs"
	"trailblazer/internal/testdata"
)

// TestConformance runs the contract's suite on every kind of environment.
func TestConformance(t *testing.T) {
	for _, test := range []struct{ name, scenario, config string }{
		{"Custom", "cjs/custom", ""},
		{"Train", "cjs/train", `{"arrivals": {"jobs": 30}, "max_steps": 200}`},
		{"Recorded", "cjs/custom", `{"record": true, "cluster": {"executors": 70, "moving_delay_ms": 0, "discount_per_s": 0.005}}`},
		{"TimeLimit", "cjs/ood1", `{"arrivals": {"jobs": 10}, "time_limit_ms": 60000, "random_time_limit": true}`},
		{"OneExecutor", "cjs/custom", `{"cluster": {"executors": 1}, "arrivals": {"jobs": 3}, "sequence_seed": 7}`},
		{"OwnWorkload", "cjs/custom", `{` + testcjs.OwnWorkload + `}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			envtest.Run(t, envtest.Target{Factory: testcjs.OpenFactory(t, "", test.scenario, test.config), Act: testcjs.Act})
		})
	}
}

func TestConformanceOnRealData(t *testing.T) {
	factory := testcjs.OpenFactory(t, testdata.Dir(t), "cjs/default-test", "")
	envtest.Run(t, envtest.Target{Factory: factory, Seeds: []uint64{666}, MaxSteps: 400, Act: testcjs.Act})
}
