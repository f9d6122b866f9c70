package policy_test

import (
	"math"
	"testing"

	"trailblazer/api/env"
	"trailblazer/ccemu/policy"
	"trailblazer/internal/testcc"
)

// oddSessions are networks that nobody wants, one after the other.
var oddSessions = []struct{ name, session string }{
	{"a dead link", `{"forward": {"bottleneck": {"rate_kbps": {"values": [0]}}}}`},
	{"nothing for 4 s", `{"forward": {"bottleneck": {"rate_kbps": {"at_ms": [0, 2000, 6000], "values": [1000, 0, 1000]}}}, "reverse": {"delay_ms": {"values": [20]}}}`},
	{"no delay at all", `{"forward": {"bottleneck": {"rate_kbps": {"values": [2000]}}}}`},
	{"everything is lost", `{"forward": {"bottleneck": {"rate_kbps": {"values": [2000]}}, "loss": {"share": {"values": [1]}}}}`},
	{"no report comes back", `{"forward": {"bottleneck": {"rate_kbps": {"values": [2000]}}}, "reverse": {"loss": {"share": {"values": [1]}}}}`},
	{"1 Gbps", `{"forward": {"bottleneck": {"rate_kbps": {"values": [1000000]}}, "delay_ms": {"values": [5]}}, "flows": [{"request_kbps": {"values": [100000]}, "start_kbps": 50000}], "duration_ms": 2000}`},
	{"no bottleneck", `{"forward": {"delay_ms": {"values": [5]}}}`},
	{"a packet's queue", `{"forward": {"bottleneck": {"rate_kbps": {"values": [500]}, "queue": {"limit_packets": 1}}}}`},
	{"a request of nothing", `{"forward": {"bottleneck": {"rate_kbps": {"values": [500]}}}, "flows": [{"request_kbps": {"values": [0]}}]}`},
	{"all out of order", `{"forward": {"bottleneck": {"rate_kbps": {"values": [3000]}}, "delay_ms": {"values": [30]}, "reorder_share": 1, "reorder_ms": 200}}`},
	{"reports through 10 kbps", `{"forward": {"bottleneck": {"rate_kbps": {"values": [3000]}}}, "reverse": {"bottleneck": {"rate_kbps": {"values": [10]}}}}`},
	{"a minute's delay", `{"forward": {"bottleneck": {"rate_kbps": {"values": [3000]}}, "delay_ms": {"values": [60000]}}}`},
}

// TestOddSessions: whatever the network, every policy decides for a rate, and
// what the environment shows are numbers within their bounds.
func TestOddSessions(t *testing.T) {
	for _, odd := range oddSessions {
		t.Run(odd.name, func(t *testing.T) {
			t.Parallel()
			factory := testcc.OpenFactory(t, "", "cc/custom", `{"packets": true, "probes": true, "max_steps": 100, "sessions": {"sessions": [`+odd.session+`]}}`)
			spec := factory.Spec()
			checkObservation, checkInfo := env.NewChecker("observation", env.Leaves(spec.Observation)), env.NewChecker("info", env.Leaves(spec.Info))
			e, err := factory.New(0, 1)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range policy.Descriptions() {
				p, err := policy.New(d.Name, spec)
				if err != nil {
					t.Fatal(err)
				}
				out, action := env.NewBatch(spec, 1), env.NewArrays(env.Leaves(spec.Action), 1)
				seed := uint64(1)
				if err := e.Reset(&seed, nil, out, 0); err != nil {
					t.Fatal(err)
				}
				p.Reset(seed)
				for step := 0; !out.Done(0); step++ {
					if err := p.Act(out, 0, action); err != nil {
						t.Fatalf("%s, step %d: %v", d.Name, step, err)
					}
					if err := e.Step(action, out, 0); err != nil {
						t.Fatalf("%s, step %d: %v", d.Name, step, err)
					}
					if err := checkObservation.CheckRow(out.Observation, 0); err != nil {
						t.Fatalf("%s, step %d: %v", d.Name, step, err)
					}
					if err := checkInfo.CheckRow(out.Info, 0); err != nil {
						t.Fatalf("%s, step %d: %v", d.Name, step, err)
					}
					if math.IsNaN(out.Reward[0]) || out.Reward[0] < spec.RewardLow || out.Reward[0] > spec.RewardHigh {
						t.Fatalf("%s, step %d: reward %v", d.Name, step, out.Reward[0])
					}
				}
			}
		})
	}
}
