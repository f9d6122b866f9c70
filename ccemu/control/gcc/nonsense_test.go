package gcc_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"trailblazer/ccemu/control/gcc"
	"trailblazer/ccemu/feedback"
)

// TestNonsense feeds packets and reports that no network makes. Decisions have
// to stay within the bounds.
func TestNonsense(t *testing.T) {
	c := gcc.Config{MinBps: 10e3, MaxBps: 20e6}
	for _, agent := range []feedback.Controller{gcc.New(c), gcc.NewProd(c), gcc.NewDraft(gcc.DraftConfig{Config: c})} {
		for seed := range uint64(200) {
			agent.Reset()
			r := rand.New(rand.NewPCG(seed, 1))
			times := []time.Duration{0, 1, ms, time.Second, time.Hour, 1 << 50, -1, -time.Hour, -1 << 50}
			rates := []float64{0, 1, 1e3, 1e6, 1e12, -1, math.Inf(1), math.Inf(-1), math.NaN(), math.MaxFloat64}
			now := time.Duration(0)
			for range 300 {
				at := func() time.Duration {
					if r.IntN(4) == 0 {
						return times[r.IntN(len(times))]
					}
					return now + time.Duration(r.IntN(200)-100)*ms
				}
				packet := func() feedback.Sent {
					return feedback.Sent{
						Sequence: int64(r.IntN(100)), At: at(), SizeBytes: int32(r.IntN(3000) - 10),
						Frame: int32(r.IntN(10) - 1), Cluster: int32(r.IntN(20) - 3), Kind: feedback.Kind(r.IntN(feedback.Kinds)),
					}
				}
				switch r.IntN(3) {
				case 0:
					p := packet()
					agent.OnSent(&p)
				case 1:
					report := feedback.Report{At: at(), Departure: at()}
					for range r.IntN(40) {
						report.Results = append(report.Results, feedback.Result{Sent: packet(), Received: r.IntN(4) > 0, Arrival: at()})
					}
					agent.OnReport(&report)
				default:
					s := feedback.Sender{Now: at(), RequestBps: rates[r.IntN(len(rates))], TargetBps: rates[r.IntN(len(rates))]}
					d := agent.Decide(&s)
					if !(d.TargetBps >= c.MinBps && d.TargetBps <= c.MaxBps) {
						t.Fatalf("%T, seed %d: a target of %v", agent, seed, d.TargetBps)
					}
					if !(d.ProbeBps >= 0) {
						t.Fatalf("%T, seed %d: a probe at %v", agent, seed, d.ProbeBps)
					}
				}
				now += time.Duration(r.IntN(50)) * ms
			}
		}
	}
}
