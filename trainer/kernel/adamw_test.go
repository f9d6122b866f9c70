package kernel

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"trailblazer/api/env"
)

// TestAdamW compares steps with the formula in float64.
func TestAdamW(t *testing.T) {
	for seed := range uint64(5) {
		r := rand.New(rand.NewPCG(seed, 9))
		var set Set
		decayed, spared, frozen, idle := set.New("decayed", 100), set.New("spared", 3), set.New("frozen", 3), set.New("idle", 3)
		spared.NoDecay, frozen.Frozen = true, true
		for _, p := range set.Params() {
			p.Normal(r, 1)
		}
		before := slices.Concat(frozen.Value, idle.Value)
		settings := AdamW{Beta1: 0.8, Beta2: 0.9, Eps: 1e-3, WeightDecay: 0.1}
		optimizer := NewOptimizer(&set, settings, testCompute(t, 2))
		for _, p := range []*Param{decayed, spared} {
			p.Grad = make([]float32, len(p.Value))
		}
		type moments struct{ p, m, v float64 }
		want := map[*Param][]moments{}
		for _, p := range []*Param{decayed, spared} {
			for _, x := range p.Value {
				want[p] = append(want[p], moments{p: float64(x)})
			}
		}
		for step := 1; step <= 5; step++ {
			for p := range want {
				for i := range p.Grad {
					g := r.NormFloat64()
					p.Grad[i] = float32(g)
					w := &want[p][i]
					w.m = 0.8*w.m + 0.2*g
					w.v = 0.9*w.v + 0.1*g*g
					if p == decayed {
						w.p -= 0.01 * 0.1 * w.p
					}
					n := float64(step)
					w.p -= 0.01 * w.m / (1 - math.Pow(0.8, n)) / (math.Sqrt(w.v/(1-math.Pow(0.9, n))) + 1e-3)
				}
			}
			optimizer.Step(0.01)
		}
		for p, w := range want {
			for i, x := range p.Value {
				if !near(float64(x), w[i].p, 1e-5, 1) {
					t.Fatalf("seed %d: %s[%d] is %v, the formula gives %v", seed, p.Name, i, x, w[i].p)
				}
			}
		}
		if !slices.Equal(before, slices.Concat(frozen.Value, idle.Value)) {
			t.Error("params without gradients have changed")
		}
		if names := optimizer.State().Moments; len(names) != 3 || names[0].Name != "decayed" {
			t.Errorf("the state is of %d params", len(names))
		}
	}
}

func TestOptimizerGoesOnFromItsState(t *testing.T) {
	run := func(stop bool) []float32 {
		var set Set
		p := set.New("p", 50)
		p.Fill(1)
		compute := testCompute(t, 1)
		optimizer := NewOptimizer(&set, AdamW{WeightDecay: 0.1}, compute)
		r := rand.New(rand.NewPCG(3, 3))
		for step := range 6 {
			if stop && step == 3 {
				fresh := NewOptimizer(&set, AdamW{WeightDecay: 0.1}, compute)
				if err := fresh.SetState(optimizer.State()); err != nil {
					t.Fatal(err)
				}
				optimizer = fresh
			}
			p.Grad = randomWeights(r, 50)
			optimizer.Step(0.01)
		}
		return p.Value
	}
	if !slices.Equal(run(false), run(true)) {
		t.Error("an optimizer with another's state steps differently")
	}
	var set Set
	set.New("p", 50)
	optimizer := NewOptimizer(&set, AdamW{}, testCompute(t, 1))
	for name, c := range map[string]struct {
		state OptimizerState
		want  string
	}{
		"none":        {OptimizerState{}, "of 0 params, the model learns 1"},
		"other name":  {OptimizerState{Moments: []Moments{{Name: "q", First: make([]float32, 50), Second: make([]float32, 50)}}}, `has "q"`},
		"other sizes": {OptimizerState{Moments: []Moments{{Name: "p", First: make([]float32, 50)}}}, "50 and 0 numbers"},
		"no steps":    {OptimizerState{Steps: -1, Moments: []Moments{{Name: "p", First: make([]float32, 50), Second: make([]float32, 50)}}}, "after -1 steps"},
	} {
		if err := optimizer.SetState(c.state); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: the error is %v, want one with %q", name, err, c.want)
		}
	}
}

func TestClipNorm(t *testing.T) {
	set := func() (*Set, *Param, *Param) {
		var s Set
		a, b, frozen := s.New("a", 2), s.New("b", 1), s.New("frozen", 1)
		a.Grad, b.Grad, frozen.Grad, frozen.Frozen = []float32{2, 3}, []float32{6}, []float32{100}, true
		s.New("without gradient", 4)
		return &s, a, b
	}
	for _, c := range []struct{ limit, scale float32 }{{0, 1}, {7, 1}, {8, 1}, {3.5, 0.5}, {0.07, 0.01}} {
		s, a, b := set()
		norm, err := ClipNorm(s, c.limit)
		if err != nil || norm != 7 {
			t.Errorf("limit %v: the norm is %v, error %v; want 7", c.limit, norm, err)
		}
		for i, got := range []float32{a.Grad[0], a.Grad[1], b.Grad[0]} {
			if want := []float32{2, 3, 6}[i] * c.scale; !near(float64(got), float64(want), 1e-6, 0) {
				t.Errorf("limit %v: gradient %d is %v, want %v", c.limit, i, got, want)
			}
		}
	}
	for _, bad := range []float64{math.NaN(), math.Inf(-1)} {
		s, _, b := set()
		b.Grad[0] = float32(bad)
		if _, err := ClipNorm(s, 1); err == nil || !strings.Contains(err.Error(), `"b"`) {
			t.Errorf("a gradient of %v gives the error %v, which does not name the param", bad, err)
		}
	}
}

func TestSchedule(t *testing.T) {
	for _, c := range []struct {
		schedule Schedule
		step     int
		want     float32
	}{
		{Schedule{Rate: 2}, 1, 2},
		{Schedule{Rate: 2, Warmup: 4}, 1, 0.5},
		{Schedule{Rate: 2, Warmup: 4}, 3, 1.5},
		{Schedule{Rate: 2, Warmup: 4}, 4, 2},
		{Schedule{Kind: "constant", Rate: 2, Warmup: 4}, 5000, 2},
		{Schedule{Kind: "cosine", Rate: 2, Warmup: 4, Steps: 24, Floor: 1}, 2, 1},
		{Schedule{Kind: "cosine", Rate: 2, Warmup: 4, Steps: 24, Floor: 1}, 4, 2},
		{Schedule{Kind: "cosine", Rate: 2, Warmup: 4, Steps: 24, Floor: 1}, 14, 1.5},
		{Schedule{Kind: "cosine", Rate: 2, Warmup: 4, Steps: 24, Floor: 1}, 24, 1},
		{Schedule{Kind: "cosine", Rate: 2, Warmup: 4, Steps: 24, Floor: 1}, 50, 1},
		{Schedule{Kind: "cosine", Rate: 2, Steps: 10}, 10, 0},
	} {
		if err := c.schedule.Validate("schedule"); err != nil {
			t.Errorf("%+v: %v", c.schedule, err)
		}
		if got := c.schedule.At(c.step); !near(float64(got), float64(c.want), 1e-6, 1e-6) {
			t.Errorf("%+v at step %d is %v, want %v", c.schedule, c.step, got, c.want)
		}
	}
	for field, s := range map[string]Schedule{
		"schedule.kind":   {Kind: "step", Rate: 1},
		"schedule.rate":   {Rate: float32(math.NaN())},
		"schedule.warmup": {Rate: 1, Warmup: -1},
		"schedule.steps":  {Kind: "cosine", Rate: 1, Warmup: 5, Steps: 5},
		"schedule.floor":  {Kind: "cosine", Rate: 1, Steps: 5, Floor: 2},
	} {
		var refused *env.FieldError
		if err := s.Validate("schedule"); !errors.As(err, &refused) || refused.Field != field {
			t.Errorf("%+v: the error is %v, want one of %s", s, err, field)
		}
	}
}
