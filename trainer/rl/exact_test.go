package rl

import (
	"math"
	"testing"

	"trailblazer/internal/reference"
	"trailblazer/trainer/feature"
	"trailblazer/trainer/kernel"
	"trailblazer/trainer/model"
)

// trajectory is one way through a chain.
type trajectory struct {
	choices []int32
	rewards []float32
}

// throughChain are all trajectories of a chain of so many places.
func throughChain(places int) []trajectory {
	var all []trajectory
	for left := range places + 1 {
		var w trajectory
		for at := 0; at < places && at <= left; at++ {
			choice, reward := int32(1), float32(0)
			if at == left {
				choice, reward = 0, reference.ChainLeave
			} else if at == places-1 {
				reward = 1
			}
			w.choices, w.rewards = append(w.choices, choice), append(w.rewards, reward)
		}
		all = append(all, w)
	}
	return all
}

// walked is the experience of a trajectory.
func walked(places int, w trajectory) *Experience {
	e := &Experience{Reward: w.rewards, LogProbability: make([]float32, len(w.rewards)),
		Environment: []int32{0}, Number: []uint64{0}, Terminated: []bool{true}, Ended: []bool{true}}
	feature.Start(&e.Steps)
	for at := range w.choices {
		shown := make([]float32, places)
		shown[at] = 1
		e.Vector = append(e.Vector, shown...)
		e.Times = append(e.Times, int32(at))
	}
	e.Actions.Choice = w.choices
	e.Offsets = append(e.Offsets, int32(len(w.choices)))
	return e
}

// TestPolicyGradientIsExact compares the gradient of A2C, in expectation over all
// trajectories of a chain by their probabilities, with the numeric gradient of the
// expected return. A critic that knows nothing of the action must not change it.
func TestPolicyGradientIsExact(t *testing.T) {
	const places = 3
	s := newSchool(t, reference.Chain(places), lessons{seed: 4, environments: 1, collect: CollectOptions{Steps: 1}, widths: []int{5}})
	all := throughChain(places)
	// expected is Σ p(trajectory)·return, by the definition.
	probability := func(w trajectory) float64 {
		tape := kernel.NewTape(s.actor.Compute())
		tape.Begin(kernel.Eval, 0)
		e := walked(places, w)
		policy, err := s.actor.Policy(tape, 0, &e.Steps, &e.Actions)
		if err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for _, lp := range policy.LogProbability.Value {
			sum += float64(lp)
		}
		return math.Exp(sum)
	}
	expected := func() float64 {
		sum := 0.0
		for _, w := range all {
			total := 0.0
			for _, r := range w.rewards {
				total += float64(r)
			}
			sum += probability(w) * total
		}
		return sum
	}
	p := DefaultA2C()
	p.Gamma, p.Entropy, p.Unscaled = 1, 0, true
	analytic, total := map[string][]float64{}, 0.0
	for _, w := range all {
		e := walked(places, w)
		chance := probability(w)
		total += chance
		var stats Stats
		a, err := s.learner.assess(e, &p, &stats)
		if err != nil {
			t.Fatal(err)
		}
		var b part
		b.gather(&e.Steps, each(e.Len()), []int32{0, 1, 2}[:e.Len()])
		tape := s.learner.actor.tape
		tape.Begin(kernel.Train, 0)
		loss, _, err := s.learner.loss(e, &p, &b, a.advantages, a.old)
		if err != nil {
			t.Fatal(err)
		}
		s.actor.Params().ZeroGrad()
		tape.Backward(loss)
		for _, param := range s.actor.Params().Params() {
			if analytic[param.Name] == nil {
				analytic[param.Name] = make([]float64, len(param.Value))
			}
			for i, g := range param.Grad {
				// The loss is a mean over the trajectory's steps, and goes down.
				analytic[param.Name][i] -= chance * float64(g) * float64(e.Len())
			}
		}
	}
	if math.Abs(total-1) > 1e-5 {
		t.Fatalf("the probabilities of all trajectories sum to %v", total)
	}
	largest := 0.0
	for _, param := range s.actor.Params().Params() {
		for i, v := range param.Value {
			const step = 1e-2
			param.Value[i] = v + step
			high := expected()
			param.Value[i] = v - step
			low := expected()
			param.Value[i] = v
			numeric := (high - low) / (2 * step)
			largest = max(largest, math.Abs(numeric))
			if math.Abs(numeric-analytic[param.Name][i]) > 2e-4 {
				t.Errorf("%s[%d]: the policy gradient is %v, the return's %v", param.Name, i, analytic[param.Name][i], numeric)
			}
		}
	}
	if largest < 0.01 {
		t.Errorf("the largest gradient is %v: nothing was compared", largest)
	}
}

// TestChainValues: the critic comes to the values of the policy, which becomes the
// best one: to go on, which brings γ^(places-1-s), where that is more than leaving.
func TestChainValues(t *testing.T) {
	if raceEnabled {
		t.Skip("long, and nothing runs at once that doesn't elsewhere")
	}
	const places, gamma = 5, 0.9
	s := newSchool(t, reference.Chain(places), lessons{seed: 2, environments: 16, collect: CollectOptions{Steps: 16}, widths: []int{32}})
	p := DefaultPPO()
	p.Gamma, p.Rate, p.CriticRate, p.Minibatch = gamma, 3e-3, 3e-3, 128
	const updates = 120
	for i := range updates {
		q := p
		q.Entropy = 0.02 * (1 - float64(i)/updates)
		s.update(t, q)
	}
	e := walked(places, throughChain(places)[places])
	if err := s.critic.Read(e); err != nil {
		t.Fatal(err)
	}
	for at, v := range e.Value {
		if want := math.Pow(gamma, float64(places-1-at)); math.Abs(float64(v)-want) > 0.03 {
			t.Errorf("place %d is worth %v, want %v", at, v, want)
		}
	}
	if got := s.last(100); got < 0.98 {
		t.Errorf("mean return %v, the best is 1", got)
	}
}

// TestBandit: A2C finds the arm of each light.
func TestBandit(t *testing.T) {
	s := newSchool(t, reference.Bandit(), lessons{seed: 3, environments: 64, collect: CollectOptions{Steps: 1}, widths: []int{16}})
	p := DefaultA2C()
	p.Rate, p.CriticRate, p.Entropy = 5e-3, 5e-3, 0.005
	for range 200 {
		s.update(t, p)
	}
	if got := s.last(1000); got < 1.35 {
		t.Errorf("mean return %v, the best is 1.5 and a blind one 0.75", got)
	}
}

// TestAim: PPO solves a continuous task, and the deviation shrinks.
func TestAim(t *testing.T) {
	if raceEnabled {
		t.Skip("long, and nothing runs at once that doesn't elsewhere")
	}
	s := newSchool(t, reference.Aim(8), lessons{seed: 1, environments: 16, collect: CollectOptions{Steps: 32}, widths: []int{32}})
	p := DefaultPPO()
	p.Gamma, p.Rate, p.CriticRate, p.Entropy, p.Minibatch = 0.5, 3e-3, 3e-3, 0, 128
	before := s.actor.LogStd(0).Value[0]
	const updates = 80
	for i := range updates {
		q := p
		q.Rate *= 1 - float64(i)/updates
		s.update(t, q)
	}
	if got := s.last(100) / 8; got < -0.05 {
		t.Errorf("a mean reward of %v, the best is 0", got)
	}
	if after := s.actor.LogStd(0).Value[0]; after > before-0.5 {
		t.Errorf("the deviation's logarithm went from %v to %v", before, after)
	}
}

// TestTransformer: a model that looks back learns by whole sequences, whose ratios
// begin at 1.
func TestTransformer(t *testing.T) {
	s := newSchool(t, reference.Driven(12), lessons{seed: 1, environments: 16, collect: CollectOptions{}, widths: []int{16}, change: small})
	e := s.collect(t)
	old, err := s.learner.before(e)
	if err != nil {
		t.Fatal(err)
	}
	for i := range old {
		if math.Abs(float64(old[i]-e.LogProbability[i])) > 1e-4 {
			t.Fatalf("step %d was taken with log-probability %v, and has %v", i, e.LogProbability[i], old[i])
		}
	}
	p := DefaultPPO()
	p.Rate, p.Minibatch, p.Gamma = 1e-3, 64, 0.5
	for range 3 {
		stats := s.update(t, p)
		if stats.Updates != 3*p.Epochs || stats.KL > 0.1 {
			t.Errorf("%+v, want 3 minibatches of whole sequences in each of %d epochs", stats, p.Epochs)
		}
	}
}

// small makes a model a transformer that looks back four steps.
func small(c *model.Config) {
	c.Backbone.Width, c.Backbone.Layers, c.Backbone.Heads = 16, 1, 2
	c.Backbone.QKVBias, c.Backbone.OutputBias, c.Backbone.MLPBias = true, true, true
	c.Tasks[0].Context, c.Tasks[0].ActionTokens = 4, true
}

// TestLost: a policy that has moved so far that ratios overflow learns no more
// from what it did, and keeps finite weights.
func TestLost(t *testing.T) {
	s := newSchool(t, reference.Aim(8), lessons{seed: 1, environments: 4, collect: CollectOptions{Steps: 8}, widths: []int{8}})
	e := s.collect(t)
	for i := range e.LogProbability {
		e.LogProbability[i] -= 2000
	}
	stats, err := s.learner.Update(e, DefaultPPO())
	if err != nil || stats.Updates != 0 || math.IsInf(stats.KL, 0) {
		t.Errorf("%+v, %v", stats, err)
	}
}
