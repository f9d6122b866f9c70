package rl_test

import (
	"errors"
	"math"
	"slices"
	"testing"

	"trailblazer/api/env"
	"trailblazer/internal/reference"
	"trailblazer/trainer/feature"
	"trailblazer/trainer/kernel"
	"trailblazer/trainer/model"
	"trailblazer/trainer/rl"
)

// guide says that the choice of the light that a Driven shows is the best, and
// that others lose so many times how far they are off.
type guide struct {
	seeds []uint64
	calls int
	price float64
	lost  []float64
}

func (g *guide) Reset(seed uint64) { g.seeds = append(g.seeds, seed) }

func (g *guide) Label(in *env.Batch, row int, action env.Arrays) (float64, []float64, error) {
	g.calls++
	best := 0
	if env.Row[float32](&in.Observation[0], row)[1] > 0 {
		best = 1
	}
	env.Row[int64](&action[0], row)[0] = int64(best)
	g.lost = append(g.lost[:0], -g.price, -g.price)
	g.lost[best] = 0
	return 0, g.lost, nil
}

func guided(n int, o rl.CollectOptions) (setup, []*guide) {
	s := setup{factory: reference.Driven(6), n: n, options: o, change: func(c *model.Config, _ []feature.Config) {
		c.Tasks[0].Objective = model.Objective{Kind: model.ObjectiveAdvantage, Floor: -6, Scale: 4}
	}}
	var guides []*guide
	for range n {
		g := &guide{price: 3}
		guides, s.experts = append(guides, g), append(s.experts, g)
	}
	return s, guides
}

// light is the choice that a step's light pays for.
func light(e *rl.Experience, i int) int32 {
	if e.Vector[2*i+1] > 0 {
		return 1
	}
	return 0
}

// TestLabels: every step has what the expert says of it, whoever acts.
func TestLabels(t *testing.T) {
	s, guides := guided(6, rl.CollectOptions{Steps: 9, Copies: 2, Temperature: 1, Label: true})
	e := collect(t, s.collector(t))
	right := 0
	for i := range e.Len() {
		best := light(e, i)
		if e.Actions.Choice[i] == best {
			right++
		}
		lost := e.Targets.Advantage[2*i:][:2]
		if e.Targets.Actions.Choice[i] != best || e.Targets.Weight[i] != 1 || lost[best] != 0 || lost[1-best] != -3 {
			t.Errorf("step %d: light %d is labelled %d, %v", i, best, e.Targets.Actions.Choice[i], lost)
		}
	}
	if right < e.Len()/5 || right > e.Len()*4/5 {
		t.Errorf("the student chose right in %d of %d", right, e.Len())
	}
	for i, g := range guides {
		first := uint64(i / 2)
		if g.calls != 9 || !slices.Equal(g.seeds, []uint64{first, first + 3}) {
			t.Errorf("expert %d was asked %d times in episodes of %v", i, g.calls, g.seeds)
		}
	}
}

// TestLabelShare: some steps are labelled, the same ones every time; the others
// weigh nothing. Who looks back is asked everywhere, which changes no label.
func TestLabelShare(t *testing.T) {
	play := func(lookBack bool) (*rl.Experience, int) {
		s, guides := guided(8, rl.CollectOptions{Steps: 50, Temperature: 1, Label: true, LabelShare: 0.25})
		s.lookBack = lookBack
		e := collect(t, s.collector(t))
		calls := 0
		for _, g := range guides {
			calls += g.calls
		}
		return e, calls
	}
	e, calls := play(false)
	labelled := 0
	for i, w := range e.Targets.Weight {
		if w == 0 {
			if e.Targets.Actions.Choice[i] != -1 {
				t.Errorf("step %d has a label %d without weight", i, e.Targets.Actions.Choice[i])
			}
			continue
		}
		labelled++
		if e.Targets.Actions.Choice[i] != light(e, i) {
			t.Errorf("step %d is labelled %d", i, e.Targets.Actions.Choice[i])
		}
	}
	if labelled != calls || calls < 70 || calls > 130 {
		t.Errorf("%d of 400 steps are labelled, %d calls", labelled, calls)
	}
	if again, _ := play(false); text(t, again) != text(t, e) {
		t.Error("another time it is not the same")
	}
	if again, calls := play(true); text(t, again) != text(t, e) || calls != 400 {
		t.Errorf("experts who look back are asked %d times in 400 steps, or it is not the same", calls)
	}
}

// weigher is a guide that says how much its labels matter.
type weigher struct {
	guide
	matters float64
}

func (w *weigher) Label(in *env.Batch, row int, action env.Arrays) (float64, []float64, error) {
	if w.matters < 5 {
		w.matters++
	}
	return w.guide.Label(in, row, action)
}

func (w *weigher) Weight() float64 { return w.matters }

// TestWeighers: a label weighs what its expert says at that step, and nothing
// where it was not asked.
func TestWeighers(t *testing.T) {
	s, _ := guided(1, rl.CollectOptions{Steps: 40, Temperature: 1, Label: true, LabelShare: 0.5})
	w := &weigher{guide: guide{price: 3}}
	s.experts = []env.Expert{w}
	labelled := 0
	for i, got := range collect(t, s.collector(t)).Targets.Weight {
		if got == 0 {
			continue
		}
		if labelled++; got != min(5, float32(labelled)) {
			t.Errorf("label %d, of step %d, weighs %v", labelled, i, got)
		}
	}
	if labelled != w.calls || labelled < 10 {
		t.Errorf("%d of %d labels weigh anything", labelled, w.calls)
	}
	for _, matters := range []float64{math.NaN(), -7, math.Inf(1)} {
		s.experts = []env.Expert{&weigher{guide: guide{price: 3}, matters: matters}}
		_, err := s.collector(t).Collect(t.Context())
		if wrong, ok := errors.AsType[*env.FieldError](err); !ok || wrong.Field != "experts[0].weight" {
			t.Errorf("a weight of %v: %v", matters, err)
		}
	}
}

// TestExpertActs: with beta 1 always, with 1/2 about as often.
func TestExpertActs(t *testing.T) {
	for _, beta := range []float64{1, 0.5} {
		s, _ := guided(8, rl.CollectOptions{Temperature: 1, Beta: beta})
		// By chance the untrained student always errs.
		change := s.change
		s.change = func(c *model.Config, f []feature.Config) {
			change(c, f)
			c.Backbone.InitStd = 1e-3
		}
		c := s.collector(t)
		right, steps := 0, 0
		for range 10 {
			e := collect(t, c)
			if e.LogProbability != nil || e.Targets.Weight != nil {
				t.Fatal("there are log-probabilities or labels")
			}
			for i := range e.Len() {
				if steps++; e.Actions.Choice[i] == light(e, i) {
					right++
				}
			}
		}
		share := float64(right) / float64(steps)
		if beta == 1 && share != 1 || beta < 1 && (share < 0.5 || share > 0.97) {
			t.Errorf("beta %v: %v of the steps are the expert's", beta, share)
		}
	}
}

// TestActedByTheExpertIsRemembered: a model that sees past actions sees what was
// done, not what it decided.
func TestActedByTheExpertIsRemembered(t *testing.T) {
	s, _ := guided(20, rl.CollectOptions{Beta: 0.5})
	s.preset = "llama"
	change := s.change
	s.change = func(c *model.Config, f []feature.Config) {
		change(c, f)
		unwindowed(c, f)
	}
	e := collect(t, s.collector(t))
	if len(e.Condition) != e.Len() {
		t.Errorf("%d conditions of %d steps", len(e.Condition), e.Len())
	}
	m := s.actor(t).Model()
	tape := kernel.NewTape(m.Compute())
	for q := range e.Sequences() {
		session, err := m.NewSession(0)
		if err != nil {
			t.Fatal(err)
		}
		for i := e.Offsets[q]; i < e.Offsets[q+1]; i++ {
			var one model.Steps
			one.AppendSequence(&e.Steps, i, i+1)
			decisions, err := m.Decide(tape, []*model.Session{session}, &one, model.Chooser{})
			if err != nil {
				t.Fatal(err)
			}
			done := e.Actions.Choice[i]
			if done != light(e, int(i)) && done != decisions[0].Choice {
				t.Errorf("step %d: %d was done, which is neither the expert's nor the student's choice", i, done)
			}
			if err := session.Acted(model.Decision{Choice: done}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// replay asks the model again for what it was asked when it played.
func replay(t *testing.T, s setup, e *rl.Experience) {
	t.Helper()
	likely := likelihood(t, s, e)
	for i, p := range e.LogProbability {
		if math.Abs(float64(p-likely[i])) > 2e-4 {
			t.Errorf("step %d: the log-probability was %v, and is %v", i, p, likely[i])
		}
	}
}

// TestShapedRewards are what the expert says is lost, cut off and scaled.
func TestShapedRewards(t *testing.T) {
	for _, floor := range []float64{0, -2} {
		s, _ := guided(4, rl.CollectOptions{Steps: 6, Temperature: 1, Reward: rl.RewardAdvantage, RewardFloor: floor, RewardScale: 0.5})
		e := collect(t, s.collector(t))
		for i, r := range e.Reward {
			want := float32(0)
			if e.Actions.Choice[i] != light(e, i) {
				want = -1.5
				if floor != 0 {
					want = -1
				}
			}
			if r != want {
				t.Errorf("floor %v: choice %d at light %d brings %v, want %v", floor, e.Actions.Choice[i], light(e, i), r, want)
			}
		}
		own := 0.0
		for _, r := range e.Episodes {
			own += math.Abs(r.Return - math.Round(2*r.Return)/2)
		}
		if own == 0 {
			t.Error("returns are not the environment's own")
		}
	}
}

type ignorant struct{ guide }

func (g *ignorant) Label(in *env.Batch, row int, action env.Arrays) (float64, []float64, error) {
	_, _, err := g.guide.Label(in, row, action)
	return math.NaN(), nil, err
}

// TestExpertsThatDontKnow what choices lose can't teach it.
func TestExpertsThatDontKnow(t *testing.T) {
	for _, o := range []rl.CollectOptions{{Label: true}, {Reward: rl.RewardAdvantage}} {
		s, _ := guided(1, o)
		s.experts = []env.Expert{new(ignorant)}
		c := s.collector(t)
		var refused *env.FieldError
		if _, err := c.Collect(t.Context()); !errors.As(err, &refused) || refused.Field != "experts[0]" {
			t.Errorf("%+v: %v", o, err)
		}
		if _, err := c.Collect(t.Context()); err == nil {
			t.Error("it goes on after that")
		}
	}
	// To copy what it does nothing else must be known.
	s, _ := guided(1, rl.CollectOptions{Label: true})
	s.change = imitate
	s.experts = []env.Expert{new(ignorant)}
	if e := collect(t, s.collector(t)); len(e.Targets.Actions.Choice) != e.Len() || e.Targets.Advantage != nil {
		t.Errorf("%d labels of %d steps", len(e.Targets.Actions.Choice), e.Len())
	}
	// Where it knows it of some steps only, the others weigh nothing.
	s, guides := guided(1, rl.CollectOptions{Label: true})
	guides[0].price = math.NaN()
	e := collect(t, s.collector(t))
	for i, w := range e.Targets.Weight {
		if w != 0 || e.Targets.Advantage[2*i] != 0 {
			t.Errorf("step %d weighs %v", i, w)
		}
	}
}
