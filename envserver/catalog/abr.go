package catalog

import (
	"encoding/json"
	"slices"
	"strings"

	"trailblazer/abrsim/abrenv"
	"trailblazer/abrsim/abrreport"
	"trailblazer/abrsim/policy"
	"trailblazer/api/env"
	"trailblazer/internal/rollout"
)

func newABR(options Options) (family, error) {
	library, err := abrenv.NewLibrary(options.DataDir)
	if err != nil {
		return family{}, err
	}
	defaults, err := library.Config(abrenv.DefaultScenario, nil)
	if err != nil {
		return family{}, err
	}
	return family{
		id:              abrenv.ID,
		description:     "adaptive bitrate: choose the level of a video's next chunk, for high quality without standstill",
		defaultScenario: abrenv.DefaultScenario,
		defaultConfig:   defaults.JSON(),
		scenarios:       library.Scenarios,
		resolve: func(scenario string, config json.RawMessage) ([]byte, func() (env.Factory, error), error) {
			c, err := library.Config(scenario, config)
			if err != nil {
				return nil, nil, err
			}
			return c.JSON(), func() (env.Factory, error) { return library.Factory(scenario, c) }, nil
		},
		policies: policy.Names,
		privileged: func(name string) bool {
			base, _, _ := strings.Cut(name, ":")
			return slices.ContainsFunc(policy.Descriptions(), func(d policy.Description) bool { return d.Name == base && d.Privileged })
		},
		policy: func(name string, spec *env.Spec, factory env.Factory) (env.Policy, error) {
			worlds, ok := factory.(policy.Worlds)
			if !ok {
				return policy.New(name, spec, nil)
			}
			return policy.New(name, spec, worlds)
		},
		report: func(spec *env.Spec) (rollout.Report, error) { return abrreport.New(spec) },
	}, nil
}
