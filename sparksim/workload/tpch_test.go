package workload

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"trailblazer/internal/setting"
	"trailblazer/internal/testdata"
	"trailblazer/sparksim"
)

var tpchOnce struct {
	sync.Once
	kinds []*sparksim.Job
	err   error
}

// tpch returns the published kinds, which tests share.
func tpch(tb testing.TB) []*sparksim.Job {
	tb.Helper()
	dir := filepath.Join(testdata.Dir(tb), "cjs", "tpch_json")
	tpchOnce.Do(func() { tpchOnce.kinds, tpchOnce.err = LoadTPCH(dir) })
	if tpchOnce.err != nil {
		tb.Fatal(tpchOnce.err)
	}
	return tpchOnce.kinds
}

// TestPublishedKinds checks the published files whole, with what is known of
// them.
func TestPublishedKinds(t *testing.T) {
	kinds := tpch(t)
	if got := HashKinds(kinds).String(); got != TPCHDigest {
		t.Errorf("digest %s, want %s", got, TPCHDigest)
	}
	if len(kinds) != 154 {
		t.Fatalf("%d kinds", len(kinds))
	}
	stages := []int{4, 18, 6, 6, 14, 2, 13, 18, 14, 9, 11, 6, 7, 4, 7, 9, 6, 8, 4, 12, 16, 8}
	edges := 0
	for i, kind := range kinds {
		if want := strconv.Itoa(i%22 + 1); kind.Query() != want {
			t.Errorf("kind %d is query %s, want %s", i, kind.Query(), want)
		}
		if want := sizeLabel(TPCHSizes()[i/22]); kind.Size() != want {
			t.Errorf("kind %d has size %s, want %s", i, kind.Size(), want)
		}
		if kind.Stages() != stages[i%22] {
			t.Errorf("kind %d has %d stages, want %d", i, kind.Stages(), stages[i%22])
		}
		edges += len(kind.Edges())
	}
	if edges != 7*187 {
		t.Errorf("%d edges, want 7 x 187", edges)
	}

	// Levels that end early, and the stage whose counts differ by level.
	executors := func(kind, stage int) []int {
		var list []int
		for _, l := range kinds[kind].Levels(stage) {
			list = append(list, l.Executors)
		}
		return list
	}
	for size, want := range [][]int{{2, 5, 10, 12, 13}, {2, 5, 10, 20, 29, 30}, {2, 5, 10, 20, 40, 50, 58, 59}, {2, 5, 10, 20, 40, 50, 60, 80, 100}} {
		for stage := range 2 {
			if got := executors(size*22+5, stage); !slices.Equal(got, want) {
				t.Errorf("query 6 at %d GB, stage %d: levels %v, want %v", TPCHSizes()[size], stage, got, want)
			}
		}
	}
	for size, want := range []int{2, 2, 2, 2, 1, 2, 2} {
		if got := kinds[size*22+14].StageTasks(6); got != want {
			t.Errorf("query 15 at %d GB: %d tasks in the last stage, want %d", TPCHSizes()[size], got, want)
		}
	}
}

// TestGoldenJobs compares the numbers of stages and tasks with those of the
// jobs that the reference ran.
func TestGoldenJobs(t *testing.T) {
	kinds := tpch(t)
	arrivals, err := LoadSequence(filepath.Join(testdata.Dir(t), "cjs", "jobseq", "jobseq_seed666_cap200.csv"), kinds)
	if err != nil {
		t.Fatal(err)
	}
	rows := testdata.ReadCSV(t, filepath.Join(testdata.Dir(t), "..", "golden", "cjs", "fifo_default_seed666_jobs.csv"))[1:]
	if len(rows) != len(arrivals) {
		t.Fatalf("%d golden jobs, %d arrivals", len(rows), len(arrivals))
	}
	for i, row := range rows {
		kind := kinds[arrivals[i].Kind]
		at, err := strconv.ParseFloat(row[1], 64)
		got := []string{strconv.Itoa(i), row[1], kind.Query(), kind.Size(), strconv.Itoa(kind.Stages()), strconv.Itoa(kind.Tasks())}
		if err != nil || at != arrivals[i].AtMs || !slices.Equal(got, row[:6]) {
			t.Errorf("job %d: %v at %v, want %v", i, got, arrivals[i].AtMs, row[:6])
		}
	}
}

// TestGoldenMeanDurations compares the mean of all durations of a stage with
// what the reference shows at the first decision of an episode, when none of
// its tasks has begun.
func TestGoldenMeanDurations(t *testing.T) {
	kinds := tpch(t)
	text, err := os.ReadFile(filepath.Join(testdata.Dir(t), "..", "golden", "cjs", "decima_forward.json"))
	if err != nil {
		t.Fatal(err)
	}
	var decisions []struct {
		Features [][]float64 `json:"node_features"`
	}
	if err := json.Unmarshal(text, &decisions); err != nil {
		t.Fatal(err)
	}
	job := kinds[5*22+19] // query 20 at 80 GB comes first with seed 666
	if len(decisions[0].Features) != job.Stages() {
		t.Fatalf("%d stages, want %d", len(decisions[0].Features), job.Stages())
	}
	for s, x := range decisions[0].Features {
		tasks := job.StageTasks(s)
		if float32(x[3]) != float32(tasks)/200 || float32(x[4]) != float32(tasks)*float32(job.RoughMs(s))/1e5 {
			t.Errorf("stage %d: %d tasks of %v ms; want %v and %v", s, tasks, job.RoughMs(s), x[3]*200, x[4]*1e5/float64(tasks))
		}
	}
}

// TestPreparedStage works an example through: the order of levels, the tasks
// of the first one, and durations that are listed twice.
func TestPreparedStage(t *testing.T) {
	text := `{"first_wave": [[40, [7, 5, 7, 9]], [5, [4, 4]], [10, [3, 3, 3]], [2, []]],
		"fresh_durations": [[40, [7, 9]], [5, [4, 4]], [10, [3]], [2, [8]]],
		"rest_wave": [[40, [1]], [5, []], [10, [2, 2]], [2, [6, 6, 6, 6]]]}`
	var stage tpchStage
	if err := json.Unmarshal([]byte(text), &stage); err != nil {
		t.Fatal(err)
	}
	got, err := stage.spec("s")
	if err != nil {
		t.Fatal(err)
	}
	want := sparksim.StageSpec{Tasks: 5, Levels: []sparksim.Level{
		{Executors: 2, Fresh: []float64{8}, First: []float64{}, Rest: []float64{6, 6, 6, 6}},
		{Executors: 5, Fresh: []float64{4, 4}, First: []float64{}, Rest: []float64{}},
		{Executors: 10, Fresh: []float64{3}, First: []float64{3, 3}, Rest: []float64{2, 2}},
		{Executors: 40, Fresh: []float64{7, 9}, First: []float64{5, 7}, Rest: []float64{1}},
	}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	levels := []sparksim.Level{{First: nil}, {First: []float64{1}}, {}, {}, {First: []float64{2}}}
	fillFirst(levels)
	for i, want := range []int{0, 1, 1, 1, 1} {
		if len(levels[i].First) != want {
			t.Errorf("level %d has %v", i, levels[i].First)
		}
	}
}

// smallTPCH is a file with 22 queries of two stages.
func smallTPCH() string {
	stage := `{"first_wave": [[2, [5, 6]]], "fresh_durations": [[2, [5]]], "rest_wave": [[2, [4]]]}`
	var queries []string
	for q := range TPCHQueries {
		queries = append(queries, `"`+strconv.Itoa(q+1)+`": {"adj": [[0, 1], [0, 0]], "stages": [`+stage+`, `+stage+`]}`)
	}
	return "{" + strings.Join(queries, ",\n") + "}"
}

func TestReadTPCHRefuses(t *testing.T) {
	good := smallTPCH()
	if _, err := readTPCH(strings.NewReader(good), "2g.json", "2g"); err != nil {
		t.Fatal(err)
	}
	third := strings.Index(good, `"3": `)
	replace := func(old, new string) string {
		return good[:third] + strings.Replace(good[third:], old, new, 1)
	}
	for name, test := range map[string]struct{ text, says string }{
		"empty":            {"", "2g.json: line 1: JSON: is cut short"},
		"truncated":        {good[:len(good)/2], "is cut short"},
		"list":             {"[]", `line 1: JSON: "array" has the wrong type`},
		"missing query":    {replace(`"3"`, `"23"`), "2g.json: 3: is missing; give all queries from 1 to 22"},
		"one too many":     {replace(`"3"`, `"x": {"adj": [], "stages": []}, "3"`), "queries: 23 are more"},
		"unknown field":    {replace(`"stages"`, `"steps"`), `"steps" is no known field`},
		"no stages":        {replace(`"stages": [`, `"stages": [], "adj": [`), `line 3: adj: "object" has the wrong type`},
		"adjacency rows":   {replace(`[[0, 1], [0, 0]]`, `[[0, 1]]`), "3.adj: 1 rows are not one per stage; give 2"},
		"adjacency row":    {replace(`[[0, 1], [0, 0]]`, `[[0, 1], [0]]`), "3.adj[1]: 1 columns are not one per stage; give 2"},
		"cycle":            {replace(`[[0, 1], [0, 0]]`, `[[0, 1], [1, 0]]`), "3.edges: 0 -> 1 -> 0 is a cycle"},
		"text":             {replace(`"first_wave": [[2, [5, 6]]]`, `"first_wave": [[2, [5, "x"]]]`), "3.stages[0].first_wave[0]: is no pair"},
		"null":             {replace(`[5, 6]`, `[5, null]`), "line 3: JSON: has a null"},
		"triple":           {replace(`[2, [4]]`, `[2, [4], 5]`), "3.stages[0].rest_wave[0]: is no pair of a level and durations; give [executors, [ms, ..]]"},
		"level twice":      {replace(`[[2, [4]]]`, `[[2, [4]], [2, [4]]]`), "3.stages[0].rest_wave[1]: 2 executors are there twice"},
		"other levels":     {replace(`[[2, [4]]]`, `[[3, [4]]]`), "3.stages[0]: first_wave's level 2 is not one of all three lists"},
		"additional level": {replace(`[[2, [4]]]`, `[[2, [4]], [3, []]]`), "3.stages[0]: first_wave's level 2 is not one of all three lists"},
		"negative":         {replace(`[[2, [4]]]`, `[[2, [-4]]]`), "3.stages[0].levels[0].rest[0]: -4 is no duration"},
		"no durations":     {replace(`[[2, [5, 6]]], "fresh_durations": [[2, [5]]]`, `[[2, []]], "fresh_durations": [[2, []]]`), "3.stages[0].levels[0]: 2 executors has neither fresh nor first"},
		"no levels":        {replace(`{"first_wave": [[2, [5, 6]]], "fresh_durations": [[2, [5]]], "rest_wave": [[2, [4]]]}`, `{}`), "3.stages[0].tasks: 0 is no number of tasks"},
		"rest of the file": {good + " {}", "goes on after its end"},
	} {
		_, err := readTPCH(strings.NewReader(test.text), "2g.json", "2g")
		if _, ok := errors.AsType[*setting.Error](err); !ok || !strings.HasPrefix(err.Error(), "2g.json: ") || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v; want %s", name, err, test.says)
		}
	}
}

func TestLoadTPCHNamesTheMissingFile(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "2g.json"), []byte(smallTPCH()), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadTPCH(dir); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "5g.json") {
		t.Error(err)
	}
}

func FuzzReadTPCH(f *testing.F) {
	f.Add([]byte(smallTPCH()))
	f.Add([]byte(`{"1": {"adj": [[0]], "stages": [{"first_wave": [[2, [1]]]}]}}`))
	f.Add([]byte(`{"1": null}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		kinds, err := readTPCH(strings.NewReader(string(text)), "fuzz", "2g")
		if err != nil {
			if _, ok := errors.AsType[*FormatError](err); !ok {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		if len(kinds) != TPCHQueries {
			t.Fatalf("%d kinds", len(kinds))
		}
	})
}
