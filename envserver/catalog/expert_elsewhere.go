package catalog

import "trailblazer/api/env"

// ExpertFor is Expert for environments that run elsewhere, of which only the spec
// is known. One that knows more than it is shown needs the same data here, as in
// PolicyFor; one that plans from the state of an environment is refused, since that
// state is elsewhere. Its New looks at no environment.
func (c *Catalog) ExpertFor(name string, spec *env.Spec) (*Expert, error) {
	f, err := c.find(spec.ID)
	if err != nil {
		return nil, err
	}
	if name = f.experts.named(name); name == "" {
		return nil, nil
	}
	if names := several(name); names != nil {
		return together(names, func(name string) (*Expert, error) { return c.ExpertFor(name, spec) })
	}
	if at := f.experts.find(name); at >= 0 {
		var factory env.Factory
		if f.experts.list[at].Privileged {
			if factory, err = c.here(name, spec); err != nil {
				return nil, err
			}
		}
		return f.experts.expert(name, at, spec, factory)
	}
	expert, err := c.policyExpert(name, spec, func() (env.Policy, error) { return c.PolicyFor(name, spec) })
	if err == nil && expert.plans {
		return nil, &env.FieldError{Field: "expert", Value: name + ", which plans from the state of an environment, and these run elsewhere",
			Remedy: "run the environments here, or name an expert that goes by what it is shown"}
	}
	return expert, err
}
