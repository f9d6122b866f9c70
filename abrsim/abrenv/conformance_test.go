package abrenv_test

import (
	"testing"

	"trailblazer/api/env/envtest"
	"trailblazer/internal/testabr"
	"trailblazer/internal/testdata"
)

// TestConformance runs the contract's suite on every kind of environment.
func TestConformance(t *testing.T) {
	for _, test := range []struct{ name, scenario, config string }{
		{"Train", "abr/train", ""},
		{"DefaultTest", "abr/default-test", ""},
		{"OOD3", "abr/ood3", ""},
		{"Stationary", "abr/stationary", ""},
		{"Custom", "abr/custom", ""},
		{"Dict", "abr/train", `{"observation": {"layout": "dict", "history": 3}}`},
		{"DictCustom", "abr/custom", `{"observation": {"layout": "dict"}, "max_steps": 7, "player": {"noise_low": 0.5, "noise_high": 2}}`},
		{"Log", "abr/ood1", `{"qoe": {"kind": "log"}, "first_chunk": "agent"}`},
		{"Generated", "abr/generated", `{"generator": {"traces": 20}}`},
		{"Randomised", "abr/train", randomised},
		{"RandomisedDict", "abr/custom", `{"observation": {"layout": "dict"}, "randomise": {"videos": {"generated": 3, "ladder": [0.5, 2]}}, "future": {"windows_s": [0.5, 100]}, ` + ownData + `}`},
		{"Uploaded", "abr/custom", uploads},
	} {
		t.Run(test.name, func(t *testing.T) {
			envtest.Run(t, envtest.Target{Factory: openFactory(t, "", test.scenario, test.config)})
		})
	}
}

func TestConformanceOnRealData(t *testing.T) {
	dir := testdata.Dir(t)
	for _, scenario := range []string{"abr/train", "abr/default-test-strict", "abr/genet-synthetic-video2"} {
		t.Run(scenario, func(t *testing.T) {
			envtest.Run(t, envtest.Target{Factory: openFactory(t, dir, scenario, ""), Seeds: []uint64{1}})
		})
	}
}

// uploads are two traces and two videos of a user's own, with rules that suit
// them.
const uploads = `{"player": {"rtt_ms": 0, "drain_quantum_ms": 0, "buffer_cap_ms": 5000}, ` + ownData + `}`

// randomised plays what nobody has seen, and shows what is to come.
const randomised = `{"randomise": {"videos": {"generated": 3, "ladder": [0.7, 1.5]}, "bandwidth": {"variants": 2}},
	"generator": {"traces": 5}, "future": {"windows_s": [1, 2, 4, 8, 16, 32]}, "skip_dead": true}`

const ownData = testabr.OwnData
