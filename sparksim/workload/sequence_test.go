package workload

import (
	"bytes"
	"errors"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"trailblazer/internal/testdata"
	"trailblazer/sparksim"
)

// tinyKinds are kinds of one stage, labelled.
func tinyKinds(tb testing.TB, names ...[2]string) []*sparksim.Job {
	tb.Helper()
	var kinds []*sparksim.Job
	for _, name := range names {
		kind, err := sparksim.NewJob(sparksim.JobSpec{Query: name[0], Size: name[1],
			Stages: []sparksim.StageSpec{{Tasks: 2, Levels: []sparksim.Level{{Executors: 5, First: []float64{100}}}}}})
		if err != nil {
			tb.Fatal(err)
		}
		kinds = append(kinds, kind)
	}
	return kinds
}

// TestPublishedSequences reads the published files and compares them with the
// text, column by column.
func TestPublishedSequences(t *testing.T) {
	kinds := tpch(t)
	known := map[uint64][]sparksim.Arrival{}
	for _, s := range PublishedSequences() {
		file := filepath.Join(testdata.Dir(t), "cjs", "jobseq", s.File)
		arrivals, err := LoadSequence(file, kinds)
		if err != nil {
			t.Fatal(err)
		}
		if got := HashArrivals(arrivals).String(); got != s.Digest {
			t.Errorf("%s: digest %s, want %s", s.File, got, s.Digest)
		}
		rows := testdata.ReadCSV(t, file)[1:]
		if len(arrivals) != s.Jobs || len(rows) != s.Jobs {
			t.Fatalf("%s: %d arrivals of %d rows, want %d", s.File, len(arrivals), len(rows), s.Jobs)
		}
		for i, a := range arrivals {
			at, err := strconv.ParseFloat(rows[i][1], 64)
			if err != nil || a.AtMs != at || kinds[a.Kind].Query() != rows[i][2] || kinds[a.Kind].Size() != rows[i][3] {
				t.Errorf("%s: job %d: %+v, want %v", s.File, i, a, rows[i])
			}
		}
		if shorter := known[s.Seed]; !slices.Equal(shorter, arrivals[:len(shorter)]) {
			t.Errorf("%s does not go on where the shorter one ends", s.File)
		}
		known[s.Seed] = arrivals
	}
}

func TestReadSequenceRefuses(t *testing.T) {
	kinds := tinyKinds(t, [2]string{"1", "2g"}, [2]string{"2", "2g"})
	const header = "job,arrival_ms,query,size\n"
	for name, test := range map[string]struct{ text, says string }{
		"empty":         {"", "seq.csv: header: is missing"},
		"header":        {"job,ms,query,size\n", `seq.csv: line 1: header: "job,ms,query,size" has other columns; name them job,arrival_ms,query,size`},
		"no jobs":       {header, "seq.csv: arrivals: empty, so"},
		"columns":       {header + "0,0,1\n", "seq.csv: line 2: row: is malformed: wrong number of fields"},
		"quote":         {header + "0,0,1,\"2g\n", "row: is malformed"},
		"count":         {header + "1,0,1,2g\n", `seq.csv: line 2: job: "1" is not the next number`},
		"no number":     {header + "0,soon,1,2g\n", `line 2: arrival_ms: "soon" is not a number`},
		"NaN":           {header + "0,NaN,1,2g\n", "line 2: arrival_ms: NaN is no time"},
		"infinite":      {header + "0,Inf,1,2g\n", "line 2: arrival_ms: +Inf is no time"},
		"beyond float":  {header + "0,1e999,1,2g\n", "line 2: arrival_ms"},
		"negative":      {header + "0,-1,1,2g\n", "line 2: arrival_ms: -1 is no time; give milliseconds from 0"},
		"backwards":     {header + "0,5,1,2g\n1,4,1,2g\n", "seq.csv: line 3: arrival_ms: 4 is before the arrival of the job ahead of it, at 5"},
		"unknown query": {header + "0,0,3,2g\n", `line 2: query and size: "3 2g" is no known kind of job; known are the queries "1", "2" and the sizes "2g"`},
		"unknown size":  {header + "0,0,1,5g\n", `query and size: "1 5g"`},
	} {
		_, err := ReadSequence(strings.NewReader(test.text), "seq.csv", kinds)
		if _, ok := errors.AsType[*FormatError](err); !ok || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v; want %s", name, err, test.says)
		}
	}
	if _, err := ReadSequence(strings.NewReader(header), "seq.csv", append(kinds, kinds[0])); err == nil || !strings.Contains(err.Error(), "kinds[2]") {
		t.Errorf("kinds that can't be told apart: %v", err)
	}
}

// TestSequenceErrorsStayShort: a hostile file does not flood a log.
func TestSequenceErrorsStayShort(t *testing.T) {
	var kinds []*sparksim.Job
	for i := range 500 {
		kinds = append(kinds, tinyKinds(t, [2]string{strings.Repeat("q", 500) + strconv.Itoa(i), "s"})...)
	}
	_, err := ReadSequence(strings.NewReader("job,arrival_ms,query,size\n0,0,"+strings.Repeat("x", 1<<20)+",s\n"), "seq.csv", kinds)
	if err == nil || len(err.Error()) > 4000 {
		t.Errorf("%.100v", err)
	}
}

func TestWriteSequence(t *testing.T) {
	kinds := tinyKinds(t, [2]string{"1", "2g"}, [2]string{"a, \"b\"", ""})
	arrivals := []sparksim.Arrival{{AtMs: 0, Kind: 1}, {AtMs: 0.1, Kind: 0}, {AtMs: 13955.207665112308, Kind: 1}, {AtMs: 13955.207665112308, Kind: 0}}
	var text bytes.Buffer
	if err := WriteSequence(&text, arrivals, kinds); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(text.String(), "job,arrival_ms,query,size\n0,0,\"a, \"\"b\"\"\",\n1,0.1,1,2g\n") {
		t.Errorf("%s", text.String())
	}
	again, err := ReadSequence(&text, "", kinds)
	if err != nil || !slices.Equal(again, arrivals) {
		t.Errorf("%v, %v", again, err)
	}
	for _, bad := range [][]sparksim.Arrival{nil, {{Kind: 2}}, {{Kind: -1}}, {{AtMs: math.NaN()}}, {{AtMs: 2}, {AtMs: 1}}} {
		if err := WriteSequence(&text, bad, kinds); err == nil {
			t.Errorf("%v: written", bad)
		}
	}
}

func FuzzReadSequence(f *testing.F) {
	for _, seed := range []string{"0,0.0,1,2g\n1,13955.207665112308,2,2g\n", "0,-0,1,2g\n", "0,0x1p9,1,2g", "\"0\",0,1,\"2g\"\r\n", "", "0,1e12,1,2g\n1,1e12,1,2g"} {
		f.Add([]byte("job,arrival_ms,query,size\n" + seed))
	}
	kinds := tinyKinds(f, [2]string{"1", "2g"}, [2]string{"2", "2g"})
	f.Fuzz(func(t *testing.T, text []byte) {
		arrivals, err := ReadSequence(bytes.NewReader(text), "fuzz", kinds)
		if err != nil {
			if _, ok := errors.AsType[*FormatError](err); !ok {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		if err := sparksim.CheckArrivals(arrivals, kinds); err != nil {
			t.Fatalf("read what is not valid: %v", err)
		}
		var out bytes.Buffer
		if err := WriteSequence(&out, arrivals, kinds); err != nil {
			t.Fatal(err)
		}
		if again, err := ReadSequence(&out, "", kinds); err != nil || HashArrivals(again) != HashArrivals(arrivals) {
			t.Fatalf("written and read again: %v, %v; want %v", again, err, arrivals)
		}
	})
}
