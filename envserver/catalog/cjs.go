package catalog

import (
	"fmt"
	"path/filepath"
	"slices"
	"sync"

	"trailblazer/api/env"
	"trailblazer/internal/rollout"
	"trailblazer/sparksim/policy"
	"trailblazer/sparksim/policy/decima"
	"trailblazer/sparksim/policy/lookahead"
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
	others := otherCJSPolicies{dataDir: options.DataDir, network: sync.OnceValues(func() (*decima.Network, error) {
		return decima.Load(filepath.Join(options.DataDir, "cjs", "models", "decima.safetensors"))
	})}
	f.describe = func() []PolicyDescription {
		var list []PolicyDescription
		for _, d := range slices.Concat(policy.Descriptions(), decima.Descriptions()) {
			list = append(list, PolicyDescription{d.Name, d.Summary, d.Parameters, false})
		}
		ahead := lookahead.Description()
		return append(list, PolicyDescription{ahead.Name, ahead.Summary, ahead.Parameters, true})
	}
	f.policy = others.policy
	f.immediate = []string{"fifo", "fair", "sjf", "critical-path", "weighted-fair", "linear", "patient", "thorough", lookahead.Name, "decima-greedy", "decima-mean"}
	f.floor, f.best = "random", "linear"
	f.report = func(spec *env.Spec) (rollout.Report, error) { return sparkreport.New(spec) }
	return f, nil
}

// otherCJSPolicies are those that need more than a spec.
type otherCJSPolicies struct {
	dataDir string
	network func() (*decima.Network, error)
}

// policy makes the policy of a name, be it one of these or not.
func (o *otherCJSPolicies) policy(name string, spec *env.Spec, factory env.Factory) (env.Policy, error) {
	if lookahead.Is(name) {
		return lookahead.New(name, factory)
	}
	if mode, ok := decima.ModeOf(name); ok {
		return o.decima(name, mode, spec)
	}
	return policy.New(name, spec)
}

func (o *otherCJSPolicies) decima(name string, mode decima.Mode, spec *env.Spec) (env.Policy, error) {
	if o.dataDir == "" {
		return nil, &env.FieldError{Field: "policy", Value: fmt.Sprintf("%q, whose network is not built in", name),
			Remedy: "give a data directory that holds cjs/models/decima.safetensors, with --data DIR or TRAILBLAZER_DATA"}
	}
	weights, err := o.network()
	if err != nil {
		return nil, err
	}
	return policy.Adapt(decima.New(weights, mode), spec)
}
