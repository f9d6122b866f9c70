package workload

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"trailblazer/internal/setting"
	"trailblazer/sparksim"
)

const smallFile = `{
  "kinds": [
    {"query": "etl", "stages": [{"tasks": 3, "levels": [{"executors": 5, "fresh": [2000.5], "first": [900], "rest": [800, 700]}]}]},
    {"stages": [{"tasks": 1, "levels": [{"executors": 2, "first": [9]}]}, {"tasks": 1, "levels": [{"executors": 2, "first": [8]}]}], "edges": [[1, 0]]}
  ],
  "arrivals": [{"arrival_ms": 0, "kind": 1}, {"arrival_ms": 2.5, "kind": 0}]
}`

func TestReadFile(t *testing.T) {
	f, err := ReadFile(strings.NewReader(smallFile), "w.json")
	if err != nil {
		t.Fatal(err)
	}
	kinds, arrivals, err := f.Compile()
	if err != nil {
		t.Fatal(err)
	}
	if len(kinds) != 2 || kinds[0].Query() != "etl" || kinds[0].Tasks() != 3 || kinds[1].RoughMs(0) != 8 {
		t.Errorf("%+v", kinds)
	}
	if want := []sparksim.Arrival{{AtMs: 0, Kind: 1}, {AtMs: 2.5, Kind: 0}}; !slices.Equal(arrivals, want) {
		t.Errorf("%v, want %v", arrivals, want)
	}
	var text bytes.Buffer
	if err := NewFile(kinds, arrivals).Write(&text); err != nil {
		t.Fatal(err)
	}
	again, err := ReadFile(&text, "")
	if err != nil {
		t.Fatal(err)
	}
	kindsAgain, arrivalsAgain, err := again.Compile()
	if err != nil || HashKinds(kindsAgain) != HashKinds(kinds) || HashArrivals(arrivalsAgain) != HashArrivals(arrivals) {
		t.Errorf("written and read again: %+v, %v", again, err)
	}

	f.Arrivals = nil
	if kinds, arrivals, err := f.Compile(); err != nil || len(kinds) != 2 || arrivals != nil {
		t.Errorf("without arrivals: %v, %v", arrivals, err)
	}
}

func TestReadFileRefuses(t *testing.T) {
	replace := func(old, new string) string { return strings.Replace(smallFile, old, new, 1) }
	for name, test := range map[string]struct{ text, says string }{
		"empty":           {"", "w.json: line 1: JSON: is cut short; give {\"kinds\""},
		"truncated":       {smallFile[:200], "w.json: line 4: JSON: is cut short"},
		"malformed":       {replace("2.5", "2.5.5"), "w.json: line 6: JSON: is malformed: invalid character '.'"},
		"NaN":             {replace("2000.5", "NaN"), "w.json: line 3: JSON: is malformed"},
		"null":            {replace("2000.5", "null"), "w.json: line 3: JSON: has a null"},
		"trailing":        {smallFile + "\n{}", "JSON: goes on after its end"},
		"garbage":         {smallFile + "\n]", "JSON: goes on after its end"},
		"unknown field":   {replace(`"tasks"`, `"task"`), `w.json: JSON: "task" is no known field`},
		"list":            {"[]", `w.json: line 1: JSON: "array" has the wrong type`},
		"text for number": {replace("2.5", `"2.5"`), `w.json: line 6: arrivals.arrival_ms: "string" has the wrong type`},
		"fraction":        {replace(`"tasks": 3`, `"tasks": 3.5`), `line 3: kinds.stages.tasks: "number 3.5" has the wrong type`},
		"no kinds":        {"{}", "w.json: kinds: empty, so nothing can arrive"},
		"zero tasks":      {replace(`"tasks": 3`, `"tasks": 0`), "w.json: kinds[0].stages[0].tasks: 0 is no number of tasks; give 1 to"},
		"no durations":    {replace(`"first": [9]`, `"rest": [9]`), "w.json: kinds[1].stages[0].levels[0]: 2 executors has neither fresh nor first"},
		"negative":        {replace("700", "-700"), "w.json: kinds[0].stages[0].levels[0].rest[1]: -700 is no duration; give milliseconds from 0"},
		"too long":        {replace("700", "1e13"), "w.json: kinds[0].stages[0].levels[0].rest[1]: 1e+13 is no duration"},
		"cycle":           {replace("[[1, 0]]", "[[1, 0], [0, 1]]"), "w.json: kinds[1].edges: 1 -> 0 -> 1 is a cycle"},
		"unknown kind":    {replace(`"kind": 0`, `"kind": 2`), "w.json: arrivals[1].kind: 2 is no kind of job; give 0 to 1"},
		"backwards":       {replace(`"arrival_ms": 0`, `"arrival_ms": 3`), "w.json: arrivals[1].arrival_ms: 2.5 is before the arrival of the job ahead of it, at 3"},
		"before time":     {replace(`"arrival_ms": 0`, `"arrival_ms": -3`), "w.json: arrivals[0].arrival_ms: -3 is no time"},
	} {
		_, err := ReadFile(strings.NewReader(test.text), "w.json")
		if _, ok := errors.AsType[*setting.Error](err); !ok || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v; want %s", name, err, test.says)
		}
	}
	for _, hostile := range []string{`{"` + strings.Repeat("x", 1<<20) + `": 1}`, `{"kinds": [{"stages": [{"tasks": 1` + strings.Repeat("0", 1<<20) + `}]}]}`} {
		if _, err := ReadFile(strings.NewReader(hostile), "w.json"); err == nil || len(err.Error()) > 1000 {
			t.Errorf("a message of %d bytes", len(fmt.Sprint(err)))
		}
	}
	broken := errors.New("broken pipe")
	if _, err := ReadFile(failing{broken}, "w.json"); !errors.Is(err, broken) {
		t.Error(err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// TestNotANumber: what JSON can't say, a caller's own File can.
func TestNotANumber(t *testing.T) {
	f, err := ReadFile(strings.NewReader(smallFile), "")
	if err != nil {
		t.Fatal(err)
	}
	f.Kinds[0].Stages[0].Levels[0].Rest[0] = math.NaN()
	if _, _, err := f.Compile(); err == nil || !strings.HasPrefix(err.Error(), "kinds[0].stages[0].levels[0].rest[0]: NaN is no duration") {
		t.Error(err)
	}
	f.Kinds[0].Stages[0].Levels[0].Rest[0] = 1
	f.Arrivals[0].AtMs = math.NaN()
	if _, _, err := f.Compile(); err == nil || !strings.HasPrefix(err.Error(), "arrivals[0].arrival_ms: NaN is no time") {
		t.Error(err)
	}
}

// TestHugeKind reads a job of 10,000 stages.
func TestHugeKind(t *testing.T) {
	spec := sparksim.JobSpec{}
	for i := range 10_000 {
		spec.Stages = append(spec.Stages, sparksim.StageSpec{Tasks: 1, Levels: []sparksim.Level{{Executors: 5, First: []float64{1}}}})
		if i > 0 {
			spec.Edges = append(spec.Edges, [2]int{i, i - 1})
		}
	}
	var text bytes.Buffer
	if err := (&File{Kinds: []sparksim.JobSpec{spec}}).Write(&text); err != nil {
		t.Fatal(err)
	}
	f, err := ReadFile(&text, "")
	if err != nil || len(f.Kinds[0].Stages) != 10_000 {
		t.Error(err)
	}
}

func FuzzReadFile(f *testing.F) {
	f.Add([]byte(smallFile))
	f.Add([]byte(`{"kinds": [{"stages": [{"tasks": 1, "levels": [{"executors": 1, "first": [-0]}]}]}]}`))
	f.Add([]byte(`{"kinds": null, "arrivals": [{}]}`))
	f.Add([]byte(`{"kinds": [{"query": "null \" null"}]} `))
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := ReadFile(bytes.NewReader(text), "fuzz")
		if err != nil {
			if _, ok := errors.AsType[*FormatError](err); !ok {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		kinds, arrivals, err := file.Compile()
		if err != nil {
			t.Fatalf("read what is not valid: %v", err)
		}
		var out bytes.Buffer
		if err := NewFile(kinds, arrivals).Write(&out); err != nil {
			t.Fatal(err)
		}
		again, err := ReadFile(&out, "")
		if err != nil {
			t.Fatalf("written and read again: %v", err)
		}
		kindsAgain, arrivalsAgain, err := again.Compile()
		if err != nil || HashKinds(kindsAgain) != HashKinds(kinds) || HashArrivals(arrivalsAgain) != HashArrivals(arrivals) {
			t.Fatalf("written and read again: %+v, %v", again, err)
		}
	})
}
