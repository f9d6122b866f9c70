package agent_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"trailblazer/api/env"
	"trailblazer/internal/testrun"
	"trailblazer/trainer/agent"
)

// BenchmarkDecide measures decisions in whole episodes: one at a time, and for
// 64 environments at once. p50 and p99 are of a call, ns/op of a decision.
func BenchmarkDecide(b *testing.B) {
	for _, f := range []env.Factory{abr(b, "abr/train"), cjs(b), cc(b)} {
		for _, preset := range []string{"small", "decision-transformer"} {
			run := open(b, testrun.Options{Preset: preset}, f.Spec())
			for _, n := range []int{1, 64} {
				b.Run(fmt.Sprintf("%s/%s/%d", f.Spec().Scenario, preset, n), func(b *testing.B) { benchmarkDecide(b, f, run, n) })
			}
		}
	}
}

func benchmarkDecide(b *testing.B, f env.Factory, run *agent.Run, n int) {
	stages, turns := make([]*stage, n), make([]env.Turn, n)
	for i := range stages {
		stages[i] = newStage(b, f, uint64(i))
		turns[i] = env.Turn{Policy: policy(b, run, f.Spec(), agent.Options{}), In: stages[i].shown, Action: stages[i].action}
	}
	var times []time.Duration
	b.ReportAllocs()
	for done := 0; done < b.N; done += n {
		begin := time.Now()
		if n == 1 {
			turns[0].Err = turns[0].Policy.Act(turns[0].In, 0, turns[0].Action)
		} else {
			turns[0].Policy.(env.Joiner).Join(turns)
		}
		times = append(times, time.Since(begin))
		b.StopTimer()
		for i, s := range stages {
			if turns[i].Err != nil {
				b.Fatal(turns[i].Err)
			}
			if s.step(b); s.shown.Done(0) {
				s.reset(b, uint64(i+done))
				turns[i].Policy.Reset(0)
			}
		}
		b.StartTimer()
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2].Nanoseconds())/1e3, "p50-µs")
	b.ReportMetric(float64(times[len(times)*99/100].Nanoseconds())/1e3, "p99-µs")
}
