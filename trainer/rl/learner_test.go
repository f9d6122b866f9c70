package rl

import (
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"trailblazer/api/env"
	"trailblazer/internal/reference"
	"trailblazer/trainer/model"
)

// light is an expert of Driven: the choice of the light that is shown.
type light struct{ asked int }

func (*light) Reset(uint64) {}

func (l *light) Label(in *env.Batch, row int, action env.Arrays) (float64, []float64, error) {
	l.asked++
	choice := 0
	if env.Row[float32](&in.Observation[0], row)[1] == 1 {
		choice = 1
	}
	env.Row[int64](&action[0], row)[0] = int64(choice)
	advantage := []float64{-1, -1}
	advantage[choice] = 0
	return math.NaN(), advantage, nil
}

// driven is a school in Driven, with experts.
func drivenSchool(tb testing.TB, o lessons) *school {
	if o.environments == 0 {
		o.environments = 16
	}
	o.widths = []int{16}
	s := newSchool(tb, reference.Driven(12), o)
	for range o.environments {
		s.collector.world.Experts = append(s.collector.world.Experts, new(light))
	}
	return s
}

// label has everything labelled from now on.
func (s *school) label(tb testing.TB, o CollectOptions) {
	tb.Helper()
	o.Label, o.Temperature = true, 1
	if err := s.collector.SetOptions(o); err != nil {
		tb.Fatal(err)
	}
}

// round is an update of each kind.
func (s *school) round(tb testing.TB, r *Replay, p PPO) {
	tb.Helper()
	e := s.collect(tb)
	r.Add(e)
	if _, err := s.learner.Update(e, p); err != nil {
		tb.Fatal(err)
	}
	if _, err := s.learner.Imitate(r, Imitation{Steps: 2, Batch: 50, Rate: 1e-3, ClipNorm: 1}); err != nil {
		tb.Fatal(err)
	}
}

// TestSameBits: neither the number of workers nor a pause changes what is learned.
func TestSameBits(t *testing.T) {
	for _, name := range []string{"steps", "sequences"} {
		t.Run(name, func(t *testing.T) {
			begin := func(workers int) *school {
				o := lessons{seed: 5, workers: workers, collect: CollectOptions{Privileged: []string{"input"}}}
				if name == "sequences" {
					o.change = small
				}
				s := drivenSchool(t, o)
				s.label(t, CollectOptions{Privileged: []string{"input"}})
				return s
			}
			p := DefaultPPO()
			p.Minibatch, p.Imitation, p.ValueClip, p.TargetKL, p.Gamma = 48, 0.1, 1, 0.5, 0.9
			whole := begin(1)
			replay := whole.learner.NewReplay(1)
			for range 2 {
				whole.round(t, replay, p)
			}
			saved := whole.weights()
			state, err := json.Marshal(whole.learner.State())
			if err != nil {
				t.Fatal(err)
			}
			played, err := whole.collector.State()
			if err != nil {
				t.Fatal(err)
			}
			for range 2 {
				whole.round(t, replay, p)
			}
			for _, workers := range []int{3} {
				other := begin(workers)
				replay := other.learner.NewReplay(1)
				for range 4 {
					other.round(t, replay, p)
				}
				if !other.equal(whole) {
					t.Errorf("%d workers learn something else than one", workers)
				}
			}
			resumed := begin(1)
			for _, a := range resumed.learner.Arrays() {
				copy(a.Values, saved)
				saved = saved[len(a.Values):]
			}
			var back LearnerState
			if err := json.Unmarshal(state, &back); err != nil {
				t.Fatal(err)
			}
			if err := resumed.learner.SetState(back); err != nil {
				t.Fatal(err)
			}
			if err := resumed.collector.SetState(played); err != nil {
				t.Fatal(err)
			}
			// A replay of one has forgotten what came before.
			replay = resumed.learner.NewReplay(1)
			for range 2 {
				resumed.round(t, replay, p)
			}
			if !resumed.equal(whole) {
				t.Error("a resumed run learns something else than one that never stopped")
			}
		})
	}
}

// TestImitate learns from labels alone, by each objective of choices.
func TestImitate(t *testing.T) {
	for _, objective := range []model.Objective{
		{Kind: model.ObjectiveExpert},
		{Kind: model.ObjectiveAdvantage, Floor: -6, Scale: 4},
	} {
		s := drivenSchool(t, lessons{seed: 1, alone: true, change: func(c *model.Config) { c.Tasks[0].Objective = objective }})
		s.label(t, CollectOptions{LabelShare: 0.5})
		r := s.learner.NewReplay(3)
		var stats ImitationStats
		for range 8 {
			r.Add(s.collect(t))
			var err error
			if stats, err = s.learner.Imitate(r, Imitation{Steps: 20, Batch: 64, Rate: 3e-3, ClipNorm: 1}); err != nil {
				t.Fatal(err)
			}
		}
		if stats.Accuracy < 0.99 || stats.Loss > 0.2 {
			t.Errorf("%s: %+v after 160 steps", objective.Kind, stats)
		}
	}
}

// TestReplay: the last experiences are kept, by labelled steps or by sequences.
func TestReplay(t *testing.T) {
	for _, change := range []func(*model.Config){nil, small} {
		s := drivenSchool(t, lessons{seed: 1, alone: true, change: change})
		s.label(t, CollectOptions{LabelShare: 0.1})
		r := s.learner.NewReplay(2)
		var last []int
		for range 4 {
			e := s.collect(t)
			labels := 0
			for q := range e.Sequences() {
				some := 0
				for _, w := range e.Targets.Weight[e.Offsets[q]:e.Offsets[q+1]] {
					if w > 0 {
						some++
					}
				}
				if change != nil {
					some = min(some, 1)
				}
				labels += some
			}
			last = append(last, labels)
			r.Add(e)
		}
		if want := last[2] + last[3]; r.Len() != want {
			t.Errorf("%d pieces are kept, the last two experiences had %d", r.Len(), want)
		}
		var b model.Batch
		r.draw(rand.New(rand.NewPCG(1, 1)), 100, &b)
		steps := int(b.Offsets[len(b.Offsets)-1])
		if steps < 100 || steps > 111 || len(b.Targets.Weight) != steps || len(b.Targets.Actions.Choice) != steps {
			t.Errorf("a batch of 100 has %d steps, %d weights and %d labels", steps, len(b.Targets.Weight), len(b.Targets.Actions.Choice))
		}
	}
}

// TestPrivilegedCritic: what only the critic sees explains what nothing else can.
func TestPrivilegedCritic(t *testing.T) {
	known := map[bool]float64{}
	for _, privileged := range []bool{false, true} {
		o := lessons{seed: 2}
		if privileged {
			o.collect.Privileged = []string{"input"}
		}
		s := drivenSchool(t, o)
		p := DefaultPPO()
		p.Gamma, p.CriticRate = 0.9, 3e-3
		for range 40 {
			known[privileged] = s.update(t, p).Explained
		}
	}
	if known[true] < 0.5 || known[true] < known[false]+0.3 {
		t.Errorf("a critic explains %.2f of the variance with the input, and %.2f without", known[true], known[false])
	}
}

// TestGroupBaseline: copies of one input take its noise away, by the number of the
// step, and by a clock that runs differently in each copy.
func TestGroupBaseline(t *testing.T) {
	for _, clock := range []string{"", "wall_ms"} {
		s := newSchool(t, reference.Driven(40), lessons{seed: 3, environments: 64, widths: []int{16}, alone: true,
			collect: CollectOptions{Copies: 8, Clock: clock}})
		e := s.collect(t)
		returns := returnsToGo(e, 1)
		got, err := GroupBaseline(e, 1)
		if err != nil {
			t.Fatal(err)
		}
		// The best baseline that knows nothing but the time.
		apart := *e
		apart.Number, apart.Clock = make([]uint64, len(e.Number)), nil
		blind, err := GroupBaseline(&apart, 1)
		if err != nil {
			t.Fatal(err)
		}
		variance := func(x []float32) float64 {
			sum, square := 0.0, 0.0
			for _, v := range x {
				sum += float64(v)
				square += float64(v) * float64(v)
			}
			n := float64(len(x))
			return square/n - sum/n*sum/n
		}
		least := map[string]float64{"": 100, "wall_ms": 5}[clock]
		if v, b := variance(got), variance(blind); v*least > b {
			t.Errorf("clock %q: advantages have the variance %.1f over copies, and %.1f over all episodes (returns up to %.0f)", clock, v, b, slices.Max(returns))
		}
	}
	// And so a policy is learned that is not to be learned without.
	right := func(copies int) float64 {
		s := newSchool(t, reference.Driven(40), lessons{seed: 3, environments: 32, widths: []int{16}, alone: true, collect: CollectOptions{Copies: copies}})
		p := DefaultA2C()
		p.Baseline, p.Gamma, p.Rate, p.Entropy = BaselineGroup, 1, 3e-3, 0
		share := 0.0
		for range 40 {
			e := s.collect(t)
			if _, err := s.learner.Update(e, p); err != nil {
				t.Fatal(err)
			}
			share = 0
			for i, choice := range e.Actions.Choice {
				if e.Vector[2*i+int(choice)] > 0 {
					share += 1 / float64(e.Len())
				}
			}
		}
		return share
	}
	if with, without := right(8), right(1); with < 0.9 || with < without+0.2 {
		t.Errorf("%.2f of choices are right with copies, and %.2f without", with, without)
	}
}

// TestFollow: where the scale of returns moves, values stay.
func TestFollow(t *testing.T) {
	s := drivenSchool(t, lessons{seed: 4})
	e := s.collect(t)
	for _, size := range []float32{1, 1000, 0.01} {
		if err := s.critic.Read(e); err != nil {
			t.Fatal(err)
		}
		before := slices.Clone(e.Value)
		returns := make([]float32, e.Len())
		for i := range returns {
			returns[i] = size * (float32(i) + 3)
		}
		s.critic.follow(returns)
		if err := s.critic.Read(e); err != nil {
			t.Fatal(err)
		}
		_, std := s.critic.state.Returns.moments()
		for i := range before {
			if math.Abs(float64(before[i]-e.Value[i])) > 1e-5*std+1e-5 {
				t.Fatalf("returns of the size %v: step %d was worth %v, and %v afterwards", size, i, before[i], e.Value[i])
			}
		}
	}
}

// TestAnchor: steps that another model finds less likely cost.
func TestAnchor(t *testing.T) {
	s := drivenSchool(t, lessons{seed: 1})
	other := drivenSchool(t, lessons{seed: 2})
	s.learner.options.Anchor = other.actor
	e := s.collect(t)
	p := DefaultPPO()
	p.Anchor = 0.5
	var stats Stats
	dearer, err := s.learner.anchored(e, &p, e.LogProbability, &stats)
	if err != nil {
		t.Fatal(err)
	}
	anchor, err := s.learner.logProbabilities(other.actor, e)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range dearer.Reward {
		if want := e.Reward[i] - 0.5*(e.LogProbability[i]-anchor[i]); math.Abs(float64(r-want)) > 1e-5*(1+math.Abs(float64(want))) {
			t.Fatalf("step %d brings %v, want %v", i, r, want)
		}
	}
	if stats.Anchor == 0 {
		t.Error("nothing lies between two models")
	}
	if _, err := s.learner.Update(e, p); err != nil {
		t.Error(err)
	}
}

// TestPrepare: the critic learns, and the policy stays.
func TestPrepare(t *testing.T) {
	s := drivenSchool(t, lessons{seed: 1})
	e := s.collect(t)
	before := slices.Clone(s.actor.Params().Params()[0].Value)
	critic := slices.Clone(s.critic.model.Params().Params()[0].Value)
	if _, err := s.learner.Prepare(e, DefaultPPO()); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(before, s.actor.Params().Params()[0].Value) {
		t.Error("the policy has learned")
	}
	if slices.Equal(critic, s.critic.model.Params().Params()[0].Value) {
		t.Error("the critic has learned nothing")
	}
}

func TestTargetKL(t *testing.T) {
	s := drivenSchool(t, lessons{seed: 1})
	p := DefaultPPO()
	p.Rate, p.TargetKL, p.Minibatch, p.Epochs = 0.05, 0.01, 32, 10
	if stats := s.update(t, p); stats.Updates >= 60 || stats.Updates == 0 || stats.KL <= 0.015 {
		t.Errorf("%+v: the passes should have ended where the policy had moved by 0.015", stats)
	}
}

// TestRefused: what can't be learned from is refused before anything changes, with
// what to do.
func TestRefused(t *testing.T) {
	s := drivenSchool(t, lessons{seed: 1})
	alone := drivenSchool(t, lessons{seed: 1, alone: true})
	still := newSchool(t, reference.Aim(8), lessons{environments: 1, widths: []int{4}, collect: CollectOptions{Steps: 4, Temperature: 1}, change: func(c *model.Config) { c.Tasks[0].Head.Std = 0 }})
	e := s.collect(t)
	byExpert := *e
	byExpert.LogProbability = nil
	endless := *e
	endless.Reward = slices.Clone(e.Reward)
	endless.Reward[3] = float32(math.Inf(1))
	with := func(change func(*PPO)) PPO {
		p := DefaultPPO()
		change(&p)
		return p
	}
	before := s.weights()
	for _, c := range []struct {
		field string
		learn func() error
	}{
		{"ppo.gamma", func() error { _, err := s.learner.Update(e, with(func(p *PPO) { p.Gamma = math.NaN() })); return err }},
		{"ppo.epochs", func() error { _, err := s.learner.Update(e, with(func(p *PPO) { p.Clip = 0 })); return err }},
		{"ppo.rate", func() error { _, err := s.learner.Update(e, with(func(p *PPO) { p.Rate = -1 })); return err }},
		{"ppo.baseline", func() error { _, err := s.learner.Update(e, with(func(p *PPO) { p.Baseline = "none" })); return err }},
		{"ppo.baseline", func() error { _, err := alone.learner.Update(e, DefaultPPO()); return err }},
		{"critic", func() error {
			_, err := alone.learner.Prepare(e, with(func(p *PPO) { p.Baseline = BaselineGroup }))
			return err
		}},
		{"ppo.anchor", func() error { _, err := s.learner.Update(e, with(func(p *PPO) { p.Anchor = 1 })); return err }},
		{"collect.beta", func() error { _, err := s.learner.Update(&byExpert, DefaultPPO()); return err }},
		{"model.task.head.std", func() error { _, err := still.learner.Update(still.collect(t), DefaultPPO()); return err }},
		{"experience.reward[3]", func() error { _, err := s.learner.Update(&endless, DefaultPPO()); return err }},
		{"experience", func() error { _, err := s.learner.Update(&Experience{}, DefaultPPO()); return err }},
		{"replay", func() error {
			_, err := s.learner.Imitate(s.learner.NewReplay(1), Imitation{Steps: 1, Batch: 1})
			return err
		}},
		{"imitation.batch", func() error { _, err := s.learner.Imitate(s.learner.NewReplay(1), Imitation{Steps: 1}); return err }},
		{"task", func() error { _, err := NewLearner(Options{Model: s.actor, Task: 1}); return err }},
		{"state.critic.privileged", func() error {
			state := s.learner.State()
			state.Critic.Privileged.Mean = []float64{1}
			return s.learner.SetState(state)
		}},
	} {
		var field *env.FieldError
		if err := c.learn(); !errors.As(err, &field) || field.Field != c.field || field.Remedy == "" {
			t.Errorf("%v, want a refusal of %s with a remedy", err, c.field)
		}
	}
	if !slices.Equal(before, s.weights()) {
		t.Error("something has changed")
	}
}
