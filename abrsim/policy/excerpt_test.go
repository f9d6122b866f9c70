package policy

import (
	"flag"
	"path/filepath"
	"testing"

	"trailblazer/abrsim"
	"trailblazer/internal/testabr"
	"trailblazer/internal/testdata"
)

var update = flag.Bool("update", false, "copy the excerpts in testdata from the data sets again")

const excerptDir = "testdata/reference"

// TestExcerpts keeps the reference's policies exact where the data sets are
// not at hand, on its first two playbacks: the second shows what MPC carries
// over from the first.
func TestExcerpts(t *testing.T) {
	if *update {
		copyExcerpts(t)
	}
	video := testabr.ReadVideo(t, filepath.Join("..", "testdata", "reference", "video"))
	s := paperSet(testabr.ReadExcerpt(t, excerptDir, "fcc-test", video))
	for _, name := range []string{"bba", "mpc"} {
		rows := testdata.ReadABRRows(t, filepath.Join(excerptDir, name+".csv"))
		if len(rows) != 2*abrsim.PaperChunks {
			t.Fatalf("%s: %d rows, want %d", name, len(rows), 2*abrsim.PaperChunks)
		}
		s.matchGolden(t, newRule(t, name), rows)
	}
}

func copyExcerpts(t *testing.T) {
	t.Helper()
	s := loadSet(t, "fcc-test", "video1_sizes")
	s.WriteExcerpt(t, excerptDir, 0, 1)
	for _, name := range []string{"bba", "mpc"} {
		records := testdata.ReadCSV(t, testdata.ABRGolden(t, name))
		testdata.WriteCSV(t, filepath.Join(excerptDir, name+".csv"), records[:1+2*abrsim.PaperChunks])
	}
}
