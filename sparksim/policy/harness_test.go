package policy

import (
	"testing"

	"trailblazer/internal/splitmix"
	"trailblazer/sparksim"
	"trailblazer/sparksim/workload"
)

// stage and job make views by hand.
type stage struct {
	remaining int32
	ms        float32
	open      bool // schedulable
}

type job struct {
	supply int32
	stages []stage
	edges  []sparksim.Edge // between stages of the job
}

func view(executors, committable, source int, jobs ...job) *sparksim.View {
	v := &sparksim.View{Executors: executors, Committable: committable, Source: source}
	for i, j := range jobs {
		first := int32(len(v.Stages))
		limit := min(max(int32(executors)-j.supply, 0), int32(committable))
		if i == source {
			limit = int32(committable)
		}
		for _, e := range j.edges {
			v.Edges = append(v.Edges, sparksim.Edge{From: first + e.From, To: first + e.To})
		}
		for _, s := range j.stages {
			if s.open {
				v.Schedulable = append(v.Schedulable, int32(len(v.Stages)))
			}
			v.Stages = append(v.Stages, sparksim.StageView{Remaining: s.remaining, DurationMs: s.ms, Schedulable: s.open})
		}
		v.Jobs = append(v.Jobs, sparksim.JobView{First: first, End: int32(len(v.Stages)), Supply: j.supply, Limit: limit})
	}
	return v
}

// choose starts a rule and asks it about one view.
func choose(t testing.TB, rule Rule, v *sparksim.View) Decision {
	t.Helper()
	rule.Start(1)
	d, err := rule.Choose(v)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func newRule(t testing.TB, name string) Rule {
	t.Helper()
	rule, err := NewRule(name)
	if err != nil {
		t.Fatal(err)
	}
	return rule
}

// play plays an episode of generated jobs with a rule and returns the average
// completion time in seconds. seen gets every view.
func play(t testing.TB, rule Rule, executors, jobs int, seed uint64, seen func(v *sparksim.View)) float64 {
	t.Helper()
	work, err := workload.NewGenerated(workload.Synthetic(1), workload.Poisson{Jobs: jobs})
	if err != nil {
		t.Fatal(err)
	}
	c, err := sparksim.New(sparksim.Config{Executors: executors}, work.Kinds())
	if err != nil {
		t.Fatal(err)
	}
	stream := splitmix.Seed(seed)
	c.Reset(work.Arrivals(nil, seed), &stream)
	rule.Start(seed)
	var v sparksim.View
	for !c.Done() {
		c.Observe(&v)
		seen(&v)
		d, err := rule.Choose(&v)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Step(d.Stage, d.Executors); err != nil {
			t.Fatal(err)
		}
	}
	return c.AverageJCTMs() / 1000
}
