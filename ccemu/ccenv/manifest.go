package ccenv

import (
	"cmp"
	"encoding/json"
	"fmt"

	"trailblazer/api/env"
	"trailblazer/ccemu/feature"
)

// Manifest is what an agent may know beyond its observations. It is the spec's
// metadata.
type Manifest struct {
	// StepMs is the time between two actions, Flows how many the agent
	// controls, and Probes whether it may probe.
	StepMs float64 `json:"step_ms"`
	Flows  int     `json:"flows"`
	Probes bool    `json:"probes"`
	// Features are those of the observation.
	Features []FeatureManifest `json:"features"`
}

// FeatureManifest describes a feature.
type FeatureManifest struct {
	Name string `json:"name"`
	// Category is the paper's (Extended Data Fig. 4).
	Category string `json:"category"`
	Unit     string `json:"unit"`
	// WindowMs is the time over which it is measured; 0 for a moment.
	WindowMs float64 `json:"window_ms"`
	// Log says that the observation holds sign(x)·log(1+|x|).
	Log bool `json:"log"`
}

// ParseManifest reads the manifest of a spec.
func ParseManifest(spec *env.Spec) (*Manifest, error) {
	m := new(Manifest)
	if err := json.Unmarshal(spec.Metadata, m); err != nil {
		return nil, fmt.Errorf("ccenv: the metadata of %s is no manifest: %w", spec.ID, err)
	}
	return m, nil
}

func newManifest(c *Config) *Manifest {
	m := &Manifest{StepMs: c.StepMs, Flows: c.Flows, Probes: c.Probes}
	for _, f := range feature.Table() {
		m.Features = append(m.Features, FeatureManifest{Name: f.Name, Category: f.Category, Unit: cmp.Or(f.Unit, "1"), WindowMs: milliseconds(f.Window), Log: f.Log})
	}
	return m
}
