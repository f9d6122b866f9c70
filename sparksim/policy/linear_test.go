package policy

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"trailblazer/sparksim"
	"trailblazer/sparksim/policy/internal/testview"
)

// weights makes weights that are 0 but for those named.
func weights(t testing.TB, set map[string]float64) Weights {
	t.Helper()
	var w Weights
	for i, name := range WeightNames() {
		w[i] = set[name]
		delete(set, name)
	}
	if len(set) > 0 {
		t.Fatalf("there are no weights %v", set)
	}
	return w
}

func TestLinear(t *testing.T) {
	open, closed := stage{5, 100, true}, stage{5, 100, false}
	one := []stage{open}
	child := []sparksim.Edge{{From: 0, To: 1}}
	half := math.Log(0.5)
	type set = map[string]float64
	for i, c := range []struct {
		weights set
		view    *sparksim.View
		want    Decision
	}{
		// Without weights: the first stage, and no cap below the cluster.
		{set{}, view(10, 4, 2, job{0, one, nil}, job{0, one, nil}), Decision{0, 4}},
		{set{"score-source": 1}, view(10, 4, 1, job{0, one, nil}, job{0, one, nil}), Decision{1, 4}},
		{set{"score-work": -1}, view(10, 4, 2, job{0, one, nil}, job{0, []stage{{4, 100, true}}, nil}), Decision{1, 4}},
		{set{"score-frontier": 1}, view(10, 4, 1, job{0, []stage{open, open, open}, child}), Decision{0, 4}},
		{set{"score-frontier": -1}, view(10, 4, 1, job{0, []stage{open, open, open}, child}), Decision{1, 4}},
		{set{"score-path": 1}, view(10, 4, 1, job{0, []stage{open, open, {9, 100, true}}, child}), Decision{0, 4}},
		{set{"score-share": 1}, view(10, 4, 1, job{0, []stage{open, open, {9, 100, true}}, child}), Decision{2, 4}},
		{set{"score-duration": 1}, view(10, 4, 1, job{0, []stage{open, {5, 101, true}}, nil}), Decision{1, 4}},
		{set{"score-fit": 1}, view(10, 4, 1, job{0, []stage{{3, 1, true}, {4, 1, true}, {9, 1, true}}, nil}), Decision{1, 4}},
		{set{"score-stay": -1, "score-duration": 0.1}, view(10, 4, 0, job{0, one, nil}, job{0, one, nil}), Decision{1, 4}},
		// A cap of half the cluster.
		{set{"cap-one": half}, view(10, 9, 1, job{0, one, nil}), Decision{0, 5}},
		{set{"cap-one": half}, view(10, 9, 2, job{5, one, nil}, job{3, one, nil}), Decision{1, 2}},
		{set{"cap-one": half, "score-work": 1}, view(10, 4, 2, job{5, one, nil}, job{4, []stage{{1, 1, true}}, nil}), Decision{1, 1}},
		// All have reached it: the best takes what there is.
		{set{"cap-one": half, "score-work": -1}, view(10, 4, 2, job{5, one, nil}, job{6, []stage{{1, 1, true}}, nil}), Decision{1, 4}},
		// The source job may keep more.
		{set{"cap-one": half, "cap-source": 1}, view(10, 9, 0, job{9, one, nil}, job{0, one, nil}), Decision{0, 9}},
		// Square root of the tasks over the cluster.
		{set{"cap-tasks": 0.5}, view(100, 90, 1, job{0, []stage{{25, 1, true}}, nil}), Decision{0, 50}},
		// More jobs, less for each: the others count if they have work.
		{set{"cap-jobs": -1}, view(12, 12, 4, job{0, one, nil}, job{0, []stage{closed}, nil}, job{0, []stage{{0, 9, false}}, nil}, job{0, []stage{closed}, nil}), Decision{0, 4}},

		{set{}, view(10, 4, 1, job{0, []stage{closed}, nil}), Decision{sparksim.Pass, 4}},
		{set{}, view(10, 0, 0), Decision{sparksim.Pass, 1}},
	} {
		if got := choose(t, NewLinear(weights(t, c.weights)), c.view); got != c.want {
			t.Errorf("%d: got %+v, want %+v", i, got, c.want)
		}
	}
}

// TestLinearAgainstItsFormula compares the rule, with random weights, with one
// that works out every feature from the view alone.
func TestLinearAgainstItsFormula(t *testing.T) {
	const seed = 8
	random := rand.New(rand.NewPCG(seed, 0))
	for i := range 3000 {
		var w Weights
		for k := range w {
			w[k] = random.NormFloat64()
		}
		v := testview.Random(random, 1+random.IntN(60), 8)
		if got, want := choose(t, NewLinear(w), v), naiveLinear(w, v); got != want {
			t.Fatalf("seed %d, view %d: got %+v, want %+v of %+v", seed, i, got, want, *v)
		}
	}
}

func naiveLinear(w Weights, v *sparksim.View) Decision {
	return naiveChoice(v, func(place int) (score, logCap float64) {
		return naiveSums(w[:], featureTable[:], naiveFeatures(v, place))
	})
}

// naiveChoice takes the highest score of those stages whose jobs are below their
// caps; of all where there are none.
func naiveChoice(v *sparksim.View, look func(place int) (score, logCap float64)) Decision {
	best, bestScore, bestBelow := Decision{sparksim.Pass, v.Committable}, math.Inf(-1), false
	for place := range v.Schedulable {
		score, logCap := look(place)
		job := &v.Jobs[jobAt(v, place)]
		used := int(job.Supply)
		if v.Source == jobAt(v, place) {
			used -= v.Committable
		}
		free := int(math.Ceil(float64(v.Executors)*min(1, math.Exp(logCap)))) - used
		below := free > 0
		if !below {
			free = v.Committable
		}
		if below && !bestBelow || below == bestBelow && score > bestScore {
			best, bestScore, bestBelow = Decision{place, min(free, v.Committable, int(job.Limit))}, score, below
		}
	}
	return best
}

func naiveFeatures(v *sparksim.View, place int) map[string]float64 {
	stage := v.Schedulable[place]
	job := jobAt(v, place)
	frontier := 1.0
	for _, e := range v.Edges {
		if e.To == stage {
			frontier = 0
		}
	}
	total, mine, jobs, longest := 0.0, 0.0, 0.0, 0.0
	for j := range v.Jobs {
		work := naiveWork(v, j)
		if j == job {
			mine = work
			for i := v.Jobs[j].First; i < v.Jobs[j].End; i++ {
				longest = max(longest, naivePath(v, i, naiveAll))
			}
		}
		if total += work; work > 0 {
			jobs++
		}
	}
	source := 0.0
	if job == v.Source {
		source = 1
	}
	n, s := float64(v.Executors), v.Stages[stage]
	x := map[string]float64{
		"score-work": math.Log1p(mine / 1000), "score-source": source, "score-frontier": frontier,
		"score-duration": math.Log1p(float64(s.DurationMs) / 1000), "score-stay": source * math.Log1p(float64(s.DurationMs)/1000),
		"score-fit": math.Log(min(1, float64(s.Remaining)/float64(v.Committable))),
		"cap-one":   1, "cap-work": math.Log1p(mine/1000) - math.Log(n), "cap-jobs": math.Log(max(jobs, 1)),
		"cap-load": math.Log1p(total / 1000 / n), "cap-source": source, "cap-duration": math.Log1p(float64(s.DurationMs) / 1000),
		"cap-stages": math.Log(float64(v.Jobs[job].End - v.Jobs[job].First)), "cap-free": math.Log(float64(v.Committable) / n),
		"cap-tasks": math.Log(float64(s.Remaining) / n),
	}
	if mine > 0 {
		x["score-share"] = float64(s.Remaining) * float64(s.DurationMs) / mine
		x["cap-relative"] = mine / (total / jobs)
	}
	if longest > 0 {
		x["score-path"] = naivePath(v, stage, naiveAll) / longest
		x["cap-path"] = naivePath(v, stage, naiveAll) / longest
	}
	return x
}

// naivePath is the longest path from a stage on.
func naivePath(v *sparksim.View, i int32, of func(sparksim.StageView) float64) float64 {
	longest := 0.0
	for _, e := range v.Edges {
		if e.From == i {
			longest = max(longest, naivePath(v, e.To, of))
		}
	}
	return of(v.Stages[i]) + longest
}

func naiveAll(s sparksim.StageView) float64 { return float64(s.Remaining) * float64(s.DurationMs) }

func naiveWork(v *sparksim.View, job int) float64 {
	sum := 0.0
	for i := v.Jobs[job].First; i < v.Jobs[job].End; i++ {
		sum += naiveAll(v.Stages[i])
	}
	return sum
}

// naiveSums are the sums of a table's features that score a stage, and of those
// that cap its job.
func naiveSums(w []float64, of []weighted, x map[string]float64) (score, logCap float64) {
	for k, f := range of {
		if strings.HasPrefix(f.name, "score-") {
			score += float64(w[k] * x[f.name])
		} else {
			logCap += float64(w[k] * x[f.name])
		}
	}
	return score, logCap
}

func TestParseWeights(t *testing.T) {
	if got, want := newRule(t, "linear").(*linear).weights, DefaultWeights(); got != want {
		t.Errorf("the default rule has %v, want %v", got, want)
	}
	named := newRule(t, "linear:score-work=-3,cap-tasks=0.5").(*linear).weights
	want := DefaultWeights()
	want[scoreWork], want[capTasks] = -3, 0.5
	if named != want {
		t.Errorf("named weights are %v, want %v", named, want)
	}
	for text, want := range map[string]string{
		`[`:                  "tune --json",
		`{}`:                 `"score-work" is missing`,
		`{"parameters": []}`: `"score-work" is missing`,
		`{"parameters": [{"name": "work", "value": 1}]}`:                                     `"work" is unknown`,
		`{"parameters": [{"name": "score-work"}]}`:                                           `"score-work" is unknown, has no value`,
		`{"parameters": [{"name": "cap-one", "value": 1}, {"name": "cap-one", "value": 1}]}`: `"cap-one" is unknown, has no value or is there twice`,
		strings.Replace(string(linearJSON), `"cap-tasks"`, `"cap-task"`, 1):                  `"cap-task" is unknown`,
		strings.Replace(string(linearJSON), `"name": "cap-tasks"`, `"name": "cap-free"`, 1):  `"cap-free" is unknown, has no value or is there twice`,
	} {
		if _, err := ParseWeights([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: got error %v, want one with %q", text, err, want)
		}
	}
}
