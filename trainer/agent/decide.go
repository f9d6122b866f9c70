package agent

import (
	"errors"
	"fmt"
	"slices"

	"trailblazer/api/env"
	"trailblazer/trainer/feature"
	"trailblazer/trainer/kernel"
	"trailblazer/trainer/model"
)

// decider is what it takes to decide, used again and again.
type decider struct {
	model    *model.Model
	tape     *kernel.Tape
	steps    model.Steps
	policies []*Policy
	sessions []*model.Session
	// at is which turn each of the policies has.
	at      []int
	before  []feature.Episode // What the policies' episodes were.
	chooser model.Chooser
}

func newDecider(m *model.Model) *decider {
	d := &decider{model: m, tape: kernel.NewTape(m.Compute())}
	d.chooser = model.Chooser{
		Choice:    func(i int, logits []float32) int { return pick(d.policies[i].choice, logits) },
		Executors: func(i int, logits []float32) int { return pick(d.policies[i].executors, logits) },
	}
	return d
}

func pick(p model.Pick, logits []float32) int {
	if p == nil {
		return model.Argmax(0, logits)
	}
	return p(0, logits)
}

// decide takes turns of policies of one task. Where what one of them is shown
// makes the model refuse all of them, each is decided for alone.
func (d *decider) decide(turns []env.Turn) {
	d.policies, d.sessions, d.at, d.before = d.policies[:0], d.sessions[:0], d.at[:0], d.before[:0]
	feature.Start(&d.steps)
	for i := range turns {
		t := &turns[i]
		p := t.Policy.(*Policy)
		before, episode := d.steps, *p.episode
		if t.Err = p.observe(t.In, t.Row, &d.steps); t.Err != nil {
			d.steps = before // Without what was appended.
			continue
		}
		d.policies, d.sessions, d.at = append(d.policies, p), append(d.sessions, p.session), append(d.at, i)
		d.before = append(d.before, episode)
	}
	if len(d.policies) == 0 {
		return
	}
	decisions, err := d.choose()
	if err != nil && len(d.policies) > 1 {
		d.apart(turns, err)
		return
	}
	for k, i := range d.at {
		t := &turns[i]
		if t.Err = err; err == nil {
			t.Err = d.policies[k].act(t, &decisions[k])
		}
	}
}

// apart takes one by one the turns that were refused together. Where that has
// left a session unusable, the reason is why the policies were refused.
func (d *decider) apart(turns []env.Turn, reason error) {
	for k, p := range d.policies {
		*p.episode = d.before[k]
	}
	for _, i := range slices.Clone(d.at) {
		d.decide(turns[i : i+1])
		t := &turns[i]
		if refused, ok := errors.AsType[*env.FieldError](t.Err); ok && refused.Field == "sessions[0]" {
			t.Err = errors.Join(reason, t.Err)
		}
	}
}

// choose makes a fault of the model's an error.
func (d *decider) choose() (decisions []model.Decision, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("agent: a model could not decide on what it was shown: %v", r)
		}
	}()
	return d.model.Decide(d.tape, d.sessions, &d.steps, d.chooser)
}

// observe appends a step. A fault in reading what is shown is that one policy's,
// and not that of those who are decided for with it.
func (p *Policy) observe(in *env.Batch, row int, to *model.Steps) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &env.FieldError{Field: "observation", Value: fmt.Sprintf("not readable (%v)", r), Remedy: "show what the environment does"}
		}
	}()
	if p.estimator != nil {
		goal, err := p.estimator.Estimate(in, row)
		if err != nil {
			return err
		}
		p.episode.SetGoal(goal)
	}
	return p.episode.Observe(in, row, to)
}

// act writes what was decided, and remembers what will be done where that is not
// the same to the digit.
func (p *Policy) act(t *env.Turn, d *model.Decision) error {
	if d.Err != nil {
		return d.Err
	}
	if err := p.adapter.Act(t.In, t.Row, d, t.Action, t.Row); err != nil {
		return err
	}
	if p.labels && p.KnowsAdvantages() {
		p.compare(d.Logits)
	}
	if !p.task.model.ActionTokens || p.task.model.Head.Kind != model.HeadValue {
		return nil
	}
	return p.Took(t.In, t.Row, t.Action)
}

// Took implements env.Follower: tokens of actions show what was done.
func (p *Policy) Took(in *env.Batch, row int, action env.Arrays) error {
	if !p.task.model.ActionTokens {
		return nil
	}
	if err := p.CheckTook(in, row, action); err != nil {
		return err
	}
	var d model.Decision
	a := &p.taken
	switch p.task.model.Head.Kind {
	case model.HeadValue:
		d.Value = a.Value[0]
	case model.HeadPointer:
		d.Choice, d.Executors = a.Choice[0], a.Executors[0]
	default:
		d.Choice = a.Choice[0]
	}
	return p.session.Acted(d)
}

// CheckTook implements env.TookChecker.
func (p *Policy) CheckTook(in *env.Batch, row int, action env.Arrays) error {
	if !p.task.model.ActionTokens {
		return nil
	}
	feature.StartActions(&p.taken)
	return p.adapter.Taken(in, row, action, row, &p.taken)
}
