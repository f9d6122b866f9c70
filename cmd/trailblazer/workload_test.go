package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const eventLogs = "../../sparksim/workload/testdata/eventlog/"

// TestWorkload imports what a Spark application logged, describes it, and
// plays it.
func TestWorkload(t *testing.T) {
	out := filepath.Join(t.TempDir(), "mine.json")
	text, err := runCommand(t, "workload", "import", eventLogs+"app-4.jsonl", eventLogs+"app-2.jsonl.gz", "--out", out)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"4 cores, 12 jobs, 1 failed left out", "revenue by nation", "rollout --scenario cjs/custom"} {
		if !strings.Contains(text, want) {
			t.Errorf("the import does not say %q:\n%s", want, text)
		}
	}
	text, err = runCommand(t, "workload", "describe", out)
	if err != nil || !strings.Contains(text, "12 arrivals in") {
		t.Errorf("describe: %v\n%s", err, text)
	}
	text, err = runCommand(t, "rollout", "--scenario", "cjs/custom", "--workload", out, "--policies", "fifo,fair,random", "--quiet")
	if err != nil || strings.Count(text, "\n") < 6 {
		t.Errorf("rollout: %v\n%s", err, text)
	}
}

func TestWorkloadRefusals(t *testing.T) {
	dir := t.TempDir()
	log, err := os.ReadFile(eventLogs + "app-4.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	cut := write("cut.jsonl", string(log[:100_000]))
	out := filepath.Join(dir, "out.json")
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"workload", "import", cut, "--out", out}, "--allow-incomplete"},
		{[]string{"workload", "import", filepath.Join(dir, "none"), "--out", out}, "no such file"},
		{[]string{"workload", "import", eventLogs + "app-4.jsonl", "--out", filepath.Join(dir, "no", "out.json")}, "--out"},
		{[]string{"workload", "describe", write("text.json", "{")}, "text.json"},
		{[]string{"workload", "describe", write("cycle.json", `{"kinds": [{"stages": [{"tasks": 1, "levels": [{"executors": 1, "first": [1]}]}, {"tasks": 1, "levels": [{"executors": 1, "first": [1]}]}], "edges": [[0, 1], [1, 0]]}]}`)}, "cycle"},
		{[]string{"rollout", "--scenario", "abr/train", "--workload", cut, "--policies", "bba"}, "cut.jsonl"},
	} {
		if _, err := runCommand(t, test.args...); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: %v, want %q", test.args, err, test.want)
		}
	}
	if _, err := runCommand(t, "workload", "import", cut, "--out", out, "--allow-incomplete"); err != nil {
		t.Error(err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*.partial")); len(left) > 0 {
		t.Errorf("left %q behind", left)
	}
}
