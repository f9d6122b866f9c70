package catalog

import (
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
	f, err := newFamily(sparkenv.ID, "cluster job scheduling: give a Spark cluster's executors to the stages of jobs, for short completion times",
		sparkenv.DefaultScenario, library)
	if err != nil {
		return family{}, err
	}
	network := sync.OnceValues(func() (*decima.Network, error) {
		return decima.Load(filepath.Join(options.DataDir, "cjs", "models", "decima.safetensors"))
	})
	f.policies = func() []string { return slices.Concat(policy.Names(), decima.Names()) }
	f.privileged = func(string) bool { return false }
	f.policy = func(name string, spec *env.Spec, _ env.Factory) (env.Policy, error) {
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
	}
	f.report = func(spec *env.Spec) (rollout.Report, error) { return sparkreport.New(spec) }
	return f, nil
}
