package rl

import (
	"math"
	"slices"

	"trailblazer/trainer/feature"
	"trailblazer/trainer/kernel"
	"trailblazer/trainer/model"
)

// Critic is a network that says what the rest of an episode brings. It sees what
// the model is shown at a step, and beside it what only the simulator knows
// (Pinto et al., "Asymmetric Actor Critic for Image-Based Robot Learning",
// 2018), as it is there in training alone.
//
// It learns returns on a scale of its own, of mean 0 and deviation 1, which
// follows them: the size of returns differs by a thousand between environments,
// and grows as a model learns, while a learning rate and a clip of gradients fit
// one size. Where the scale moves, the last map is changed so that values stay as
// they were (PopArt: van Hasselt et al., "Learning Values Across Many Orders of
// Magnitude", 2016).
type Critic struct {
	model      *model.Model
	task       *model.Task
	privileged int
	tape       *kernel.Tape
	state      CriticState
}

// CriticState is what a critic remembers beside its weights.
type CriticState struct {
	Returns    Scale   `json:"returns"`
	Privileged Moments `json:"privileged"`
}

func (s CriticState) clone() CriticState {
	s.Privileged.Mean, s.Privileged.Variance = slices.Clone(s.Privileged.Mean), slices.Clone(s.Privileged.Variance)
	return s
}

// CriticConfig is that of a critic for a task: a network of some hidden layers
// on all that is shown, without a past, and as many privileged numbers; of a
// graph, whose encoder is like the actor's, they join those of the whole
// cluster.
func CriticConfig(actor *model.Task, privileged, width, layers int) model.Config {
	c := model.Config{Backbone: model.Backbone{
		Width: width, Heads: 1, Activation: "tanh", Norm: model.NormLayer, NormPlace: model.NormPre, NormEps: 1e-5,
		Positions: model.PositionsNone, InitStd: 0.02,
	}}
	t := model.Task{
		Name: "critic", Environment: actor.Environment, Weight: 1, Context: 1, Condition: model.ConditionNone,
		Encoder: actor.Encoder, Head: model.Head{Kind: model.HeadValue}, Objective: model.Objective{Kind: model.ObjectiveAction},
	}
	if t.Encoder.Kind == model.EncoderGraph {
		t.Encoder.Graph.Globals += privileged
		t.Encoder.Graph.Summary, t.Encoder.Graph.Kept = true, false
	} else {
		t.Encoder.Features += privileged
		t.Encoder.Tokens = model.TokensJoined
		t.Encoder.Parts = []model.Part{{Name: "all", To: t.Encoder.Features, Widths: slices.Repeat([]int{width}, max(layers, 1))}}
	}
	c.Tasks = []model.Task{t}
	return c
}

// NewCritic makes a critic with fresh weights.
func NewCritic(c model.Config, privileged int, compute *kernel.Compute, seed uint64) (*Critic, error) {
	m, err := model.New(c, compute, seed)
	if err != nil {
		return nil, err
	}
	return &Critic{model: m, task: &c.Tasks[0], privileged: privileged, tape: kernel.NewTape(compute),
		state: CriticState{Privileged: newMoments(privileged)}}, nil
}

// Read values an experience: it sets Value and Bootstrap. What is privileged is
// standardised by the moments of all that was read.
func (c *Critic) Read(e *Experience) error {
	c.state.Privileged.add(e.Privileged)
	var err error
	if e.Value, err = c.values(c.inputs(&e.Steps, e.Privileged)); err != nil {
		return err
	}
	e.Bootstrap = make([]float32, e.Sequences())
	if !slices.Contains(e.Terminated, false) {
		return nil
	}
	after, err := c.values(c.inputs(&e.After, e.AfterPrivileged))
	if err != nil {
		return err
	}
	for s, terminated := range e.Terminated {
		if !terminated {
			e.Bootstrap[s], after = after[0], after[1:]
		}
	}
	return nil
}

// inputs are what the critic sees of some steps, with what is privileged.
func (c *Critic) inputs(s *model.Steps, privileged []float32) *model.Steps {
	in := *s
	in.Actions, in.Condition = model.Actions{}, nil
	if c.privileged == 0 {
		return &in
	}
	steps := int(s.Offsets[len(s.Offsets)-1])
	widen := func(rows []float32) []float32 {
		width := len(rows) / max(steps, 1)
		wide := make([]float32, 0, len(rows)+len(privileged))
		for i := range steps {
			wide = append(wide, rows[i*width:(i+1)*width]...)
			wide = c.state.Privileged.standardise(privileged, i, wide)
		}
		return wide
	}
	if c.task.Encoder.Kind == model.EncoderGraph {
		in.Graph.Global = widen(s.Graph.Global)
	} else {
		in.Vector = widen(s.Vector)
	}
	return &in
}

// readAtOnce is how many steps are valued in one pass.
const readAtOnce = 2048

// values are those of steps, on the scale of rewards.
func (c *Critic) values(in *model.Steps) ([]float32, error) {
	mean, std := c.state.Returns.moments()
	var values []float32
	var some model.Steps
	steps := in.Offsets[len(in.Offsets)-1]
	for low := int32(0); low < steps; low += readAtOnce {
		feature.Start(&some)
		some.AppendSequence(in, low, min(low+readAtOnce, steps))
		c.tape.Begin(kernel.Eval, 0)
		x, err := c.model.Values(c.tape, 0, &some)
		if err != nil {
			return nil, err
		}
		for _, v := range x.Value {
			values = append(values, float32(float64(float64(v)*std)+mean))
		}
	}
	return values, nil
}

// follow moves the scale towards returns, and the last map with it.
func (c *Critic) follow(returns []float32) {
	mean, std := c.state.Returns.moments()
	c.state.Returns.add(returns)
	newMean, newStd := c.state.Returns.moments()
	weight, bias := c.model.Params().Find("tasks.critic.head.weight"), c.model.Params().Find("tasks.critic.head.bias")
	for i, w := range weight.Value {
		weight.Value[i] = float32(float64(w) * std / newStd)
	}
	bias.Value[0] = float32((float64(float64(bias.Value[0])*std) + mean - newMean) / newStd)
}

// scaled are numbers on the critic's own scale.
func (c *Critic) scaled(x []float32) []float32 {
	mean, std := c.state.Returns.moments()
	y := make([]float32, len(x))
	for i, v := range x {
		y[i] = float32((float64(v) - mean) / std)
	}
	return y
}

// explained is the share of the variance of returns that values knew.
func explained(returns, values []float32) float64 {
	mean, missed := 0.0, 0.0
	for i, r := range returns {
		mean += float64(r)
		missed += float64(r) - float64(values[i])
	}
	n := float64(len(returns))
	mean, missed = mean/n, missed/n
	total, left := 0.0, 0.0
	for i, r := range returns {
		total += math.Pow(float64(r)-mean, 2)
		left += math.Pow(float64(r)-float64(values[i])-missed, 2)
	}
	if total == 0 {
		return 0
	}
	return 1 - left/total
}
