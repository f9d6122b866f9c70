package agent

import (
	"fmt"
	"math/rand/v2"

	"trailblazer/api/env"
	"trailblazer/internal/splitmix"
	"trailblazer/trainer/feature"
	"trailblazer/trainer/model"
)

// Policy is a run in one environment. It is not safe for concurrent use, but
// policies of one run act at the same time.
type Policy struct {
	task      *task
	options   Options
	adapter   *feature.Adapter
	session   *model.Session
	estimator Estimator
	episode   *feature.Episode
	// choice and executors pick among scores; nil picks the highest.
	choice, executors model.Pick

	taken model.Actions
	// labels is set while scores are wanted, of which advantage is then made.
	labels    bool
	advantage []float64
}

var (
	_ env.Reader = (*Policy)(nil)
	_ env.Joiner = (*Policy)(nil)

	_ env.TookChecker = (*Policy)(nil)
)

// Policy makes a policy for environments of a spec. The error is a
// *env.FieldError that says what of the spec, or of the options, does not fit.
func (r *Run) Policy(spec *env.Spec, o Options) (*Policy, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	t, err := r.find(spec.ID)
	if err != nil {
		return nil, err
	}
	p := &Policy{task: t, options: o}
	if p.adapter, err = feature.New(t.features, spec); err != nil {
		return nil, err
	}
	if err := t.fits(p.adapter.Shape()); err != nil {
		return nil, err
	}
	if p.session, err = r.model.NewSession(t.at); err != nil {
		return nil, err
	}
	if p.estimator, err = t.newEstimator(spec, &o); err != nil {
		return nil, err
	}
	if o.MeanExecutors {
		p.executors = model.Mean
	}
	p.Reset(0)
	return p, nil
}

// fits checks that an environment has as many choices as the model was made for.
// What it must show, the features say.
func (t *task) fits(s feature.Shape) error {
	if head := &t.model.Head; head.Kind == model.HeadChoice && s.Choices != head.Choices {
		return &env.FieldError{Field: "policy", Value: fmt.Sprintf("a model that chooses one of %d, and the environment has %d choices", head.Choices, s.Choices),
			Remedy: "play it in environments like those that it was trained in"}
	}
	return nil
}

func (t *task) newEstimator(spec *env.Spec, o *Options) (Estimator, error) {
	switch {
	case t.model.Condition != model.ConditionValue:
		return nil, nil
	case o.Estimator != nil:
		return o.Estimator(spec)
	case t.estimator != nil:
		return t.estimator.Reader(spec, t.run.model.Compute())
	}
	return nil, &env.FieldError{Field: "policy", Value: "a model that is told what the rest of an episode can bring, without an estimator of that",
		Remedy: "put one beside it: \"trailblazer train --estimator\" makes estimator.json and estimator.safetensors"}
}

// Reset implements env.Policy. It clears the context.
func (p *Policy) Reset(seed uint64) {
	p.session.Reset()
	p.episode = p.adapter.NewEpisode(p.options.target(p.task.features.Condition.Target))
	if p.options.Temperature > 0 {
		random := rand.New(rand.NewPCG(seed, splitmix.Mix(seed, 1)))
		p.choice = model.Sample(p.options.Temperature, []*rand.Rand{random})
		if !p.options.MeanExecutors {
			p.executors = p.choice
		}
	}
}

// Inputs implements env.Reader.
func (p *Policy) Inputs() env.Inputs {
	return env.Inputs{Reward: p.task.model.Condition == model.ConditionReturn, Context: p.task.model.Context}
}

// Act implements env.Policy.
func (p *Policy) Act(in *env.Batch, row int, action env.Arrays) error {
	turns := [1]env.Turn{{Policy: p, In: in, Row: row, Action: action}}
	p.Join(turns[:])
	return turns[0].Err
}

// Group implements env.Joiner: all policies of one task of a run decide together.
func (p *Policy) Group() any { return p.task }

// Join implements env.Joiner.
func (p *Policy) Join(turns []env.Turn) {
	d := p.task.run.deciders.Get().(*decider)
	defer p.task.run.deciders.Put(d)
	d.decide(turns)
}
