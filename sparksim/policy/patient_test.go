package policy

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"trailblazer/sparksim"
	"trailblazer/sparksim/policy/internal/testview"
)

func TestPatient(t *testing.T) {
	open := stage{5, 100, true}
	ended, next := stage{0, 2000, false}, stage{4, 100, false}
	waits := []sparksim.Edge{{From: 0, To: 1}}
	other := job{0, []stage{open}, nil}
	type set = map[string]float64
	for i, c := range []struct {
		weights set
		view    *sparksim.View
		wait    bool
	}{
		{set{}, view(50, 4, 0, job{6, []stage{ended, next}, waits}, other), false},
		{set{"wait-one": 1}, view(50, 4, 0, job{6, []stage{ended, next}, waits}, other), true},
		// Nothing to wait for: a parent with tasks that have not begun, no tasks
		// later, no source, other jobs' stages.
		{set{"wait-one": 1}, view(50, 4, 0, job{6, []stage{{1, 2000, false}, next}, waits}, other), false},
		{set{"wait-one": 1}, view(50, 4, 0, job{6, []stage{ended, {0, 9, false}}, waits}, other), false},
		{set{"wait-one": 1}, view(50, 4, 0, job{6, []stage{ended, {0, 9, false}, next}, []sparksim.Edge{{From: 0, To: 2}, {From: 1, To: 2}}}, other), true},
		{set{"wait-one": 1}, view(50, 4, 0, job{6, []stage{ended, {1, 9, false}, next}, []sparksim.Edge{{From: 0, To: 2}, {From: 1, To: 2}}}, other), false},
		{set{"wait-one": 1}, view(50, 4, 2, job{6, []stage{ended, next}, waits}, other), false},
		{set{"wait-one": 1}, view(50, 4, 1, job{6, []stage{ended, next}, waits}, other), false},
		// A fifth of the cluster, and more.
		{set{"wait-one": 1}, view(50, 4, 0, job{10, []stage{ended, next}, waits}, other), true},
		{set{"wait-one": 1}, view(50, 4, 0, job{11, []stage{ended, next}, waits}, other), false},
		// What waiting costs, and what would be done instead.
		{set{"wait-one": 1, "wait-time": -0.9}, view(50, 4, 0, job{6, []stage{ended, next}, waits}, other), true},
		{set{"wait-one": 1, "wait-time": -1}, view(50, 4, 0, job{6, []stage{ended, next}, waits}, other), false},
		{set{"wait-one": 0.1, "wait-stay": -1}, view(50, 4, 0, job{6, []stage{ended, next, open}, waits}), false},
		{set{"wait-stay": 1}, view(50, 4, 0, job{6, []stage{ended, next, open}, waits}), true},
		{set{"wait-one": -1.5, "wait-team": 1}, view(50, 4, 0, job{8, []stage{ended, next}, waits}, other), true},
		{set{"wait-one": -1.7, "wait-team": 1}, view(50, 4, 0, job{8, []stage{ended, next}, waits}, other), false},
		{set{"wait-one": 0.6, "wait-fit": 1}, view(50, 8, 0, job{9, []stage{ended, next}, waits}, other), false},
		{set{"wait-one": 0.8, "wait-fit": 1}, view(50, 8, 0, job{9, []stage{ended, next}, waits}, other), true},
	} {
		var w WaitWeights
		for k, name := range WaitNames() {
			w[k] = c.weights[name]
		}
		got := choose(t, NewPatient(Weights{}, w), c.view)
		if want := (Decision{sparksim.Pass, c.view.Committable}); (got == want) != c.wait {
			t.Errorf("%d: got %+v", i, got)
		}
	}
}

// TestPatientIsLinear unless it waits, which it does by the features that a
// naive search finds in random views.
func TestPatientIsLinear(t *testing.T) {
	const seed = 9
	random := rand.New(rand.NewPCG(seed, 0))
	weights, _ := DefaultPatience()
	waited := 0
	for i := range 3000 {
		var w WaitWeights
		for k := range w {
			w[k] = random.NormFloat64()
		}
		v := testview.Random(random, 1+random.IntN(60), 8)
		want := choose(t, NewLinear(weights), v)
		if want.Stage != sparksim.Pass && v.Source < len(v.Jobs) {
			if x := naiveWait(v, want.Stage); x != nil {
				sum := 0.0
				for k, name := range WaitNames() {
					sum += float64(w[k] * x[name])
				}
				if sum > 0 {
					want = pass(v)
					waited++
				}
			}
		}
		if got := choose(t, NewPatient(weights, w), v); got != want {
			t.Fatalf("seed %d, view %d: got %+v, want %+v of %+v", seed, i, got, want, *v)
		}
	}
	if waited < 30 {
		t.Errorf("waited %d times", waited)
	}
}

// naiveWait are the features of waiting instead of serving the stage at a
// place; nil where there is nothing to wait for.
func naiveWait(v *sparksim.View, place int) map[string]float64 {
	j := &v.Jobs[v.Source]
	if float64(j.Supply) > float64(v.Executors)/5 {
		return nil
	}
	first, tasks, found := math.Inf(1), 0.0, false
	for stage := j.First; stage < j.End; stage++ {
		until, sure := 0.0, v.Stages[stage].Remaining > 0
		for _, e := range v.Edges {
			if e.To == stage {
				until = max(until, float64(v.Stages[e.From].DurationMs))
				sure = sure && v.Stages[e.From].Remaining == 0
			}
		}
		if sure && until > 0 {
			found = true
			first = min(first, until)
			tasks += float64(v.Stages[stage].Remaining)
		}
	}
	if !found {
		return nil
	}
	of, s := naiveFeatures(v, place), v.Stages[v.Schedulable[place]]
	source := 0.0
	for stage := j.First; stage < j.End; stage++ {
		source += float64(v.Stages[stage].Remaining) * float64(v.Stages[stage].DurationMs)
	}
	free := float64(v.Committable)
	return map[string]float64{
		"wait-one": 1, "wait-time": math.Log1p(first / 1000), "wait-fit": math.Log(min(tasks/free, 1)),
		"wait-team": math.Log1p(max(float64(j.Supply)-free, 0)), "wait-stay": of["score-source"],
		"wait-frontier": of["score-frontier"], "wait-work": math.Log1p(source/1000) - of["score-work"],
		"wait-duration": of["score-duration"], "wait-tasks": math.Log(min(max(float64(s.Remaining), 1)/free, 1)),
		"wait-jobs": of["cap-jobs"], "wait-load": of["cap-load"], "wait-free": of["cap-free"],
	}
}

func TestPatience(t *testing.T) {
	rule := newRule(t, "patient:score-work=-3,wait-free=0.5").(*patient)
	weights, wait := DefaultPatience()
	weights[scoreWork], wait[waitFree] = -3, 0.5
	if rule.weights != weights || rule.wait != wait {
		t.Errorf("named weights are %v and %v, want %v and %v", rule.weights, rule.wait, weights, wait)
	}
	if _, err := parseNumbers(linearJSON, append(WeightNames(), WaitNames()...)); err == nil || !strings.Contains(err.Error(), `"wait-one" is missing`) {
		t.Errorf("weights without waiting: %v", err)
	}
}
