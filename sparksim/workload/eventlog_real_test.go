package workload

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"trailblazer/internal/splitmix"
	"trailblazer/sparksim"
)

const eventLogDir = "testdata/eventlog/"

// realEventLog is the log of the run on four slots.
func realEventLog(t testing.TB) []byte {
	t.Helper()
	text, err := os.ReadFile(eventLogDir + "app-4.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func mustReadEventLog(t testing.TB, text []byte, options EventLogOptions) *EventLog {
	t.Helper()
	log, err := ReadEventLog(bytes.NewReader(text), "log", options)
	if err != nil {
		t.Fatal(err)
	}
	return log
}

// The expected jobs were read from the logs by expect.py.
func TestEventLogOfRealRun(t *testing.T) {
	for _, test := range []struct {
		log, expected string
		slots         int
	}{
		{"app-4.jsonl", "app-4.expected.json", 4},
		{"app-2.jsonl.gz", "app-2.expected.json", 2},
	} {
		log, err := OpenEventLog(eventLogDir+test.log, EventLogOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if log.AppID != "local-1700000000000" || log.AppName != "eventlog-fixture" || log.SparkVersion != "3.5.6" || log.Slots != test.slots {
			t.Errorf("%s: %q %q %q, %d slots", test.log, log.AppID, log.AppName, log.SparkVersion, log.Slots)
		}
		if log.Failed != 1 || log.Unfinished != 0 || log.Empty != 0 {
			t.Errorf("%s: %d failed, %d unfinished, %d empty, want 1, 0, 0", test.log, log.Failed, log.Unfinished, log.Empty)
		}
		var expected []struct {
			AtMs      float64 `json:"at_ms"`
			TookMs    float64 `json:"took_ms"`
			Label     string  `json:"label"`
			Bytes     float64 `json:"bytes_read"`
			SparkJobs []int   `json:"spark_jobs"`
			Executors int     `json:"executors"`
			Stages    []struct {
				ID      int       `json:"id"`
				Tasks   int       `json:"tasks"`
				Parents []int     `json:"parents"`
				Fresh   []float64 `json:"fresh"`
				First   []float64 `json:"first"`
				Rest    []float64 `json:"rest"`
			} `json:"stages"`
		}
		text, err := os.ReadFile(eventLogDir + test.expected)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &expected); err != nil {
			t.Fatal(err)
		}
		if len(log.Jobs) != len(expected) || len(expected) != 12 {
			t.Fatalf("%s: %d jobs, want %d", test.log, len(log.Jobs), len(expected))
		}
		for i, want := range expected {
			got := &log.Jobs[i]
			at := fmt.Sprintf("%s: job %d", test.log, i)
			if got.AtMs != want.AtMs || got.TookMs != want.TookMs || got.Spec.Query != want.Label || !slices.Equal(got.SparkJobs, want.SparkJobs) {
				t.Errorf("%s: %+v, want %+v", at, got, want)
			}
			if got.Spec.Size != eventLogSize(want.Bytes) {
				t.Errorf("%s: size %q, want that of %v bytes", at, got.Spec.Size, want.Bytes)
			}
			parents := make([][]int, len(got.Spec.Stages))
			for _, e := range got.Spec.Edges {
				parents[e[1]] = append(parents[e[1]], got.SparkStages[e[0]])
			}
			if len(got.Spec.Stages) != len(want.Stages) {
				t.Fatalf("%s: stages %v, want %+v", at, got.SparkStages, want.Stages)
			}
			for s, stage := range got.Spec.Stages {
				w := want.Stages[s]
				if got.SparkStages[s] != w.ID || stage.Tasks != w.Tasks || !slices.Equal(parents[s], w.Parents) {
					t.Errorf("%s: stage %d: %d tasks after %v, want %+v", at, got.SparkStages[s], stage.Tasks, parents[s], w)
				}
				level := stage.Levels[0]
				if len(stage.Levels) != 1 || level.Executors != want.Executors || !slices.Equal(level.Fresh, w.Fresh) || !slices.Equal(level.First, w.First) || !slices.Equal(level.Rest, w.Rest) {
					t.Errorf("%s: stage %d: %+v, want %+v on %d executors", at, got.SparkStages[s], stage.Levels, w, want.Executors)
				}
			}
		}
	}
}

// What the application is known to do, whatever its durations.
func TestEventLogShapes(t *testing.T) {
	log := mustReadEventLog(t, realEventLog(t), EventLogOptions{})
	byName := make(map[string]EventLogJob)
	for _, job := range log.Jobs {
		byName[job.Spec.Query] = job
	}
	for _, test := range []struct {
		query  string
		stages []int
		tasks  []int
		edges  string
	}{
		{"revenue by customer", []int{2, 3}, []int{6, 5}, "[[0 1]]"},
		{"revenue by nation", []int{4, 5, 6, 7}, []int{6, 2, 5, 5}, "[[0 2] [1 2] [2 3]]"},
		{"revenue by nation, adaptive", []int{8, 9, 12, 16, 20, 25}, []int{6, 2, 5, 5, 5, 5}, "[[0 2] [1 2] [2 3] [2 4] [3 4] [4 5]]"},
		{"revenue by nation, broadcast", []int{26, 27, 29}, []int{2, 6, 5}, "[[0 1] [1 2]]"},
		{"lost shuffle file", []int{34, 35}, []int{6, 3}, "[[0 1]]"},
		{"task retried", []int{36}, []int{6}, "[]"},
		{"at once, second", []int{40, 41}, []int{6, 2}, "[[0 1]]"},
	} {
		job := byName[test.query]
		var tasks []int
		for _, stage := range job.Spec.Stages {
			tasks = append(tasks, stage.Tasks)
		}
		if !slices.Equal(job.SparkStages, test.stages) || !slices.Equal(tasks, test.tasks) || fmt.Sprint(job.Spec.Edges) != test.edges {
			t.Errorf("%s: stages %v of %v tasks, edges %v; want %v of %v, %s", test.query, job.SparkStages, tasks, job.Spec.Edges, test.stages, test.tasks, test.edges)
		}
	}
	if skips := log.Jobs[7]; !slices.Equal(skips.SparkStages, []int{33}) || !strings.HasPrefix(skips.Spec.Query, "collect at make.py:") {
		t.Errorf("the job that skips its shuffle: %+v", skips)
	}

	single := mustReadEventLog(t, realEventLog(t), EventLogOptions{SparkJobs: true})
	if len(single.Jobs) != 19 || single.Failed != 1 {
		t.Errorf("%d Spark jobs, %d failed, want 19, 1", len(single.Jobs), single.Failed)
	}
	if job := single.Jobs[8]; !slices.Equal(job.SparkJobs, []int{8}) || !slices.Equal(job.SparkStages, []int{20}) || job.Spec.Edges != nil {
		t.Errorf("the fifth Spark job of a query by itself: %+v", job)
	}
}

// However the log is kept, the jobs are the same.
func TestEventLogForms(t *testing.T) {
	text := realEventLog(t)
	want := mustReadEventLog(t, text, EventLogOptions{})
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	if _, err := z.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(text, []byte("\n"))
	part := func(from, to int) []byte { return bytes.Join(lines[from:to], nil) }
	for name, files := range map[string]map[string][]byte{
		"plain":                  {"app": text},
		"gzip":                   {"app.gz": zipped.Bytes()},
		"no last line end":       {"app": text[:len(text)-1]},
		"blank lines":            {"app": bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n\n"))},
		"spaces, other order":    {"app": bytes.ReplaceAll(text, []byte(`{"Event":"`), []byte(`{"x":{}, "Event" : "`))},
		"one rolled file":        {"eventlog_v2_app/events_1_app": text, "eventlog_v2_app/appstatus_app": nil},
		"rolled":                 {"eventlog_v2_app/events_1_app": part(0, 100), "eventlog_v2_app/events_2_app": part(100, 101), "eventlog_v2_app/events_3_app": part(101, len(lines)), "eventlog_v2_app/.events_1_app.crc": []byte("crc")},
		"rolled more than 9":     rolled(lines, 12),
		"unknown and huge event": {"app": append([]byte(`{"Event":"SparkListenerOther","x":"`+strings.Repeat("x", 1<<20)+"\"}\n"), text...)},
	} {
		dir := t.TempDir()
		for file, content := range files {
			path := filepath.Join(dir, file)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		got, err := OpenEventLog(filepath.Join(dir, entries[0].Name()), EventLogOptions{})
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func rolled(lines [][]byte, files int) map[string][]byte {
	parts := make(map[string][]byte)
	for i, line := range lines {
		name := fmt.Sprintf("eventlog_v2_app/events_%d_app", 1+i*files/len(lines))
		parts[name] = append(parts[name], line...)
	}
	return parts
}

func TestEventLogCutOff(t *testing.T) {
	text := realEventLog(t)
	whole := make(map[int]EventLogJob)
	for _, job := range mustReadEventLog(t, text, EventLogOptions{SparkJobs: true}).Jobs {
		whole[job.SparkJobs[0]] = job
	}
	before := 0
	for cut := 0; cut < len(text)-100; cut += 499 {
		if _, err := ReadEventLog(bytes.NewReader(text[:cut]), "log", EventLogOptions{}); err == nil {
			t.Fatalf("cut after %d bytes: no error", cut)
		}
		log := mustReadEventLog(t, text[:cut], EventLogOptions{AllowIncomplete: true, SparkJobs: true})
		if len(log.Jobs) < before || log.Unfinished > 2 {
			t.Fatalf("cut after %d bytes: %d jobs, %d unfinished, after %d jobs", cut, len(log.Jobs), log.Unfinished, before)
		}
		before = len(log.Jobs)
		for _, job := range log.Jobs {
			switch id := job.SparkJobs[0]; id {
			case 4, 5, 18, 19:
				// They run at the same time, and what the log no longer says
				// of one may have kept a slot busy for the other.
			default:
				if !reflect.DeepEqual(job, whole[id]) {
					t.Fatalf("cut after %d bytes: %+v, want %+v", cut, job, whole[id])
				}
			}
		}
	}
	if before < 18 {
		t.Errorf("only %d jobs before the end", before)
	}
	// A query whose Spark jobs have ended so far isn't complete.
	query := bytes.Index(text, []byte(`{"Event":"SparkListenerJobStart","Job ID":7,`))
	log := mustReadEventLog(t, text[:query], EventLogOptions{AllowIncomplete: true})
	if len(log.Jobs) != 4 || log.Unfinished != 1 {
		t.Errorf("cut within a query: %d jobs, %d unfinished, want 4, 1", len(log.Jobs), log.Unfinished)
	}

	zipped, err := os.ReadFile(eventLogDir + "app-2.jsonl.gz")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ReadEventLog(bytes.NewReader(zipped[:3000]), "log", EventLogOptions{}); err == nil || !strings.Contains(err.Error(), "is cut off") {
		t.Errorf("gzip cut off: %v", err)
	}
	log = mustReadEventLog(t, zipped[:3000], EventLogOptions{AllowIncomplete: true})
	if len(log.Jobs) == 0 || len(log.Jobs) >= 12 {
		t.Errorf("gzip cut off: %d jobs", len(log.Jobs))
	}
}

func TestMergeEventLogs(t *testing.T) {
	four, err := OpenEventLog(eventLogDir+"app-4.jsonl", EventLogOptions{})
	if err != nil {
		t.Fatal(err)
	}
	two, err := OpenEventLog(eventLogDir+"app-2.jsonl.gz", EventLogOptions{})
	if err != nil {
		t.Fatal(err)
	}
	jobs, err := MergeEventLogs(four, two, four)
	if err != nil {
		t.Fatal(err)
	}
	for i, job := range jobs {
		a, b := &four.Jobs[i], &two.Jobs[i]
		if job.AtMs != a.AtMs || job.Spec.Query != a.Spec.Query || !slices.Equal(job.Spec.Edges, a.Spec.Edges) {
			t.Errorf("job %d: %+v, want that of the first log, %+v", i, job, a)
		}
		for s, stage := range job.Spec.Stages {
			want := make(map[int]int) // durations by executors
			for _, from := range []*EventLogJob{a, b, a} {
				l := from.Spec.Stages[s].Levels[0]
				want[l.Executors] += len(l.Fresh) + len(l.First) + len(l.Rest)
			}
			got := make(map[int]int)
			for _, l := range stage.Levels {
				got[l.Executors] += len(l.Fresh) + len(l.First) + len(l.Rest)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("job %d, stage %d: durations by executors %v, want %v", i, s, got, want)
			}
		}
	}
	if levels := jobs[3].Spec.Stages[0].Levels; len(levels) != 2 || levels[0].Executors != 2 || levels[1].Executors != 4 {
		t.Errorf("levels %+v, want 2 and 4 executors", levels)
	}
	if _, _, err := EventLogFile(jobs).Compile(); err != nil {
		t.Error(err)
	}
	if len(four.Jobs[3].Spec.Stages[0].Levels) != 1 {
		t.Error("merging changed the first log")
	}

	change := func(f func(jobs []EventLogJob) []EventLogJob) *EventLog {
		log := mustReadEventLog(t, realEventLog(t), EventLogOptions{})
		log.Jobs = f(log.Jobs)
		return log
	}
	for name, test := range map[string]struct {
		logs []*EventLog
		says string
	}{
		"none": {nil, "logs: none so there are no jobs; give at least one"},
		"jobs": {[]*EventLog{four, change(func(jobs []EventLogJob) []EventLogJob { return jobs[1:] })},
			"logs[1].jobs: 11 are not as many as in logs[0], 12; run the application with the same"},
		"stages": {[]*EventLog{four, two, change(func(jobs []EventLogJob) []EventLogJob { jobs[2] = jobs[0]; return jobs })},
			"logs[2].jobs[2].stages: 1 are not as many as in logs[0], 2; run"},
		"edges": {[]*EventLog{four, change(func(jobs []EventLogJob) []EventLogJob { jobs[2].Spec.Edges = nil; return jobs })},
			"logs[1].jobs[2].edges: [] differ from those in logs[0], [[0 1]]; run"},
		"tasks": {[]*EventLog{four, change(func(jobs []EventLogJob) []EventLogJob { jobs[2].Spec.Stages[1].Tasks = 200; return jobs })},
			"logs[1].jobs[2].stages[1].tasks: 200 are not as many as in logs[0], 5; run"},
	} {
		if _, err := MergeEventLogs(test.logs...); err == nil || !strings.HasPrefix(err.Error(), test.says) {
			t.Errorf("%s: %v, want %s", name, err, test.says)
		}
	}
}

// An imported workload survives being written, and runs to its end.
func TestSimulateEventLog(t *testing.T) {
	log := mustReadEventLog(t, realEventLog(t), EventLogOptions{})
	var text bytes.Buffer
	if err := EventLogFile(log.Jobs).Write(&text); err != nil {
		t.Fatal(err)
	}
	file, err := ReadFile(&text, "imported.json")
	if err != nil {
		t.Fatal(err)
	}
	kinds, arrivals, err := file.Compile()
	if err != nil {
		t.Fatal(err)
	}
	tasks := 0
	for _, kind := range kinds {
		tasks += kind.Tasks()
	}
	if len(kinds) != 12 || tasks != 120 {
		t.Errorf("%d jobs, %d tasks, want 12, 120", len(kinds), tasks)
	}
	for _, executors := range []int{1, log.Slots, 50} {
		none := 0.0
		cluster, err := sparksim.New(sparksim.Config{Executors: executors, MovingDelayMs: &none}, kinds)
		if err != nil {
			t.Fatal(err)
		}
		stream := splitmix.Seed(1)
		cluster.Reset(arrivals, &stream)
		ran, busyMs := 0, 0.0
		for !cluster.Done() {
			// The first stage that can run gets all that is free.
			if _, err := cluster.Step(0, cluster.Committable()); err != nil {
				t.Fatal(err)
			}
			for _, run := range cluster.Runs() {
				ran += int(run.Tasks)
				busyMs += run.EndMs - run.StartMs
			}
		}
		if ran != tasks || cluster.Completed() != len(kinds) || cluster.NowMs() < arrivals[len(arrivals)-1].AtMs {
			t.Errorf("%d executors: %d tasks and %d jobs by %v ms", executors, ran, cluster.Completed(), cluster.NowMs())
		}
		if busyMs > float64(executors)*cluster.NowMs() {
			t.Errorf("%d executors: busy for %v ms in %v ms", executors, busyMs, cluster.NowMs())
		}
	}
}
