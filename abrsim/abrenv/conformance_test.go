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

const ownData = testabr.OwnData
