package policy

import (
	"trailblazer/api/env"
	"trailblazer/sparksim"
	"trailblazer/sparksim/policy/shown"
)

// New makes the policy of this name for environments of a spec, which must be
// trailblazer/CJS-v0. See the package comment for how names are written. A
// name that does not exist is an *env.NotFoundError, wrong parameters are an
// *env.FieldError.
func New(name string, spec *env.Spec) (env.Policy, error) {
	rule, err := NewRule(name)
	if err != nil {
		return nil, err
	}
	return Adapt(rule, spec)
}

// Adapt lets a rule act in environments of a spec, which must be
// trailblazer/CJS-v0.
func Adapt(rule Rule, spec *env.Spec) (env.Policy, error) {
	p := &policy{rule: rule}
	if err := p.reader.Bind(spec); err != nil {
		return nil, err
	}
	if err := p.writer.Bind(spec); err != nil {
		return nil, err
	}
	return p, nil
}

// policy lets a rule act in an environment.
type policy struct {
	rule   Rule
	reader shown.Reader
	writer shown.Writer
	view   sparksim.View
}

// Reset implements [env.Policy].
func (p *policy) Reset(seed uint64) { p.rule.Start(seed) }

// Act implements [env.Policy].
func (p *policy) Act(in *env.Batch, row int, action env.Arrays) error {
	if err := p.reader.Read(in, row, &p.view); err != nil {
		return err
	}
	d, err := p.rule.Choose(&p.view)
	if err != nil {
		return err
	}
	p.writer.Write(action, row, d.Stage, d.Executors)
	return nil
}
