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
	// policies lists names; privileged tells which know more than a spec and
	// observations say, and need the factory.
	policies   func() []string
	privileged func(name string) bool
	// policy makes a policy; factory is nil where it is not at hand.
	policy func(name string, spec *env.Spec, factory env.Factory) (env.Policy, error)
	// report says what rollouts measure and log.
	report func(spec *env.Spec) (rollout.Report, error)
}

func newFamilies(options Options) ([]family, error) {
	var families []family
	for _, newFamily := range []func(Options) (family, error){newABR, newCJS} {
		f, err := newFamily(options)
		if err != nil {
			return nil, err
		}
		families = append(families, f)
	}
	return families, nil
}
