package catalog

import (
	"trailblazer/api/env"
	"trailblazer/ccemu/ccenv"
	"trailblazer/ccemu/ccreport"
	"trailblazer/ccemu/policy"
	"trailblazer/internal/rollout"
)

func newCC(options Options) (family, error) {
	library, err := ccenv.NewLibrary(options.DataDir)
	if err != nil {
		return family{}, err
	}
	f, err := newFamily(ccenv.ID, "congestion control: predict the bandwidth that there is for a real-time video session, every 100 ms",
		ccenv.DefaultScenario, library)
	if err != nil {
		return family{}, err
	}
	f.describe = describe(policy.Descriptions, func(d policy.Description) PolicyDescription {
		return PolicyDescription{Name: d.Name, Summary: d.Summary, Parameters: d.Parameters, Privileged: d.Privileged}
	})
	f.policy = func(name string, spec *env.Spec, _ env.Factory) (env.Policy, error) { return policy.New(name, spec) }
	f.settings = policy.Settings
	f.experts.otherwise = "oracle"
	f.immediate = []string{"oracle", "request-rate", "constant"}
	// The oracle predicts best, but to send at the whole bandwidth brings
	// queues; no controller has a higher return than this one.
	f.floor, f.best = "request-rate", "gcc-prod"
	f.report = func(spec *env.Spec) (rollout.Report, error) { return ccreport.New(spec) }
	return f, nil
}
