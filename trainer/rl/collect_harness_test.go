package rl_test

import (
	"encoding/json"
	"math"
	"testing"

	"trailblazer/abrsim/abrenv"
	"trailblazer/api/env"
	"trailblazer/api/env/vector"
	"trailblazer/ccemu/ccenv"
	"trailblazer/envserver/catalog"
	"trailblazer/internal/testrun"
	"trailblazer/sparksim/sparkenv"
	"trailblazer/trainer/feature"
	"trailblazer/trainer/kernel"
	"trailblazer/trainer/model"
	"trailblazer/trainer/rl"
)

// open finds a scenario on built-in data.
func open(t testing.TB, id, scenario, config string) env.Factory {
	t.Helper()
	c, err := catalog.New(catalog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	f, err := c.Factory(id, scenario, json.RawMessage(config))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func abr(t testing.TB) env.Factory { return open(t, abrenv.ID, "abr/train", "") }
func cjs(t testing.TB) env.Factory { return open(t, sparkenv.ID, "cjs/train", `{"max_steps": 60}`) }
func cc(t testing.TB) env.Factory  { return open(t, ccenv.ID, "cc/train", "") }

// imitate lets a task learn what an expert does, unwindowed lets it be played by
// all that it has seen.
func imitate(c *model.Config, _ []feature.Config) {
	c.Tasks[0].Objective = model.Objective{Kind: model.ObjectiveExpert}
}

func unwindowed(c *model.Config, _ []feature.Config) { c.Tasks[0].Windowed = false }

// setup is what a collector is made of.
type setup struct {
	factory env.Factory
	preset  string
	n       int
	// workers is how many cores the model uses.
	workers int
	// expert is the catalog's; empty for none.
	expert  string
	experts []env.Expert // in its place
	// lookBack says that they do.
	lookBack bool
	// change changes the model's task.
	change  func(*model.Config, []feature.Config)
	first   uint64
	options rl.CollectOptions
}

func (s setup) actor(t testing.TB) *rl.Actor {
	t.Helper()
	if s.preset == "" {
		s.preset = "mlp"
	}
	change := func(c *model.Config, features []feature.Config) {
		if s.preset == "mlp" {
			c.Backbone.Layers = 0
		}
		if s.change != nil {
			s.change(c, features)
		}
	}
	made, features := testrun.Make(t, testrun.Options{Preset: s.preset, Shrink: true, Change: change}, s.factory.Spec())
	compute, err := kernel.NewCompute(kernel.Options{Workers: max(s.workers, 1)})
	if err != nil {
		t.Fatal(err)
	}
	m, err := model.New(made.Config(), compute, 0)
	if err != nil {
		t.Fatal(err)
	}
	a, err := rl.NewActor(m, &features[0], s.factory.Spec(), s.n)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func (s setup) world(t testing.TB) *rl.World {
	t.Helper()
	pool := vector.NewPool(max(s.workers, 1))
	t.Cleanup(pool.Close)
	v, err := vector.New(s.factory, s.n, env.Disabled, pool)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.Close() })
	w := &rl.World{Vector: v, Experts: s.experts, LookBack: s.lookBack}
	if s.expert == "" {
		return w
	}
	c, err := catalog.New(catalog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	expert, err := c.ExpertFor(s.expert, s.factory.Spec())
	if err != nil {
		expert, err = c.Expert(s.expert, s.factory)
	}
	if err != nil {
		t.Fatal(err)
	}
	for range s.n {
		e, err := expert.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		w.Experts = append(w.Experts, e)
	}
	return w
}

func (s setup) collector(t testing.TB) *rl.Collector {
	t.Helper()
	c, err := rl.NewCollector(s.world(t), s.actor(t), rl.Seeds{First: s.first}, s.options)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func collect(t testing.TB, c *rl.Collector) *rl.Experience {
	t.Helper()
	e, err := c.Collect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	check(t, e)
	return e
}

// text is all of an experience, to the bit.
func text(t testing.TB, e *rl.Experience) string {
	t.Helper()
	raw, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// check checks that all parts have the lengths that they should have.
func check(t testing.TB, e *rl.Experience) {
	t.Helper()
	n, sequences := e.Len(), e.Sequences()
	if len(e.Offsets) != sequences+1 || int(e.Offsets[sequences]) != n || len(e.Times) != n {
		t.Fatalf("%d sequences with %d offsets to %d, and %d steps with %d times", sequences, len(e.Offsets), e.Offsets[len(e.Offsets)-1], n, len(e.Times))
	}
	after := 0
	for q := range sequences {
		if e.Offsets[q+1] <= e.Offsets[q] {
			t.Errorf("sequence %d is empty", q)
		}
		if !e.Terminated[q] {
			after++
		}
		if e.Terminated[q] && !e.Ended[q] {
			t.Errorf("sequence %d is terminated and goes on", q)
		}
	}
	if len(e.After.Times) != after || after > 0 && int(e.After.Offsets[after]) != after {
		t.Errorf("%d sequences go on, and there are %d steps after", after, len(e.After.Times))
	}
	if e.LogProbability != nil && len(e.LogProbability) != n {
		t.Errorf("%d log-probabilities of %d steps", len(e.LogProbability), n)
	}
	for i, p := range e.LogProbability {
		if math.IsNaN(float64(p)) {
			t.Fatalf("step %d has the log-probability %v", i, p)
		}
	}
	if w := e.Targets.Weight; w != nil && len(w) != n {
		t.Errorf("%d weights of %d steps", len(w), n)
	}
}
