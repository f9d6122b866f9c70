package policy

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"trailblazer/sparksim"
	"trailblazer/sparksim/policy/internal/testview"
)

// TestThoroughAgainstItsFormula compares the rule, with random weights and without
// waiting, with one that works out every feature from the view alone.
func TestThoroughAgainstItsFormula(t *testing.T) {
	const seed = 11
	random := rand.New(rand.NewPCG(seed, 0))
	other := 0
	for i := range 3000 {
		var w Weights
		var f FurtherWeights
		for k := range w {
			w[k] = random.NormFloat64()
		}
		for k := range f {
			f[k] = random.NormFloat64()
		}
		v := testview.Random(random, 1+random.IntN(60), 8)
		want := naiveChoice(v, func(place int) (score, logCap float64) {
			return naiveSums(slices.Concat(w[:], f[:]), slices.Concat(featureTable[:], furtherTable[:]), naiveFurther(v, place))
		})
		if got := choose(t, NewThorough(w, f, WaitWeights{}), v); got != want {
			t.Fatalf("seed %d, view %d: got %+v, want %+v of %+v", seed, i, got, want, *v)
		}
		if want != choose(t, NewLinear(w), v) {
			other++
		}
	}
	if other < 1000 {
		t.Errorf("only %d decisions are others than the linear rule's", other)
	}
}

// naiveFurther are the features of a stage, with those that the linear rule lacks.
func naiveFurther(v *sparksim.View, place int) map[string]float64 {
	stage, job := v.Schedulable[place], jobAt(v, place)
	j, n := &v.Jobs[job], float64(v.Executors)
	oneTask := func(s sparksim.StageView) float64 { return float64(s.DurationMs) }
	mine, critical, children, alone := naiveWork(v, job), 0.0, 0.0, 1.0
	for i := j.First; i < j.End; i++ {
		critical = max(critical, naivePath(v, i, oneTask))
	}
	for _, e := range v.Edges {
		if e.From == stage {
			children++
		}
	}
	var smaller []float64
	working := 0
	for other := range v.Jobs {
		w := naiveWork(v, other)
		if w < mine {
			smaller = append(smaller, w)
		}
		if w > 0 {
			working++
		}
	}
	slices.Sort(smaller) // Sums of floating-point numbers depend on their order.
	ahead := 0.0
	for _, w := range smaller {
		ahead += w
	}
	if working > 1 {
		alone = 0
	}
	x := naiveFeatures(v, place)
	maps.Copy(x, map[string]float64{
		"score-supply": math.Log1p(float64(j.Supply)), "score-critical": math.Log1p(critical / 1000),
		"score-rest": math.Log1p(mine / 1000 / max(1, float64(j.Supply))), "score-height": math.Log1p(naivePath(v, stage, naiveAll) / 1000),
		"score-children": math.Log1p(children), "score-source-load": x["score-source"] * x["cap-load"],
		"cap-parallel": math.Log(1 / n), "cap-critical": math.Log1p(critical / 1000), "cap-rank": math.Log1p(float64(len(smaller))),
		"cap-ahead": math.Log1p(ahead / 1000 / n), "cap-supply": math.Log((1 + float64(j.Supply)) / n),
		"cap-stage-work": math.Log1p(naiveAll(v.Stages[stage]) / 1000), "cap-alone": alone,
	})
	if critical > 0 {
		x["score-slack"] = naivePath(v, stage, oneTask) / critical
		x["cap-parallel"] = math.Log(max(mine/critical, 1) / n)
	}
	return x
}

// TestThoroughIsPatient where it weighs nothing else.
func TestThoroughIsPatient(t *testing.T) {
	const seed = 12
	random := rand.New(rand.NewPCG(seed, 0))
	w, wait := DefaultPatience()
	for i := range 500 {
		v := testview.Random(random, 1+random.IntN(60), 8)
		if got, want := choose(t, NewThorough(w, FurtherWeights{}, wait), v), choose(t, NewPatient(w, wait), v); got != want {
			t.Fatalf("seed %d, view %d: got %+v, want %+v", seed, i, got, want)
		}
	}
}

func TestDefaultThoroughness(t *testing.T) {
	w, f, wait := DefaultThoroughness()
	rule := newRule(t, "thorough").(*patient)
	if rule.weights != w || rule.further.weights != f || rule.wait != wait {
		t.Errorf("the default rule has %v, %v, %v, want %v, %v, %v", rule.weights, rule.further.weights, rule.wait, w, f, wait)
	}
	named := newRule(t, "thorough:score-work=-3,cap-alone=0.5,wait-free=1").(*patient)
	w[scoreWork], f[capAlone], wait[waitFree] = -3, 0.5, 1
	if named.weights != w || named.further.weights != f || named.wait != wait {
		t.Errorf("named weights are %v, %v, %v, want %v, %v, %v", named.weights, named.further.weights, named.wait, w, f, wait)
	}
}
