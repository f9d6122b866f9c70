package ccenv_test

import (
	"fmt"
	"runtime"
	"testing"

	"trailblazer/api/env"
	"trailblazer/api/env/vector"
	"trailblazer/ccemu/policy"
	"trailblazer/internal/testcc"
)

// steady is a session of 35 s with 2 Mbps for one flow.
const steady = `"sessions": {"sessions": [{"duration_ms": 35000,
	"forward": {"bottleneck": {"rate_kbps": {"values": [2000]}}, "delay_ms": {"values": [25]}},
	"reverse": {"delay_ms": {"values": [25]}},
	"flows": [{"request_kbps": {"values": [4000]}}]}]}`

// BenchmarkSession plays sessions of 35 s at 2 Mbps with gcc-prod, features and
// infos included, on one core.
func BenchmarkSession(b *testing.B) {
	for _, name := range []string{"gcc-prod", "nada", "request-rate", "oracle"} {
		b.Run(name, func(b *testing.B) {
			factory := testcc.OpenFactory(b, "", "cc/custom", `{"packets": true, "probes": true, `+steady+`}`)
			s := open(b, factory)
			p, err := policy.New(name, factory.Spec())
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			seconds := 0.0
			seed := uint64(0)
			for b.Loop() {
				s.reset(b, seed)
				p.Reset(seed)
				for !s.out.Done(0) {
					if err := p.Act(s.out, 0, s.action); err != nil {
						b.Fatal(err)
					}
					s.step(b)
				}
				seconds += s.number("time_ms") / 1000
				seed++
			}
			b.ReportMetric(seconds/b.Elapsed().Seconds(), "sim-s/s")
		})
	}
}

// BenchmarkVector steps sessions of the training set at the oracle's rates,
// with nothing but observations and plain infos.
func BenchmarkVector(b *testing.B) {
	factory := testcc.OpenFactory(b, "", "cc/train", "")
	oracle, err := policy.New("oracle", factory.Spec())
	if err != nil {
		b.Fatal(err)
	}
	for _, n := range []int{1, 64, 256} {
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
			b.ReportAllocs()
			for b.Loop() {
				for i := range n {
					if err := oracle.Act(shown, i, action); err != nil {
						b.Fatal(err)
					}
				}
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

// BenchmarkRestore goes back to the middle of a session.
func BenchmarkRestore(b *testing.B) {
	s := open(b, testcc.OpenFactory(b, "", "cc/custom", `{`+steady+`}`))
	s.reset(b, 1)
	for range 175 {
		s.set(2000)
		s.step(b)
	}
	shot := s.Env.(env.Snapshotter)
	state := shot.AppendState(nil)
	b.ReportAllocs()
	for b.Loop() {
		if err := shot.RestoreState(state, s.out, 0); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(state)), "B/state")
}

// BenchmarkMemory says what environments keep of the heap: before their first
// session, and in the middle of one at 2 Mbps.
func BenchmarkMemory(b *testing.B) {
	factory := testcc.OpenFactory(b, "", "cc/custom", `{`+steady+`}`)
	for _, test := range []struct {
		name  string
		steps int
	}{{"idle", 0}, {"running", 200}} {
		b.Run(test.name, func(b *testing.B) {
			out, action := env.NewBatch(factory.Spec(), 1), env.NewArrays(env.Leaves(factory.Spec().Action), 1)
			kept := make([]env.Env, 100)
			var before, after runtime.MemStats
			for b.Loop() {
				clear(kept)
				runtime.GC()
				runtime.ReadMemStats(&before)
				for i := range kept {
					e, err := factory.New(0, 1)
					if err != nil {
						b.Fatal(err)
					}
					kept[i] = e
					if test.steps == 0 {
						continue
					}
					s := stage{e, out, action}
					s.reset(b, uint64(i))
					for range test.steps {
						s.act(b, 2000)
					}
				}
				runtime.GC()
				runtime.ReadMemStats(&after)
			}
			b.ReportMetric(float64(int64(after.HeapAlloc)-int64(before.HeapAlloc))/float64(len(kept)), "B/env")
			runtime.KeepAlive(kept)
		})
	}
}
