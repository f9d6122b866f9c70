package catalog

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"

	"trailblazer/api/env"
	"trailblazer/internal/rollout"
	"trailblazer/sparksim/policy"
	"trailblazer/sparksim/policy/decima"
	"trailblazer/sparksim/sparkenv"
	"trailblazer/sparksim/sparkreport"
)

func newCJS(options Options) (family, error) {
	library, err := sparkenv.NewLibrary(options.DataDir)
	if err != nil {
		return family{}, err
	}
	defaults, err := library.Config(sparkenv.DefaultScenario, nil)
	if err != nil {
		return family{}, err
	}
	network := sync.OnceValues(func() (*decima.Network, error) {
		return decima.Load(filepath.Join(options.DataDir, "cjs", "models", "decima.safetensors"))
	})
	return family{
		id:              sparkenv.ID,
		description:     "cluster job scheduling: give a Spark cluster's executors to the stages of jobs, for short completion times",
		defaultScenario: sparkenv.DefaultScenario,
		defaultConfig:   defaults.JSON(),
		scenarios:       library.Scenarios,
		resolve: func(scenario string, config json.RawMessage) ([]byte, func() (env.Factory, error), error) {
			c, err := library.Config(scenario, config)
			if err != nil {
				return nil, nil, err
			}
			return c.JSON(), func() (env.Factory, error) { return library.Factory(scenario, c) }, nil
		},
		policies:   func() []string { return slices.Concat(policy.Names(), decima.Names()) },
		privileged: func(string) bool { return false },
		policy: func(name string, spec *env.Spec, _ env.Factory) (env.Policy, error) {
			mode, ok := decima.ModeOf(name)
			if !ok {
				p, err := policy.New(name, spec)
				if missing, ok := errors.AsType[*env.NotFoundError](err); ok {
					missing.Known = append(missing.Known, decima.Names()...)
				}
				return p, err
			}
			if options.DataDir == "" {
				return nil, &env.FieldError{Field: "policy", Value: fmt.Sprintf("%q, whose network is not built in", name),
					Remedy: "give a data directory that holds cjs/models/decima.safetensors, with --data DIR or TRAILBLAZER_DATA"}
			}
			weights, err := network()
			if err != nil {
				return nil, err
			}
			return policy.Adapt(decima.New(weights, mode), spec)
		},
		report: func(spec *env.Spec) (rollout.Report, error) { return sparkreport.New(spec) },
	}, nil
}
