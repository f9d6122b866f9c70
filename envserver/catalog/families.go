package catalog

import (
	"encoding/json"

	"trailblazer/api/env"
	"trailblazer/internal/rollout"
)

// family is one row of the catalog: the environment of one simulator.
type family struct {
	id              string
	description     string
	defaultScenario string
	defaultConfig   json.RawMessage
	scenarios       func() []env.Scenario
	// resolve reads the configuration of a scenario. Configurations that mean
	// the same have equal canonical bytes; build makes the factory.
	resolve func(scenario string, config json.RawMessage) (canonical []byte, build func() (env.Factory, error), err error)
	// describe lists the policies.
	describe func() []PolicyDescription
	// policy makes a policy; factory is nil where it is not at hand.
	policy func(name string, spec *env.Spec, factory env.Factory) (env.Policy, error)
	// settings are those that policies of these names need; nil for none.
	settings func(names []string) json.RawMessage
	experts  experts
	// immediate are the policies that decide by an episode's seed and what they
	// are shown at the moment.
	immediate []string
	// floor and best are the policies that normalise scores.
	floor, best string
	// report says what rollouts measure and log.
	report func(spec *env.Spec) (rollout.Report, error)
}

func newFamilies(options Options) ([]family, error) {
	var families []family
	for _, open := range []func(Options) (family, error){newABR, newCJS, newCC} {
		f, err := open(options)
		if err != nil {
			return nil, err
		}
		families = append(families, f)
	}
	return families, nil
}

// library is what a simulator's adapter knows: scenarios, their
// configurations and their data.
type library[C configuration, F env.Factory] interface {
	Scenarios() []env.Scenario
	Config(scenario string, replace json.RawMessage) (C, error)
	Factory(scenario string, config C) (F, error)
}

type configuration interface{ JSON() json.RawMessage }

// newFamily fills in what follows from a library.
func newFamily[C configuration, F env.Factory](id, description, defaultScenario string, from library[C, F]) (family, error) {
	defaults, err := from.Config(defaultScenario, nil)
	if err != nil {
		return family{}, err
	}
	return family{
		id: id, description: description,
		defaultScenario: defaultScenario, defaultConfig: defaults.JSON(), scenarios: from.Scenarios,
		resolve: func(scenario string, config json.RawMessage) ([]byte, func() (env.Factory, error), error) {
			c, err := from.Config(scenario, config)
			if err != nil {
				return nil, nil, err
			}
			return c.JSON(), func() (env.Factory, error) { return from.Factory(scenario, c) }, nil
		},
	}, nil
}

// describe lists the policies of a package.
func describe[D any](list func() []D, row func(D) PolicyDescription) func() []PolicyDescription {
	return func() []PolicyDescription {
		var rows []PolicyDescription
		for _, d := range list() {
			rows = append(rows, row(d))
		}
		return rows
	}
}
