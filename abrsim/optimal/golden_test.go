package optimal_test

import (
	"math"
	"path/filepath"
	"testing"

	"trailblazer/abrsim"
	"trailblazer/abrsim/optimal"
	"trailblazer/datasets/trace"
	"trailblazer/internal/testdata"
)

// TestMeans plans every playback of the reference's test set, on both videos,
// and compares the mean value per chunk with known results: the optimum's of a
// search with a somewhat bolder dominance, and a beam's of 300 labels in
// buckets of a quarter second. With -short it plans every tenth.
func TestMeans(t *testing.T) {
	every := 1
	if testing.Short() {
		every = 10
	}
	for _, c := range []struct {
		video         string
		optimum, beam float64 // of the whole set
		unproven      int
	}{
		{"video1_sizes", 1.2229, 1.2206, 1},
		{"video2_sizes", 1.0133, 1.0110, 0},
	} {
		var all, clean, strict, beam mean
		overlap := readOverlap(t)
		unproven := 0
		for i, p := range playbacks(t, "fcc-test", c.video, abrsim.PaperConfig()) {
			if i%every != 0 {
				continue
			}
			chunks := float64(p.world.Chunks() - 1)
			plan, err := optimal.Search(p.world, p.root, p.qoe)
			if err != nil {
				t.Fatal(err)
			}
			if got := value(t, p, plan.Levels); got != plan.Value {
				t.Errorf("%s: the plan is worth %v, not %v", p.trace, got, plan.Value)
			}
			if !plan.Proven() {
				unproven++
				t.Logf("%s: %v a chunk, at most %v", p.trace, plan.Value/chunks, plan.Bound/chunks)
			}
			narrow, err := optimal.Beam(p.world, p.root, p.qoe, 0)
			if err != nil {
				t.Fatal(err)
			}
			if narrow.Value > plan.Bound+tolerance || plan.Value > narrow.Bound+tolerance {
				t.Errorf("%s: search %+v and beam %+v contradict each other", p.trace, plan, narrow)
			}
			all.add(plan.Value / chunks)
			beam.add(narrow.Value / chunks)
			o, ok := overlap[p.trace]
			if !ok {
				t.Fatalf("%s is not in the overlap list", p.trace)
			}
			if o.FileClean() {
				clean.add(plan.Value / chunks)
			}
			if o.LeakFree() {
				strict.add(plan.Value / chunks)
			}
		}
		t.Logf("%s: optimum %.4f, clean58 %.4f, strict19 %.4f, beam %.4f, %d of %d not proven",
			c.video, all.value(), clean.value(), strict.value(), beam.value(), unproven, all.n)
		if every != 1 {
			continue
		}
		if math.Abs(all.value()-c.optimum) > 5e-5 {
			t.Errorf("%s: mean %.5f, want %v", c.video, all.value(), c.optimum)
		}
		if beam.value() < c.beam {
			t.Errorf("%s: beam's mean %.5f, want at least %v", c.video, beam.value(), c.beam)
		}
		if unproven > c.unproven {
			t.Errorf("%s: %d plans are not proven, want at most %d", c.video, unproven, c.unproven)
		}
		if c.video == "video1_sizes" && (math.Abs(clean.value()-1.2648) > 5e-5 || math.Abs(strict.value()-1.5127) > 5e-5) {
			t.Errorf("clean58 %.5f, want 1.2648; strict19 %.5f, want 1.5127", clean.value(), strict.value())
		}
	}
}

// TestGoldenPlans replays plans of another search, which none of ours may fall
// behind.
func TestGoldenPlans(t *testing.T) {
	byName := map[string]playback{}
	for _, p := range playbacks(t, "fcc-test", "video1_sizes", abrsim.PaperConfig()) {
		byName[p.trace] = p
	}
	plans := testdata.ReadABRPlans(t)
	if len(plans) != 10 {
		t.Fatalf("%d golden plans, want 10", len(plans))
	}
	for _, golden := range plans {
		p, want := byName[golden.Trace], golden.MeanQoE
		if got := value(t, p, golden.Qualities[1:]) / 47; math.Abs(got-want) > 1e-12 {
			t.Errorf("%s: the golden plan is worth %v, want %v", p.trace, got, want)
		}
		plan, err := optimal.Search(p.world, p.root, p.qoe)
		if err != nil {
			t.Fatal(err)
		}
		if got := plan.Value / 47; got < want-1e-12 {
			t.Errorf("%s: mean value %v, the golden plan's is %v", p.trace, got, want)
		}
	}
}

type mean struct {
	sum float64
	n   int
}

func (m *mean) add(x float64)  { m.sum += x; m.n++ }
func (m *mean) value() float64 { return m.sum / float64(m.n) }

// readOverlap says what each test trace shares with the training set.
func readOverlap(t *testing.T) map[string]trace.Overlap {
	t.Helper()
	list, err := trace.LoadOverlap(filepath.Join(testdata.Dir(t), "abr", "traces", "fcc-test.overlap.csv"))
	if err != nil {
		t.Fatal(err)
	}
	overlap := map[string]trace.Overlap{}
	for _, o := range list {
		overlap[o.Trace] = o
	}
	return overlap
}
