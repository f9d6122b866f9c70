package catalog

import (
	"slices"

	"trailblazer/api/env"
	"trailblazer/internal/policyname"
	"trailblazer/internal/rollout"
	"trailblazer/trainer/agent"
)

// ExpertDescription says what an expert is and what it tells beside an action.
type ExpertDescription struct {
	PolicyDescription
	// Value and Advantage are those of env.Expert.
	Value, Advantage bool
}

// Expert makes experts that label what an environment shows.
type Expert struct {
	// Name is the name with its parameters, as RecordedName has it.
	Name string
	// Value and Advantage say what it tells beside an action.
	Value, Advantage bool
	// Remembers says that it carries something from episode to episode, as
	// env.Rememberer does.
	Remembers bool
	// LooksBack says that it goes by more of an episode than its seed and what is
	// shown at the moment: one that begins in the middle may label otherwise.
	LooksBack bool
	// plans says that it reads the state of the environment.
	plans bool
	// New makes one for an environment, and is safe for concurrent use.
	// Those that it makes share what they compute.
	New func(e env.Env) (env.Expert, error)
}

// NoExpert is the name that asks for none.
const NoExpert = "none"

// experts are those of a family.
type experts struct {
	// otherwise is who labels where nobody is named; empty for nobody.
	otherwise string
	// list has those that know values, make makes them.
	list []ExpertDescription
	make func(name string, spec *env.Spec, factory env.Factory) (func() env.Expert, error)
}

// Experts lists who knows values of states in an environment, and the name of
// the one that labels by default, which is empty for none. Every policy can
// label by what it would do.
func (c *Catalog) Experts(id string) (list []ExpertDescription, otherwise string, err error) {
	f, err := c.find(id)
	if err != nil {
		return nil, "", err
	}
	return f.experts.list, f.experts.otherwise, nil
}

// Expert finds an expert for environments of a factory: one of Experts, or any
// policy, which labels by what it would do. An empty name stands for the
// environment's default, and names with plus signs between them for experts who
// label by the mean of what they say that choices lose. It is nil where there is
// none, and for NoExpert. Errors are those of Policy.
func (c *Catalog) Expert(name string, factory env.Factory) (*Expert, error) {
	spec := factory.Spec()
	f, err := c.find(spec.ID)
	if err != nil {
		return nil, err
	}
	if name = f.experts.named(name); name == "" {
		return nil, nil
	}
	if names := several(name); names != nil {
		return together(names, func(name string) (*Expert, error) { return c.Expert(name, factory) })
	}
	at := f.experts.find(name)
	if at < 0 {
		return c.policyExpert(name, spec, func() (env.Policy, error) { return c.Policy(name, factory) })
	}
	return f.experts.expert(name, at, spec, factory)
}

// named is the name of an expert that was asked for; empty for none.
func (e *experts) named(name string) string {
	switch name {
	case "":
		return e.otherwise
	case NoExpert:
		return ""
	}
	return name
}

// find is the place in the list of the one with this name, or -1.
func (e *experts) find(name string) int {
	return slices.IndexFunc(e.list, func(d ExpertDescription) bool { return d.Name == policyname.Base(name) })
}

// expert makes the one at a place of the list.
func (e *experts) expert(name string, at int, spec *env.Spec, factory env.Factory) (*Expert, error) {
	make, err := e.make(name, spec, factory)
	if err != nil {
		return nil, err
	}
	d := &e.list[at]
	return &Expert{Name: name, Value: d.Value, Advantage: d.Advantage,
		New: func(env.Env) (env.Expert, error) { return make(), nil }}, nil
}

// policyExpert lets a policy label.
func (c *Catalog) policyExpert(name string, spec *env.Spec, make func() (env.Policy, error)) (*Expert, error) {
	first, err := make()
	if err != nil {
		return nil, err
	}
	recorded, err := c.RecordedName(spec.ID, name)
	if err != nil {
		return nil, err
	}
	_, plans := first.(env.Planner)
	_, remembers := first.(env.Rememberer)
	model, ok := first.(*agent.Policy)
	looksBack := ok && model.LooksBack()
	if !ok {
		f, err := c.find(spec.ID)
		if err != nil {
			return nil, err
		}
		looksBack = !slices.Contains(f.immediate, policyname.Base(name))
	}
	return &Expert{Name: recorded, Advantage: ok && model.KnowsAdvantages(), Remembers: remembers, LooksBack: looksBack, plans: plans, New: func(e env.Env) (env.Expert, error) {
		policy, err := make()
		if err != nil {
			return nil, err
		}
		return rollout.NewActor(name, policy, e)
	}}, nil
}

// References names the policies between whose returns scores of an environment
// are normalised: a floor that looks at nothing, and the best one known that is
// quick enough to be run again and again. Both are empty where nobody has named
// them.
func (c *Catalog) References(id string) (floor, best string, err error) {
	f, err := c.find(id)
	if err != nil {
		return "", "", err
	}
	return f.floor, f.best, nil
}
