package sparksim_test

import (
	"testing"

	"trailblazer/internal/splitmix"
	"trailblazer/internal/testcjs"
	"trailblazer/sparksim"
	"trailblazer/sparksim/policy"
	"trailblazer/sparksim/workload"
)

// BenchmarkFIFO plays the episode that the reference's speed is known of: FIFO
// in the default test, seed 666.
func BenchmarkFIFO(b *testing.B) {
	kinds := testcjs.Kinds(b)
	benchmarkEpisodes(b, kinds, testcjs.Sequence(b, "seed666_cap200", kinds), sparksim.Config{}, "fifo")
}

// BenchmarkFIFOOverload plays the largest episode: 450 jobs on 30 executors.
func BenchmarkFIFOOverload(b *testing.B) {
	kinds := testcjs.Kinds(b)
	benchmarkEpisodes(b, kinds, testcjs.Sequence(b, "seed666_cap450", kinds), sparksim.Config{Executors: 30}, "fifo")
}

// BenchmarkFIFOBuiltIn needs no data.
func BenchmarkFIFOBuiltIn(b *testing.B) {
	w, err := workload.NewGenerated(workload.Synthetic(1), workload.Poisson{})
	if err != nil {
		b.Fatal(err)
	}
	benchmarkEpisodes(b, w.Kinds(), w.Arrivals(nil, 666), sparksim.Config{}, "fifo")
}

func benchmarkEpisodes(b *testing.B, kinds []*sparksim.Job, arrivals []sparksim.Arrival, config sparksim.Config, name string) {
	c, err := sparksim.New(config, kinds)
	if err != nil {
		b.Fatal(err)
	}
	rule, err := policy.NewRule(name)
	if err != nil {
		b.Fatal(err)
	}
	tasks := 0
	for _, a := range arrivals {
		tasks += kinds[a.Kind].Tasks()
	}
	var v sparksim.View
	decisions := 0
	b.ReportAllocs()
	for b.Loop() {
		stream := splitmix.Seed(666)
		c.Reset(arrivals, &stream)
		rule.Start(666)
		for !c.Done() {
			c.Observe(&v)
			d, err := rule.Choose(&v)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := c.Step(d.Stage, d.Executors); err != nil {
				b.Fatal(err)
			}
			decisions++
		}
	}
	b.ReportMetric(float64(decisions)/b.Elapsed().Seconds(), "decisions/s")
	b.ReportMetric(float64(tasks)*float64(b.N)/b.Elapsed().Seconds(), "tasks/s")
}
