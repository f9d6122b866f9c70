package tune

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"trailblazer/api/env"
	"trailblazer/internal/splitmix"
	"trailblazer/sparksim"
	"trailblazer/sparksim/policy"
	"trailblazer/sparksim/workload"
)

// smallWorlds are two clusters with a few generated jobs each.
func smallWorlds(t *testing.T) []World {
	t.Helper()
	kinds := workload.Synthetic(1)
	var worlds []World
	for _, executors := range []int{10, 20} {
		w, err := workload.NewGenerated(kinds, workload.Poisson{Jobs: 6})
		if err != nil {
			t.Fatal(err)
		}
		worlds = append(worlds, World{Config: sparksim.Config{Executors: executors}, Workload: w})
	}
	return worlds
}

// TestCostIsThatOfTheEpisode plays the same episodes by hand.
func TestCostIsThatOfTheEpisode(t *testing.T) {
	worlds := smallWorlds(t)
	problem, err := Named("weighted-fair", worlds)
	if err != nil {
		t.Fatal(err)
	}
	player, err := problem.NewPlayer()
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(4) {
		got, err := player.Cost([]float64{0.5}, seed)
		if err != nil {
			t.Fatal(err)
		}
		rule, err := policy.NewRule("weighted-fair:exponent=0.5")
		if err != nil {
			t.Fatal(err)
		}
		w := worlds[seed%2]
		c, err := sparksim.New(w.Config, w.Workload.Kinds())
		if err != nil {
			t.Fatal(err)
		}
		stream := splitmix.Seed(seed)
		c.Reset(w.Workload.Arrivals(nil, seed), &stream)
		rule.Start(seed)
		for !c.Done() {
			var v sparksim.View
			c.Observe(&v)
			d, err := rule.Choose(&v)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := c.Step(d.Stage, d.Executors); err != nil {
				t.Fatal(err)
			}
		}
		if want := math.Log(c.AverageJCTMs()); got != want {
			t.Errorf("seed %d: cost %v, want %v", seed, got, want)
		}
	}
}

// TestEveryPolicyIsTuned runs short searches, which must not depend on the
// number of workers.
func TestEveryPolicyIsTuned(t *testing.T) {
	worlds := smallWorlds(t)
	for _, name := range Policies() {
		problem, err := Named(name, worlds)
		if err != nil {
			t.Fatal(err)
		}
		var results [2]*Result
		for i := range results {
			results[i], err = Search(t.Context(), problem, Options{Candidates: 6, Generations: 2, Episodes: 2, Validation: 2, Workers: 1 + 2*i})
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		if !reflect.DeepEqual(results[0], results[1]) {
			t.Errorf("%s: %+v with one worker, %+v with three", name, results[0], results[1])
		}
		if _, err := policy.NewRule(NameWith(name, Round(results[0].Numbers))); err != nil {
			t.Errorf("%s: the result is no policy: %v", name, err)
		}
	}
}

func TestNamedBeginsWithTheName(t *testing.T) {
	problem, err := Named("sjf:0.25", smallWorlds(t))
	if err != nil {
		t.Fatal(err)
	}
	if want := []Parameter{{Name: "cap", Mean: 0.25, SD: problem.Parameters[0].SD, Low: 0.001, High: 1}}; !reflect.DeepEqual(problem.Parameters, want) {
		t.Errorf("parameters %+v, want %+v", problem.Parameters, want)
	}
	for name, want := range map[string]string{"fifo": `no policy to tune "fifo"; known: ["sjf"`, "sjf:2": "not from 0.001 to 1"} {
		_, err := Named(name, nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got error %v, want one with %q", name, err, want)
		}
		_, missing := errors.AsType[*env.NotFoundError](err)
		_, field := errors.AsType[*env.FieldError](err)
		if !missing && !field {
			t.Errorf("%s: error %v has type %T", name, err, err)
		}
	}
	problem, err = Named("sjf", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Search(t.Context(), problem, Options{}); err == nil || !strings.Contains(err.Error(), "no world") {
		t.Errorf("without worlds: %v", err)
	}
}

// lazy names a stage that is not there.
type lazy struct{}

func (lazy) Start(uint64) {}
func (lazy) Choose(*sparksim.View) (policy.Decision, error) {
	return policy.Decision{Stage: 1 << 20, Executors: 1}, nil
}

func TestIllegalDecisionsEndTheSearch(t *testing.T) {
	problem := Scheduling([]Parameter{{Name: "a", SD: 1}}, func([]float64) (policy.Rule, error) { return lazy{}, nil }, smallWorlds(t))
	if _, err := Search(t.Context(), problem, Options{}); err == nil || !strings.Contains(err.Error(), "1048576 is no place") {
		t.Errorf("got error %v", err)
	}
}

func TestStatesAreSaved(t *testing.T) {
	file := filepath.Join(t.TempDir(), "search.json")
	if s, err := LoadState(file); s != nil || err != nil {
		t.Errorf("without a file: %v, %v", s, err)
	}
	var last *State
	_, err := Search(t.Context(), bowlProblem(1, 2), Options{Generations: 3, Save: func(s *State) error { last = s; return s.WriteFile(file) }})
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := LoadState(file)
	if err != nil {
		t.Fatal(err)
	}
	if loaded.Generations() != 3 || !reflect.DeepEqual(loaded.Means, last.Means) || !reflect.DeepEqual(loaded.SDs, last.SDs) || !reflect.DeepEqual(loaded.Names, last.Names) {
		t.Errorf("saved %+v, loaded %+v", last, loaded)
	}
	if left, err := filepath.Glob(file + ".*"); err != nil || len(left) > 0 {
		t.Errorf("left behind %q, %v", left, err)
	}
	for _, text := range []string{"{", `{"means": 1}`, `{"sums": []}`} {
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := LoadState(file); err == nil || !strings.Contains(err.Error(), "is no saved search") {
			t.Errorf("%s: got error %v", text, err)
		}
	}
	if err := last.WriteFile(filepath.Join(file, "below-a-file")); err == nil {
		t.Error("a state is saved below a file")
	}
}
