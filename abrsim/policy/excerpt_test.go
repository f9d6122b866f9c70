package policy

import (
	"bytes"
	"encoding/csv"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trailblazer/abrsim"
	"trailblazer/datasets/trace"
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
	traces, err := trace.LoadDir(filepath.Join(excerptDir, "traces"))
	if err != nil {
		t.Fatal(err)
	}
	pointers, err := trace.LoadPointers(filepath.Join(excerptDir, "start_ptrs.txt"))
	if err != nil {
		t.Fatal(err)
	}
	movie, err := trace.LoadVideo(filepath.Join("..", "testdata", "reference", "video"), trace.PensieveLadderKbps(), trace.PensieveChunkMs)
	if err != nil {
		t.Fatal(err)
	}
	s := set{"fcc-test", traces, pointers, movie, abrsim.PaperConfig(), abrsim.PensieveQoE()}
	for _, name := range []string{"bba", "mpc"} {
		rows := readGolden(t, filepath.Join(excerptDir, name+".csv"))
		if len(rows) != 2*abrsim.PaperChunks {
			t.Fatalf("%s: %d rows, want %d", name, len(rows), 2*abrsim.PaperChunks)
		}
		s.matchGolden(t, newRule(t, name), rows)
	}
}

func copyExcerpts(t *testing.T) {
	t.Helper()
	s := loadSet(t, "fcc-test", "video1_sizes")
	var pointers []int
	for i, tr := range s.traces[:2] {
		var text bytes.Buffer
		must(t, trace.Write(&text, tr))
		write(t, filepath.Join(excerptDir, "traces", tr.Name), text.Bytes())
		pointers = append(pointers, s.pointers[i])
	}
	var text bytes.Buffer
	must(t, trace.WriteIntegers(&text, pointers))
	write(t, filepath.Join(excerptDir, "start_ptrs.txt"), text.Bytes())
	for _, name := range []string{"bba", "mpc"} {
		file, err := os.ReadFile(filepath.Join(testdata.Dir(t), "..", "golden", "abr", name+"_fcc-test_video1.csv"))
		must(t, err)
		records, err := csv.NewReader(strings.NewReader(string(file))).ReadAll()
		must(t, err)
		text.Reset()
		must(t, csv.NewWriter(&text).WriteAll(records[:1+2*abrsim.PaperChunks]))
		write(t, filepath.Join(excerptDir, name+".csv"), text.Bytes())
	}
}

func write(t *testing.T, file string, text []byte) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(file), 0o777))
	must(t, os.WriteFile(file, text, 0o666))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
