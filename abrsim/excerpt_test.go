package abrsim_test

import (
	"bytes"
	"encoding/csv"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"trailblazer/abrsim"
	"trailblazer/datasets/trace"
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
	traces, err := trace.LoadDir(filepath.Join(excerptDir, "traces"))
	if err != nil {
		t.Fatal(err)
	}
	pointers, err := trace.LoadPointers(filepath.Join(excerptDir, "start_ptrs.txt"))
	if err != nil {
		t.Fatal(err)
	}
	video, err := trace.LoadVideo(filepath.Join(excerptDir, "video"), trace.PensieveLadderKbps(), trace.PensieveChunkMs)
	if err != nil {
		t.Fatal(err)
	}
	rows := readGolden(t, filepath.Join(excerptDir, "rows.csv"))
	slept, stood := 0, 0
	for _, r := range rows {
		if r.residueMs > 0 {
			slept++
		}
		if r.rebufS > 0 {
			stood++
		}
	}
	if len(rows) != len(excerpts)*abrsim.PaperChunks || slept == 0 || stood <= len(excerpts) {
		t.Fatalf("%d rows, %d pauses, %d standstills: the excerpts do not show what they are for", len(rows), slept, stood)
	}
	replay(t, rows, set{traces, pointers, video}.players(t, "fcc-test_"))
}

func copyExcerpts(t *testing.T) {
	t.Helper()
	fcc := loadFCCTest(t)
	golden := filepath.Join(testdata.Dir(t), "..", "golden", "abr")
	var rows [][]string
	var pointers []int
	for _, e := range excerpts {
		for i, tr := range fcc.traces {
			if tr.Name == e.trace {
				var text bytes.Buffer
				must(t, trace.Write(&text, tr))
				write(t, filepath.Join(excerptDir, "traces", tr.Name), text.Bytes())
				pointers = append(pointers, fcc.pointers[i])
			}
		}
		all := readCSV(t, filepath.Join(golden, e.policy+"_fcc-test_video1.csv"))
		for _, r := range all {
			if r[0] == "fcc-test_"+e.trace {
				rows = append(rows, r)
			}
		}
	}
	for level, sizes := range fcc.video.SizesBytes {
		var text bytes.Buffer
		must(t, trace.WriteIntegers(&text, sizes))
		write(t, filepath.Join(excerptDir, "video", "video_size_"+string(rune('0'+level))), text.Bytes())
	}
	var text bytes.Buffer
	must(t, trace.WriteIntegers(&text, pointers))
	write(t, filepath.Join(excerptDir, "start_ptrs.txt"), text.Bytes())

	text.Reset()
	out := csv.NewWriter(&text)
	must(t, out.Write([]string{"trace", "chunk", "quality", "bitrate_kbps", "rebuf_s", "buffer_s", "delay_ms", "reward", "size_bytes", "residual_sleep_ms"}))
	must(t, out.WriteAll(rows))
	write(t, filepath.Join(excerptDir, "rows.csv"), text.Bytes())
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
