package sparkenv

import (
	"encoding/json"
	"fmt"

	"trailblazer/api/env"
)

// Manifest is what an agent may know of a workload beyond its observations.
// It is the spec's metadata.
type Manifest struct {
	// Executors is the size of the cluster.
	Executors int `json:"executors"`
	// Kinds are the jobs that may arrive.
	Kinds []KindManifest `json:"kinds"`
}

// KindManifest describes a kind of job.
type KindManifest struct {
	// Query names what the job computes, Size its input.
	Query string `json:"query"`
	Size  string `json:"size"`
	// Stages and Tasks are how many it has.
	Stages int `json:"stages"`
	Tasks  int `json:"tasks"`
}

// ParseManifest reads the manifest of a spec.
func ParseManifest(spec *env.Spec) (*Manifest, error) {
	m := new(Manifest)
	if err := json.Unmarshal(spec.Metadata, m); err != nil {
		return nil, fmt.Errorf("sparkenv: the metadata of %s is no manifest: %w", spec.ID, err)
	}
	return m, nil
}

func (f *Factory) manifest() *Manifest {
	m := &Manifest{Executors: *f.executors(), Kinds: make([]KindManifest, len(f.data.Kinds))}
	for i, k := range f.data.Kinds {
		m.Kinds[i] = KindManifest{Query: k.Query(), Size: k.Size(), Stages: k.Stages(), Tasks: k.Tasks()}
	}
	return m
}
