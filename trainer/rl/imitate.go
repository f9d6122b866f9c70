package rl

import (
	"fmt"
	"math"

	"trailblazer/internal/jsonconfig"
	"trailblazer/trainer/kernel"
	"trailblazer/trainer/model"
)

// Imitation says how a Learner learns from labels.
type Imitation struct {
	// Steps of the optimizer are made, each on about Batch labelled steps.
	Steps, Batch int
	// Rate is the learning rate.
	Rate float64
	// ClipNorm bounds the norm of the gradients; 0 stands for no bound.
	ClipNorm float64
}

// Validate reports the first field that can't be, as an *env.FieldError.
func (o *Imitation) Validate() error {
	size := func(x float64) bool { return x >= 0 && !math.IsInf(x, 1) }
	switch {
	case o.Steps < 1:
		return jsonconfig.Refuse("imitation.steps", fmt.Sprint(o.Steps), "give at least one step of the optimizer")
	case o.Batch < 1:
		return jsonconfig.Refuse("imitation.batch", fmt.Sprint(o.Batch), "give at least one step of an episode")
	case !size(o.Rate):
		return jsonconfig.Refuse("imitation.rate", fmt.Sprint(o.Rate), "give a learning rate of 0 or more")
	case !size(o.ClipNorm):
		return jsonconfig.Refuse("imitation.clip_norm", fmt.Sprint(o.ClipNorm), "give a positive number, or 0 for no bound")
	}
	return nil
}

// ImitationStats are means over the steps of Imitate.
type ImitationStats struct {
	// Loss is the model's, by the objective of its task; Accuracy the share of
	// steps whose best-scored choice is the label's.
	Loss, Accuracy float64
	// Norm is that of the gradients, before they were clipped.
	Norm float64
}

// Imitate learns what experts said of the steps that a replay keeps, by the
// objective of the model's task: the loss of every choice (regression of
// A*(s,a)), the expert's action (cross-entropy), or its value (squared error).
func (l *Learner) Imitate(r *Replay, o Imitation) (s ImitationStats, err error) {
	if err := o.Validate(); err != nil {
		return s, err
	}
	if r.Len() == 0 {
		return s, jsonconfig.Refuse("replay", "without a labelled step", "ask an expert while collecting")
	}
	l.state.Updates++
	random := l.order(imitationStream)
	b := model.Batch{Task: l.options.Task}
	for range o.Steps {
		r.draw(random, o.Batch, &b)
		l.actor.tape.Begin(kernel.Train, random.Uint64())
		loss, losses, err := l.options.Model.Loss(l.actor.tape, &b)
		if err != nil {
			return s, err
		}
		norm, err := l.actor.step(loss, o.Rate, o.ClipNorm)
		if err != nil {
			return s, err
		}
		n := float64(o.Steps)
		s.Loss += losses.Total / n
		s.Accuracy += losses.Accuracy / n
		s.Norm += norm / n
	}
	return s, nil
}
