package lookahead

import (
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"trailblazer/api/env"
	"trailblazer/internal/testcjs"
	"trailblazer/internal/testenv"
	"trailblazer/sparksim/policy"
)

// TestPolicy plays an environment by its states: decisions are the
// scheduler's, and episodes end.
func TestPolicy(t *testing.T) {
	factory := testcjs.OpenFactory(t, "", "cjs/custom", `{"arrivals": {"jobs": 5}}`)
	p, err := New("lookahead:scenarios=4", factory)
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewScheduler(Options{Scenarios: 4}, ForecastOf(factory), rule(baseRule))
	if err != nil {
		t.Fatal(err)
	}
	states := factory.NewStateReader()
	e, err := factory.New(0, 1)
	if err != nil {
		t.Fatal(err)
	}
	out, action := env.NewBatch(e.Spec(), 1), env.NewArrays(env.Leaves(e.Spec().Action), 1)
	if err := e.Reset(new(uint64(7)), nil, out, 0); err != nil {
		t.Fatal(err)
	}
	if err := p.Act(out, 0, action); err == nil {
		t.Error("it acts without a state")
	}
	if err := p.(env.Planner).Plan([]byte("state"), out, 0, action); err == nil {
		t.Error("it plans in no state")
	}
	p.Reset(3)
	s.Start(3)
	for !out.Done(0) {
		state := e.(env.Snapshotter).AppendState(nil)
		if err := p.(env.Planner).Plan(state, out, 0, action); err != nil {
			t.Fatal(err)
		}
		cluster, err := states.Open(state)
		if err != nil {
			t.Fatal(err)
		}
		want, err := s.Choose(cluster)
		if err != nil {
			t.Fatal(err)
		}
		got := policy.Decision{Stage: int(env.Row[int64](action.Find("stage"), 0)[0]), Executors: int(env.Row[int64](action.Find("executors"), 0)[0])}
		if got != want {
			t.Fatalf("acts %v, want %v", got, want)
		}
		if weight, gain := p.(env.Weigher).Weight(), s.Gain().Ms; weight < 1 || weight > 1+math.Sqrt(20) || (weight > 1) != (gain > 0) {
			t.Fatalf("a gain of %v ms weighs %v", gain, weight)
		}
		if err := e.Step(action, out, 0); err != nil {
			t.Fatal(err)
		}
	}
}

func TestForecastOf(t *testing.T) {
	generated := ForecastOf(testcjs.OpenFactory(t, "", "cjs/custom", ""))
	if generated.MeanInterarrivalMs != 100_000 || len(generated.Kinds) != 154 || !slices.IsSorted(generated.Kinds) {
		t.Errorf("of a generated workload: %+v", generated)
	}
	// The sequence itself must not be in it, but for how often kinds come.
	own := ForecastOf(testcjs.OpenFactory(t, "", "cjs/custom", `{`+testcjs.OwnWorkload+`}`))
	slices.Sort(own.Kinds)
	if own.MeanInterarrivalMs != 45_000 || !slices.Equal(own.Kinds, []int{0, 1, 1}) {
		t.Errorf("of three jobs within 90 s: %+v", own)
	}
	one := ForecastOf(testcjs.OpenFactory(t, "", "cjs/custom", `{"workload": {"kinds": [{"stages": [{"tasks": 1, "levels": [{"executors": 5, "first": [1]}]}]}], "arrivals": [{"arrival_ms": 0, "kind": 0}]}}`))
	if one.MeanInterarrivalMs != 0 || !slices.Equal(one.Kinds, []int{0}) {
		t.Errorf("of one job: %+v", one)
	}
}

func TestNames(t *testing.T) {
	factory := testcjs.OpenFactory(t, "", "cjs/custom", "")
	elsewhere, err := new(testenv.Catalog).Factory(testenv.Flat, "", json.RawMessage(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name    string
		factory env.Factory
		want    string // in the error; empty for none
	}{
		{"lookahead", factory, ""},
		{"lookahead:60,16,2", factory, ""},
		{"lookahead:errors=0.5,horizon=0.5", factory, ""},
		{"lookahead:0", factory, "not from 0.001"},
		{"lookahead:scenarios=2.5", factory, "not a whole number"},
		{"lookahead:base=1", factory, "unknown key"},
		{"lookahead", nil, "factory"},
		{"lookahead", elsewhere, "factory"},
	} {
		if !Is(test.name) {
			t.Errorf("%s is another policy", test.name)
		}
		p, err := New(test.name, test.factory)
		if test.want == "" {
			if _, plans := p.(env.Planner); err != nil || !plans {
				t.Errorf("%s: %T, %v", test.name, p, err)
			}
			continue
		}
		if _, ok := errors.AsType[*env.FieldError](err); !ok || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want a FieldError with %q", test.name, err, test.want)
		}
	}
	if Is("lookahead2") || Is("fifo") {
		t.Error("other names are taken for it")
	}
}
