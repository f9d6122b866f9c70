package sparkenv_test

import (
	"errors"
	"reflect"
	"testing"

	"trailblazer/api/env"
	"trailblazer/internal/splitmix"
	"trailblazer/internal/testcjs"
	"trailblazer/sparksim"
)

// TestStateReader opens an environment's state after every step of two
// episodes: the cluster is the environment's, and playing a copy of it changes
// neither.
func TestStateReader(t *testing.T) {
	factory := testcjs.OpenFactory(t, "", "cjs/custom", `{"arrivals": {"jobs": 6}}`)
	s := open(t, factory)
	reader := factory.NewStateReader()
	saver := s.Env.(env.Snapshotter)
	state := saver.AppendState(nil)
	refuse := func(problem string) {
		t.Helper()
		if _, err := reader.Open(state); !isFieldError(err, "state") {
			t.Errorf("%s: %v, want a FieldError of the state", problem, err)
		}
	}
	refuse("before the first reset")
	var view sparksim.View
	var copied sparksim.Cluster
	for seed := range uint64(2) {
		s.reset(t, seed, "")
		for !s.out.Done(0) {
			state = saver.AppendState(state[:0])
			c, err := reader.Open(state)
			if err != nil {
				t.Fatal(err)
			}
			c.Observe(&view)
			if got := c.NowMs(); got != s.number("wall_ms") || int64(len(view.Stages)) != s.integer("active_stages") || int64(c.Jobs()) != s.integer("total_jobs") || c.Done() {
				t.Fatalf("seed %d: opened a cluster at %v ms with %d stages, not at %v with %d", seed, got, len(view.Stages), s.number("wall_ms"), s.integer("active_stages"))
			}
			copied.CopyFrom(c)
			copied.SetStream(new(splitmix.Seed(1)))
			for range 5 {
				if !copied.Done() {
					if _, err := copied.Step(0, 1); err != nil {
						t.Fatal(err)
					}
				}
			}
			s.act(t)
		}
		state = saver.AppendState(state[:0])
		refuse("after the end")
	}
	state = append(state, 0)
	refuse("too long")
	state = nil
	refuse("empty")
}

// TestStateReaderGoesOn: the opened cluster goes where the environment goes.
func TestStateReaderGoesOn(t *testing.T) {
	factory := testcjs.OpenFactory(t, "", "cjs/custom", `{"arrivals": {"jobs": 4}}`)
	s := open(t, factory)
	reader := factory.NewStateReader()
	s.reset(t, 5, "")
	for range 30 {
		s.act(t)
	}
	c, err := reader.Open(s.Env.(env.Snapshotter).AppendState(nil))
	if err != nil {
		t.Fatal(err)
	}
	for !s.out.Done(0) {
		s.set(0, 1)
		if err := s.Step(s.action, s.out, 0); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Step(0, 1); err != nil {
			t.Fatal(err)
		}
		if c.NowMs() != s.number("wall_ms") {
			t.Fatalf("the cluster is at %v ms, the environment at %v", c.NowMs(), s.number("wall_ms"))
		}
	}
	if got := []any{c.Done(), c.AverageJCTMs() / 1000}; !reflect.DeepEqual(got, []any{true, s.number("average_jct_s")}) {
		t.Errorf("the cluster ends with %v, the environment with %v", got, s.number("average_jct_s"))
	}
}

func isFieldError(err error, field string) bool {
	var refused *env.FieldError
	return errors.As(err, &refused) && refused.Field == field
}
