package catalog

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"trailblazer/api/env"
	"trailblazer/internal/policyname"
)

// PolicyDescription says what a policy is.
type PolicyDescription struct {
	Name, Summary string
	// Parameters are the numbers that the name may carry, in the order in
	// which they are given without a key.
	Parameters []policyname.Parameter
	// Privileged policies know more than a spec and observations say: they
	// need the environment's data.
	Privileged bool
}

// PolicyDescriptions lists the policies of an environment.
func (c *Catalog) PolicyDescriptions(id string) ([]PolicyDescription, error) {
	f, err := c.find(id)
	if err != nil {
		return nil, err
	}
	return f.describe(), nil
}

// find finds a policy by its name.
func (f *family) find(name string) (PolicyDescription, error) {
	list := f.describe()
	at := slices.IndexFunc(list, func(d PolicyDescription) bool { return d.Name == policyname.Base(name) })
	if at < 0 {
		return PolicyDescription{}, &env.NotFoundError{Kind: "policy", Name: name, Known: f.policies()}
	}
	return list[at], nil
}

// policies lists the names.
func (f *family) policies() []string {
	var names []string
	for _, d := range f.describe() {
		names = append(names, d.Name)
	}
	return names
}

// Settings returns the fields of an environment's configuration, a JSON object,
// without which policies of these names don't see what they look at, or can't do
// all that they would. It is empty where they need none.
func (c *Catalog) Settings(id string, names ...string) (json.RawMessage, error) {
	f, err := c.find(id)
	if err != nil || f.settings == nil {
		return nil, err
	}
	return f.settings(names), nil
}

// SplitPolicies cuts a comma-separated list of policy names, whose parameters
// may be separated by commas too: "bba:5,15,mpc" is "bba:5,15" and "mpc".
func SplitPolicies(list string) []string { return policyname.Split(list) }

// Policy makes the policy of this name for environments of a factory: one that
// PolicyDescriptions lists, or a trained model by its directory, see [RunNames].
// The error is *env.NotFoundError for an unknown name and *env.FieldError for bad
// parameters.
func (c *Catalog) Policy(name string, factory env.Factory) (env.Policy, error) {
	spec := factory.Spec()
	f, err := c.find(spec.ID)
	if err != nil {
		return nil, err
	}
	if names := several(name); names != nil {
		return newCouncil(names, func(name string) (env.Policy, error) { return c.Policy(name, factory) })
	}
	if run, ok := f.runOf(name); ok {
		return c.runs.policy(run, spec)
	}
	if _, err := f.find(name); err != nil {
		return nil, err
	}
	return f.policy(name, spec, factory)
}

// PolicyFor makes a policy for environments that run elsewhere, of which only
// the spec is known. A privileged policy needs the same data here:
// it is refused unless the scenario made here has the same content hash.
func (c *Catalog) PolicyFor(name string, spec *env.Spec) (env.Policy, error) {
	f, err := c.find(spec.ID)
	if err != nil {
		return nil, err
	}
	if names := several(name); names != nil {
		return newCouncil(names, func(name string) (env.Policy, error) { return c.PolicyFor(name, spec) })
	}
	if run, ok := f.runOf(name); ok {
		return c.runs.policy(run, spec)
	}
	if d, err := f.find(name); err != nil {
		return nil, err
	} else if !d.Privileged {
		return f.policy(name, spec, nil)
	}
	factory, err := c.here(name, spec)
	if err != nil {
		return nil, err
	}
	return f.policy(name, spec, factory)
}

// here is the factory of environments that run elsewhere, for a policy or expert
// that needs their data.
func (c *Catalog) here(name string, spec *env.Spec) (env.Factory, error) {
	factory, err := c.Factory(spec.ID, spec.Scenario, spec.Config)
	if err != nil {
		return nil, fmt.Errorf("policy %s knows more than it is shown and needs the environment's data here: %w", name, err)
	}
	if here := factory.Spec().ContentHash; here != spec.ContentHash {
		return nil, &MismatchError{Policy: name, Scenario: spec.Scenario, Here: here, There: spec.ContentHash}
	}
	return factory, nil
}

// MismatchError reports that a scenario is not the same here as where the
// environments run, so that a policy would plan for another future.
type MismatchError struct {
	Policy, Scenario string
	// Here and There are content hashes.
	Here, There string
}

// Error names the scenario and the remedy.
func (e *MismatchError) Error() string {
	return fmt.Sprintf("policy %s knows more than it is shown, but %s is another one here (content hash %.12s...) than there (%.12s...): use the same version and the same data directory",
		e.Policy, e.Scenario, e.Here, e.There)
}

var errBuild = errors.New("catalog: building the factory panicked")

// PolicyInfo is what is known of a policy, whatever it is to act in.
type PolicyInfo struct {
	// Name is as it was asked for, with its parameters.
	Name    string
	Summary string
	// Environments are the ids of those that it can act in.
	Environments []string
	// ContentHash is the SHA-256 of a trained network, in hex; empty for rules.
	ContentHash string
}

// Describe finds a policy by its name in all environments.
func (c *Catalog) Describe(name string) (*PolicyInfo, error) {
	info := &PolicyInfo{Name: name}
	if names := several(name); names != nil {
		return c.describeCouncil(names, info)
	}
	var known []string
	for i := range c.families {
		f := &c.families[i]
		known = append(known, f.policies()...)
		if d, err := f.find(name); err == nil {
			info.Summary = d.Summary
			info.Environments = append(info.Environments, f.id)
		}
	}
	if len(info.Environments) == 0 {
		if run, ok := parseRun(name); ok {
			return c.runs.describe(run, info)
		}
		slices.Sort(known)
		return nil, &env.NotFoundError{Kind: "policy", Name: name, Known: slices.Compact(known)}
	}
	return info, nil
}
