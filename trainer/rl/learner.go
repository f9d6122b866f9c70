package rl

import (
	"fmt"
	"math/rand/v2"
	"sync"

	"trailblazer/internal/jsonconfig"
	"trailblazer/internal/splitmix"
	"trailblazer/trainer/checkpoint"
	"trailblazer/trainer/kernel"
	"trailblazer/trainer/model"
)

// Options are what a Learner works with.
type Options struct {
	// Model acts, by the task at the place Task.
	Model *model.Model
	Task  int
	// Critic values states; nil where only the baseline of groups, or imitation,
	// is used.
	Critic *Critic
	// Anchor is what PPO.Anchor holds the model near: one like it, whose weights
	// stay. nil for none.
	Anchor *model.Model
	// Optimizer is that of both networks. An Eps of 0 stands for 1e-5.
	Optimizer kernel.AdamW
	// Seed shuffles.
	Seed uint64
}

// Learner changes a model, and its critic, by experience. The same experience
// brings the same weights, to the bit, however many cores there are. After an
// error the weights may be half changed: go back to a saved state.
type Learner struct {
	options       Options
	actor, critic *network
	state         LearnerState
}

// LearnerState is what a learner remembers beside its arrays.
type LearnerState struct {
	// Updates counts calls that learned.
	Updates uint64 `json:"updates"`
	// Actor and CriticSteps count the optimizers' steps.
	ActorSteps  int         `json:"actor_steps"`
	CriticSteps int         `json:"critic_steps"`
	Critic      CriticState `json:"critic,omitzero"`
}

// network is a model that learns.
type network struct {
	params    *kernel.Set
	tape      *kernel.Tape
	optimizer *kernel.Optimizer
}

func newNetwork(m *model.Model, o kernel.AdamW) *network {
	for _, p := range m.Params().Params() {
		if !p.Frozen && p.Grad == nil {
			p.Grad = make([]float32, len(p.Value))
		}
	}
	return &network{m.Params(), kernel.NewTape(m.Compute()), kernel.NewOptimizer(m.Params(), o, m.Compute())}
}

// step goes down the gradient of a loss.
func (n *network) step(loss *kernel.Var, rate, clip float64) (norm float64, err error) {
	if err := n.tape.Err(); err != nil {
		return 0, err
	}
	n.params.ZeroGrad()
	n.tape.Backward(loss)
	if norm, err = kernel.ClipNorm(n.params, float32(clip)); err == nil {
		n.optimizer.Step(float32(rate))
	}
	return norm, err
}

// NewLearner makes one whose optimizers have not stepped yet.
func NewLearner(o Options) (*Learner, error) {
	if o.Task < 0 || o.Task >= len(o.Model.Config().Tasks) {
		return nil, jsonconfig.Refuse("task", "not one of the model's", "give its place in the model's config")
	}
	if o.Optimizer.Eps == 0 {
		o.Optimizer.Eps = 1e-5
	}
	l := &Learner{options: o, actor: newNetwork(o.Model, o.Optimizer)}
	if o.Critic != nil {
		l.critic = newNetwork(o.Critic.model, o.Optimizer)
	}
	return l, nil
}

// Update learns from an experience by reinforcement: the policy by all its
// actions, the critic by all returns. Actions must have been the model's own.
func (l *Learner) Update(e *Experience, p PPO) (Stats, error) {
	if err := l.check(e, &p); err != nil {
		return Stats{}, err
	}
	var s Stats
	a, err := l.assess(e, &p, &s)
	if err != nil {
		return s, err
	}
	l.state.Updates++
	// The two don't share anything that changes.
	var group sync.WaitGroup
	var criticErr error
	var ofCritic Stats
	if l.critic != nil && a.returns != nil {
		group.Go(func() { criticErr = l.learnValues(e, &p, a, &ofCritic) })
	}
	err = l.learnPolicy(e, &p, a, &s)
	group.Wait()
	s.Value, s.CriticNorm = ofCritic.Value, ofCritic.CriticNorm
	if err == nil {
		err = criticErr
	}
	return s, err
}

// Prepare lets only the critic learn from an experience, so that a model which
// has learned by other means, such as imitation, has one to begin with.
func (l *Learner) Prepare(e *Experience, p PPO) (Stats, error) {
	if err := l.check(e, &p); err != nil {
		return Stats{}, err
	}
	if l.critic == nil {
		return Stats{}, jsonconfig.Refuse("critic", "none", "make the learner with one")
	}
	p.Baseline, p.Anchor = BaselineCritic, 0
	var s Stats
	a, err := l.assess(e, &p, &s)
	if err != nil {
		return s, err
	}
	l.state.Updates++
	return s, l.learnValues(e, &p, a, &s)
}

func (l *Learner) check(e *Experience, p *PPO) error {
	if err := p.Validate(); err != nil {
		return err
	}
	switch {
	case e.Len() == 0:
		return jsonconfig.Refuse("experience", "empty", "collect at least one step")
	case p.Baseline != BaselineGroup && l.critic == nil:
		return jsonconfig.Refuse("ppo.baseline", jsonconfig.Quote(p.Baseline)+", without a critic", `make the learner with a critic, or use "group"`)
	case p.Anchor > 0 && l.options.Anchor == nil:
		return jsonconfig.Refuse("ppo.anchor", "without a model", "give the learner the model to stay near, or 0")
	}
	for t, r := range e.Reward {
		if r-r != 0 {
			return jsonconfig.Refuse(fmt.Sprintf("experience.reward[%d]", t), fmt.Sprint(r), "give finite numbers")
		}
	}
	return nil
}

// order draws numbers for one of the networks in the update that goes on.
func (l *Learner) order(network uint64) *rand.Rand {
	return rand.New(rand.NewPCG(splitmix.Mix(l.options.Seed, network), l.state.Updates))
}

// The networks' streams of random numbers.
const (
	actorStream = iota
	criticStream
	imitationStream
)

// Arrays are all numbers that change, to be saved and to be read back into: the
// weights of both networks and what their optimizers remember.
func (l *Learner) Arrays() []checkpoint.Array {
	arrays := l.actor.arrays("")
	if l.critic != nil {
		arrays = append(arrays, l.critic.arrays("critic-")...)
	}
	return arrays
}

func (n *network) arrays(prefix string) []checkpoint.Array {
	var list []checkpoint.Array
	for _, p := range n.params.Params() {
		list = append(list, checkpoint.Array{Group: prefix + "param", Name: p.Name, Shape: p.Shape, Values: p.Value})
	}
	for _, m := range n.optimizer.State().Moments {
		list = append(list,
			checkpoint.Array{Group: prefix + "first", Name: m.Name, Shape: m.Shape, Values: m.First},
			checkpoint.Array{Group: prefix + "second", Name: m.Name, Shape: m.Shape, Values: m.Second})
	}
	return list
}

// State is what goes with Arrays.
func (l *Learner) State() LearnerState {
	s := l.state
	s.ActorSteps = l.actor.optimizer.State().Steps
	if l.critic != nil {
		s.CriticSteps, s.Critic = l.critic.optimizer.State().Steps, l.options.Critic.state.clone()
	}
	return s
}

// SetState goes on from a state, when the arrays have been read back. The error
// says what does not fit.
func (l *Learner) SetState(s LearnerState) error {
	if l.critic != nil {
		if got, want := len(s.Critic.Privileged.Mean), l.options.Critic.privileged; got != want || len(s.Critic.Privileged.Variance) != want {
			return jsonconfig.Refuse("state.critic.privileged", "of another critic", "go on with the settings that the run began with")
		}
		l.options.Critic.state = s.Critic.clone()
		if err := l.critic.setSteps(s.CriticSteps); err != nil {
			return err
		}
	}
	l.state.Updates = s.Updates
	return l.actor.setSteps(s.ActorSteps)
}

func (n *network) setSteps(steps int) error {
	state := n.optimizer.State()
	state.Steps = steps
	return n.optimizer.SetState(state)
}
