package catalog

import (
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
	f, err := newFamily(abrenv.ID, "adaptive bitrate: choose the level of a video's next chunk, for high quality without standstill",
		abrenv.DefaultScenario, library)
	if err != nil {
		return family{}, err
	}
	f.describe = describe(policy.Descriptions, func(d policy.Description) PolicyDescription {
		return PolicyDescription{d.Name, d.Summary, d.Parameters, d.Privileged}
	})
	f.policy = func(name string, spec *env.Spec, factory env.Factory) (env.Policy, error) {
		worlds, ok := factory.(policy.Worlds)
		if !ok {
			return policy.New(name, spec, nil)
		}
		return policy.New(name, spec, worlds)
	}
	f.report = func(spec *env.Spec) (rollout.Report, error) { return abrreport.New(spec) }
	return f, nil
}
