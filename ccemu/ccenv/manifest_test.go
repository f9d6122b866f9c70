package ccenv_test

import (
	"testing"

	"trailblazer/api/env"
	"trailblazer/ccemu/ccenv"
	"trailblazer/ccemu/feature"
	"trailblazer/internal/testcc"
)

// TestManifest: the metadata names every feature in the order of the
// observation, with the categories of the paper.
func TestManifest(t *testing.T) {
	spec := testcc.OpenFactory(t, "", "cc/custom", `{"flows": 3, "probes": true, "step_ms": 50}`).Spec()
	m, err := ccenv.ParseManifest(spec)
	if err != nil {
		t.Fatal(err)
	}
	if m.Flows != 3 || !m.Probes || m.StepMs != 50 || len(m.Features) != feature.Count {
		t.Errorf("%+v", m)
	}
	box := spec.Observation.(*env.Box)
	categories := map[string]int{}
	for i, f := range m.Features {
		categories[f.Category]++
		for flow := range 3 {
			if got := box.Features[flow*feature.Count+i].Name; got != f.Name {
				t.Errorf("feature %d of flow %d is %s, the manifest says %s", i, flow, got, f.Name)
			}
		}
	}
	if len(categories) != 9 || categories["Loss_Info"] != 6 || categories["Queue_Delay_Info"] != 6 || categories["Request_Rate"] != 3 {
		t.Errorf("categories %v", categories)
	}
	broken := *spec
	broken.Metadata = []byte(`{"flows": "x"}`)
	if _, err := ccenv.ParseManifest(&broken); err == nil {
		t.Error("metadata of another kind are accepted")
	}
}
