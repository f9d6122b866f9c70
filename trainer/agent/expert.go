package agent

import (
	"math"

	"trailblazer/api/env"
	"trailblazer/trainer/model"
)

var _ env.Expert = (*Policy)(nil)

// KnowsAdvantages reports whether Label tells what every choice loses.
func (p *Policy) KnowsAdvantages() bool { return p.task.model.Head.Kind == model.HeadChoice }

// LooksBack reports whether it decides by more of an episode than it is shown at
// the moment, so that one which begins in the middle would decide otherwise.
func (p *Policy) LooksBack() bool {
	m := p.task.model
	return m.Context != 1 || m.ActionTokens || m.Timesteps > 0 || m.Condition != model.ConditionNone || p.options.Temperature > 0
}

// Label implements env.Expert: it decides as Act does, and knows no values. Of a
// model of choices it tells how far the score of each lies below the best one's.
// For one that has learned what choices lose (the objective "advantage") these
// are the losses that it expects, in rewards; for others the logarithms of how
// much less likely they are, so that the objective "soft" at temperature 1
// distils its probabilities (Hinton, Vinyals and Dean, "Distilling the Knowledge
// in a Neural Network", 2015).
func (p *Policy) Label(in *env.Batch, row int, action env.Arrays) (value float64, advantage []float64, err error) {
	p.labels = true
	defer func() { p.labels = false }()
	if err := p.Act(in, row, action); err != nil {
		return 0, nil, err
	}
	if !p.KnowsAdvantages() {
		return math.NaN(), nil, nil
	}
	return math.NaN(), p.advantage, nil
}

// compare keeps how far each score lies below the best.
func (p *Policy) compare(logits []float32) {
	scale := 1.0
	if o := &p.task.model.Objective; o.Kind == model.ObjectiveAdvantage {
		scale = o.Scale
	}
	best := float64(logits[model.Argmax(0, logits)])
	p.advantage = p.advantage[:0]
	for _, x := range logits {
		p.advantage = append(p.advantage, (float64(x)-best)/scale)
	}
}
