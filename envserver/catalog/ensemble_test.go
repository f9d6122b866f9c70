package catalog

import (
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trailblazer/abrsim/abrenv"
	"trailblazer/api/env"
	"trailblazer/internal/testrun"
	"trailblazer/sparksim/sparkenv"
)

// TestExpertsLabelTogether: by the mean of what each says that choices lose.
func TestExpertsLabelTogether(t *testing.T) {
	c := open(t, "")
	factory, err := c.Factory(abrenv.ID, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"offline-table", filepath.Join(t.TempDir(), "a"), filepath.Join(t.TempDir(), "b")}
	for i, dir := range names[1:] {
		testrun.Write(t, dir, testrun.Options{Shrink: true, Seed: uint64(i)}, factory.Spec())
	}
	said := make([][][]float64, len(names))
	for i, name := range names {
		labels(t, c, factory, "bba", name, func(_ *env.Batch, _ env.Arrays, _ float64, advantage []float64) {
			said[i] = append(said[i], slices.Clone(advantage))
		})
	}
	step := 0
	labels(t, c, factory, "bba", strings.Join(names, "+"), func(_ *env.Batch, action env.Arrays, _ float64, advantage []float64) {
		mean := make([]float64, len(advantage))
		for i := range names {
			for k, loss := range said[i][step] {
				mean[k] += loss / float64(len(names))
			}
		}
		best := slices.Max(mean)
		for k := range mean {
			if math.Abs(advantage[k]-(mean[k]-best)) > 1e-9 {
				t.Errorf("step %d: choice %d loses %v, want %v", step, k, advantage[k], mean[k]-best)
			}
		}
		if level := env.Row[int64](&action[0], 0)[0]; mean[level] != best {
			t.Errorf("step %d: the label is %d of %v", step, level, mean)
		}
		step++
	})
	if step != len(said[0]) || step == 0 {
		t.Errorf("%d steps, and %d alone", step, len(said[0]))
	}
}

// TestWhoKnowsNoLossesLabelsAlone: nothing could be averaged.
func TestWhoKnowsNoLossesLabelsAlone(t *testing.T) {
	c := open(t, "")
	for id, name := range map[string]string{abrenv.ID: "offline-table+bba", sparkenv.ID: "fair+fifo"} {
		factory, err := c.Factory(id, "", nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Expert(name, factory); err == nil || !strings.Contains(err.Error(), "what every choice loses") {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := c.ExpertFor(name, factory.Spec()); err == nil || !strings.Contains(err.Error(), "what every choice loses") {
			t.Errorf("%s elsewhere: %v", name, err)
		}
		if _, err := c.Expert(name[:strings.Index(name, "+")+1], factory); err == nil || !strings.Contains(err.Error(), "both sides") {
			t.Errorf("a name that ends with a plus sign: %v", err)
		}
	}
}
