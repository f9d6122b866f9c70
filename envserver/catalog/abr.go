package catalog

import (
	"fmt"
	"path/filepath"
	"slices"
	"sync"

	"trailblazer/abrsim/abrenv"
	"trailblazer/abrsim/abrreport"
	"trailblazer/abrsim/policy"
	"trailblazer/abrsim/policy/genet"
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
	trained := genetPolicies{dataDir: options.DataDir, network: sync.OnceValues(func() (*genet.Network, error) {
		return genet.Load(filepath.Join(options.DataDir, "abr", "models", "genet.safetensors"))
	})}
	f.describe = describe(func() []policy.Description {
		return slices.Concat(policy.Descriptions(), genet.Descriptions())
	}, func(d policy.Description) PolicyDescription {
		return PolicyDescription{d.Name, d.Summary, d.Parameters, d.Privileged}
	})
	f.policy = func(name string, spec *env.Spec, factory env.Factory) (env.Policy, error) {
		if mode, ok := genet.ModeOf(name); ok {
			return trained.policy(name, mode, spec)
		}
		worlds, ok := factory.(policy.Worlds)
		if !ok {
			return policy.New(name, spec, nil)
		}
		return policy.New(name, spec, worlds)
	}
	f.experts = abrExperts()
	f.immediate = []string{"fixed", "bba", "bba-tuned", "bba-0", "bola", "bola-finite", "offline-horizon"}
	f.floor, f.best = "fixed", "offline-beam"
	f.report = func(spec *env.Spec) (rollout.Report, error) { return abrreport.New(spec) }
	return f, nil
}

// abrExperts know the future of the link.
func abrExperts() experts {
	e := experts{otherwise: policy.DefaultExpert, make: func(name string, spec *env.Spec, factory env.Factory) (func() env.Expert, error) {
		worlds, ok := factory.(policy.Worlds)
		if !ok {
			return policy.NewExperts(name, spec, nil)
		}
		return policy.NewExperts(name, spec, worlds)
	}}
	for _, d := range policy.Experts() {
		e.list = append(e.list, ExpertDescription{PolicyDescription{d.Name, d.Summary, d.Parameters, d.Privileged}, true, d.Advantage})
	}
	return e
}

// genetPolicies share a network that lies in the data directory.
type genetPolicies struct {
	dataDir string
	network func() (*genet.Network, error)
}

func (g *genetPolicies) policy(name string, mode genet.Mode, spec *env.Spec) (env.Policy, error) {
	if g.dataDir == "" {
		return nil, &env.FieldError{Field: "policy", Value: fmt.Sprintf("%q, whose network is not built in", name),
			Remedy: "give a data directory that holds abr/models/genet.safetensors, with --data DIR or TRAILBLAZER_DATA"}
	}
	weights, err := g.network()
	if err != nil {
		return nil, err
	}
	return policy.Adapt(genet.New(weights, mode), spec)
}
