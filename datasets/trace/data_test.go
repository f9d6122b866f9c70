package trace

import (
	"path/filepath"
	"testing"

	"trailblazer/internal/testdata"
)

// TestPublishedData reads the published sets whole, with the counts and the
// total durations that are known of them.
func TestPublishedData(t *testing.T) {
	dir := filepath.Join(testdata.Dir(t), "abr")
	for _, set := range []struct {
		name     string
		traces   int
		totalS   float64
		fileFree int // traces whose file the other set lacks, where a list is published
		leakFree int
	}{
		{"fcc-train", 235, 153_591, 193, 81},
		{"fcc-valid", 150, 47_774, 0, 0},
		{"fcc-test", 100, 31_934, 58, 19},
		{"genet-synthetic-test", 200, 63_800, 0, 0},
	} {
		traces, err := LoadDir(filepath.Join(dir, "traces", set.name))
		if err != nil {
			t.Error(err)
			continue
		}
		total := 0.0
		for i := range traces {
			total += traces[i].DurationS()
		}
		if len(traces) != set.traces || total < set.totalS-1 || total > set.totalS+1 {
			t.Errorf("%s: %d traces of %.1f s, want %d of %.0f s", set.name, len(traces), total, set.traces, set.totalS)
		}
		if set.fileFree == 0 {
			continue
		}
		overlaps, err := LoadOverlap(filepath.Join(dir, "traces", set.name+".overlap.csv"))
		if err != nil {
			t.Error(err)
			continue
		}
		fileFree, err := Keep(traces, overlaps, Overlap.FileClean)
		if err != nil {
			t.Error(err)
		}
		leakFree, err := Keep(traces, overlaps, Overlap.LeakFree)
		if err != nil {
			t.Error(err)
		}
		if len(fileFree) != set.fileFree || len(leakFree) != set.leakFree {
			t.Errorf("%s: %d file-clean and %d leak-free, want %d and %d", set.name, len(fileFree), len(leakFree), set.fileFree, set.leakFree)
		}
	}
	pointers, err := LoadPointers(filepath.Join(dir, "traces", "fcc-test.start_ptrs.txt"))
	if err != nil {
		t.Fatal(err)
	}
	traces, err := LoadDir(filepath.Join(dir, "traces", "fcc-test"))
	if err != nil {
		t.Fatal(err)
	}
	if err := ValidatePointers(pointers, traces); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"video1_sizes", "video2_sizes"} {
		v, err := LoadVideo(filepath.Join(dir, "videos", name), PensieveLadderKbps(), PensieveChunkMs)
		if err != nil || v.Chunks() != 49 {
			t.Errorf("%s: %d chunks, %v", name, v.Chunks(), err)
		}
	}
}
