package abrenv_test

import (
	"fmt"
	"runtime"
	"testing"

	"trailblazer/abrsim/abrenv"
	"trailblazer/api/env"
	"trailblazer/api/env/vector"
	"trailblazer/internal/testdata"
)

// BenchmarkStep steps one environment, resetting it when its video ends:
// observation, info and reward included.
func BenchmarkStep(b *testing.B) {
	dir := testdata.Dir(b)
	for _, bench := range []struct{ name, scenario, config string }{
		{"default-test", "abr/default-test", ""},
		{"train", "abr/train", ""},
		{"custom-dict", "abr/custom", `{"observation": {"layout": "dict"}}`},
	} {
		b.Run(bench.name, func(b *testing.B) { benchmarkStep(b, openFactory(b, dir, bench.scenario, bench.config)) })
	}
}

func benchmarkStep(b *testing.B, factory *abrenv.Factory) {
	p := newPlay(b, factory)
	p.reset(nil, "")
	level := env.Row[int64](&p.action[0], 0)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		level[0] = int64(i % 6)
		if err := p.env.Step(p.action, p.out, 0); err != nil {
			b.Fatal(err)
		}
		if p.out.Done(0) {
			if err := p.env.Reset(nil, nil, p.out, 0); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkVector steps vectors through package vector; ns/op is per vector
// step, the metric per environment step on all cores.
func BenchmarkVector(b *testing.B) {
	factory := openFactory(b, testdata.Dir(b), "abr/train", "")
	for _, n := range []int{1, 16, 256, 4096} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			pool := vector.NewPool(0)
			defer pool.Close()
			v, err := vector.New(factory, n, env.NextStep, pool)
			if err != nil {
				b.Fatal(err)
			}
			defer v.Close()
			if _, err := v.Reset(env.ResetOptions{Seeds: []uint64{1}}); err != nil {
				b.Fatal(err)
			}
			action := env.NewArrays(env.Leaves(v.Spec().Action), n)
			levels := env.All[int64](&action[0])
			for i := range levels {
				levels[i] = int64(i % 6)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := v.Step(action); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)*float64(n)/b.Elapsed().Seconds()/1e6, "Msteps/s")
		})
	}
}

// BenchmarkReset resets a sequential environment, its forced chunk included.
func BenchmarkReset(b *testing.B) {
	p := newPlay(b, openFactory(b, testdata.Dir(b), "abr/default-test", ""))
	b.ReportAllocs()
	for b.Loop() {
		if err := p.env.Reset(nil, nil, p.out, 0); err != nil {
			b.Fatal(err)
		}
	}
}

// TestInstanceIsSmall measures what an idle environment weighs: a server holds
// tens of thousands.
func TestInstanceIsSmall(t *testing.T) {
	factory := openFactory(t, "", "abr/train", "")
	const n = 10_000
	envs := make([]env.Env, n)
	out := env.NewBatch(factory.Spec(), 1)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range envs {
		e, err := factory.New(0, 1)
		if err != nil {
			t.Fatal(err)
		}
		if err := e.Reset(nil, nil, out, 0); err != nil {
			t.Fatal(err)
		}
		envs[i] = e
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	each := float64(after.HeapAlloc-before.HeapAlloc) / n
	t.Logf("%.0f bytes each", each)
	if each > 1024 {
		t.Errorf("an environment weighs %.0f bytes, want at most 1024", each)
	}
	runtime.KeepAlive(envs)
}

// TestStepAllocatesNothing covers steps and resets without options.
func TestStepAllocatesNothing(t *testing.T) {
	for _, test := range []struct{ scenario, config string }{
		{"abr/default-test", ""},
		{"abr/train", ""},
		{"abr/custom", `{"observation": {"layout": "dict"}}`},
	} {
		p := newPlay(t, openFactory(t, "", test.scenario, test.config))
		seed := uint64(1)
		p.reset(&seed, "")
		allocs := testing.AllocsPerRun(1000, func() {
			if err := p.env.Step(p.action, p.out, 0); err != nil {
				t.Fatal(err)
			}
			if p.out.Done(0) {
				if err := p.env.Reset(&seed, nil, p.out, 0); err != nil {
					t.Fatal(err)
				}
			}
		})
		if allocs != 0 {
			t.Errorf("%s %s: %v allocations a step", test.scenario, test.config, allocs)
		}
	}
}
