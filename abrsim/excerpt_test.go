package abrsim_test

import (
	"flag"
	"io"
	"path/filepath"
	"slices"
	"testing"

	"trailblazer/abrsim"
	"trailblazer/datasets/trace"
	"trailblazer/internal/testabr"
	"trailblazer/internal/testdata"
)

var update = flag.Bool("update", false, "copy the excerpts in testdata from the data sets again")

const excerptDir = "testdata/reference"

// excerpts are two playbacks of the reference that together have long
// standstills, pauses at the full buffer and second passes of their traces.
var excerpts = []struct{ policy, trace string }{
	{"mpc", "000_trace_942154_http---www.ebay.com_0"},
	{"genet-greedy", "049_trace_665208_http---www.yahoo.com_0"},
}

// TestExcerpts keeps the paper profile exact where the data sets are not at
// hand.
func TestExcerpts(t *testing.T) {
	if *update {
		copyExcerpts(t)
	}
	video := testabr.ReadVideo(t, filepath.Join(excerptDir, "video"))
	fcc := set{testabr.ReadExcerpt(t, excerptDir, "fcc-test", video)}
	rows := testdata.ReadABRRows(t, filepath.Join(excerptDir, "rows.csv"))
	slept, stood := 0, 0
	for _, r := range rows {
		if r.ResidueMs > 0 {
			slept++
		}
		if r.RebufS > 0 {
			stood++
		}
	}
	if len(rows) != len(excerpts)*abrsim.PaperChunks || slept == 0 || stood <= len(excerpts) {
		t.Fatalf("%d rows, %d pauses, %d standstills: the excerpts do not show what they are for", len(rows), slept, stood)
	}
	replay(t, rows, fcc.players(t, "fcc-test_"))
}

func copyExcerpts(t *testing.T) {
	t.Helper()
	fcc := loadFCCTest(t)
	var rows [][]string
	var indices []int
	for _, e := range excerpts {
		indices = append(indices, slices.IndexFunc(fcc.Traces, func(tr trace.Trace) bool { return tr.Name == e.trace }))
		all := testdata.ReadCSV(t, testdata.ABRGolden(t, e.policy))
		if len(rows) == 0 {
			rows = slices.Clone(all[:1])
		}
		for _, r := range all {
			if r[0] == "fcc-test_"+e.trace {
				rows = append(rows, r)
			}
		}
	}
	fcc.WriteExcerpt(t, excerptDir, indices...)
	for level, sizes := range fcc.Video.SizesBytes {
		testdata.WriteFile(t, filepath.Join(excerptDir, "video", "video_size_"+string(rune('0'+level))), func(w io.Writer) error {
			return trace.WriteIntegers(w, sizes)
		})
	}
	testdata.WriteCSV(t, filepath.Join(excerptDir, "rows.csv"), rows)
}
