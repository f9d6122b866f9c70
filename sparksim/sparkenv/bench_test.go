package sparkenv_test

import (
	"fmt"
	"testing"

	"trailblazer/api/env"
	"trailblazer/api/env/vector"
	"trailblazer/internal/testcjs"
)

// BenchmarkVector steps clusters of the default test, observation, info and
// masks included. Every stage that comes first gets all executors.
func BenchmarkVector(b *testing.B) {
	factory := testcjs.OpenFactory(b, "", "cjs/default-test", "")
	for _, n := range []int{1, 64, 1024} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			pool := vector.NewPool(0)
			defer pool.Close()
			v, err := vector.New(factory, n, env.NextStep, pool)
			if err != nil {
				b.Fatal(err)
			}
			shown, err := v.Reset(env.ResetOptions{Seeds: []uint64{1}})
			if err != nil {
				b.Fatal(err)
			}
			action := env.NewArrays(env.Leaves(factory.Spec().Action), n)
			executors := env.All[int64](action.Find("executors"))
			b.ReportAllocs()
			for b.Loop() {
				copy(executors, env.All[int64](shown.Observation.Find("committable")))
				next, err := v.Step(action)
				if err != nil {
					b.Fatal(err)
				}
				shown = &next.Batch
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "steps/s")
		})
	}
}

// BenchmarkSnapshot saves and restores a cluster in the middle of an episode.
func BenchmarkSnapshot(b *testing.B) {
	s := newStage(b, "", "cjs/default-test", "")
	s.reset(b, 1, "")
	for range 500 {
		s.act(b)
	}
	shot := s.Env.(env.Snapshotter)
	var state []byte
	b.ReportAllocs()
	for b.Loop() {
		state = shot.AppendState(state[:0])
		if err := shot.RestoreState(state, s.out, 0); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(state)), "B/state")
}

// BenchmarkReset draws and begins episodes.
func BenchmarkReset(b *testing.B) {
	s := newStage(b, "", "cjs/default-test", "")
	b.ReportAllocs()
	seed := uint64(0)
	for b.Loop() {
		s.reset(b, seed, "")
		seed++
	}
}

// BenchmarkNew makes environments of a factory that is there.
func BenchmarkNew(b *testing.B) {
	factory := testcjs.OpenFactory(b, "", "cjs/default-test", "")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := factory.New(0, 1); err != nil {
			b.Fatal(err)
		}
	}
}
