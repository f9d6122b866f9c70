package policy

import (
	"fmt"

	"trailblazer/api/env"
)

// ExpertDescription says what an expert is and what it tells.
type ExpertDescription struct {
	Description
	// Advantage experts know the value of every level; all know that of the
	// best.
	Advantage bool
}

// DefaultExpert labels any state in microseconds.
const DefaultExpert = "offline-table"

// labeller is a rule that knows what its choice is worth.
type labeller interface {
	Rule
	// label is Choose for a state that others came to, with the value of the
	// choice, and of all levels relative to it where knowsAdvantages.
	label(now *View) (level int, value float64, advantage []float64, err error)
	knowsAdvantages() bool
	// sharing returns a function that makes one for each player, all of which
	// share what they compute.
	sharing() func() labeller
}

// Experts lists the policies that can label the states of others. They know
// the future of the link. The value of a state is the sum of the rewards of
// the chunks that are left, if the best levels are downloaded without noise;
// where the environment draws noise around 1, that is as if the rest of the
// video went as it does on average, and what really follows may be more.
func Experts() []ExpertDescription {
	var list []ExpertDescription
	descriptions := Descriptions()
	for i, e := range catalog() {
		values := make([]float64, len(e.parameters))
		for k, p := range e.parameters {
			values[k] = p.Default
		}
		if l, ok := e.build(values, nil).(labeller); ok {
			list = append(list, ExpertDescription{descriptions[i], l.knowsAdvantages()})
		}
	}
	return list
}

// NewExperts returns a function that makes experts of this name for
// environments of a spec, which must be trailblazer/ABR-v0. They share what
// they compute, and may be used at the same time. Errors are those of [New].
func NewExperts(name string, spec *env.Spec, worlds Worlds) (func() env.Expert, error) {
	e, values, err := parse(name)
	if err != nil {
		return nil, err
	}
	rule, err := e.rule(name, values, worlds)
	if err != nil {
		return nil, err
	}
	first, ok := rule.(labeller)
	if !ok {
		return nil, &env.FieldError{Field: "expert", Value: fmt.Sprintf("%q, which knows no values", name), Remedy: fmt.Sprintf("give one of those that know the future of the link, such as %q", DefaultExpert)}
	}
	p, err := adapt(rule, spec)
	if err != nil {
		return nil, err
	}
	another := first.sharing()
	return func() env.Expert {
		one := &expert{policy: *p, labeller: another()}
		one.rule = one.labeller
		return one
	}, nil
}

// expert lets a labeller label what an environment shows.
type expert struct {
	policy
	labeller labeller
}

// Label implements [env.Expert].
func (e *expert) Label(in *env.Batch, row int, action env.Arrays) (value float64, advantage []float64, err error) {
	if err := e.look(in, row); err != nil {
		return 0, nil, err
	}
	level, value, advantage, err := e.labeller.label(&e.view)
	if err != nil {
		return 0, nil, err
	}
	env.Row[int64](&action[0], row)[0] = int64(level)
	return value, advantage, nil
}
