package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trailblazer/internal/bench"
)

// TestBenchWritesAllForms: the table, JSON, Markdown and a page, of the same
// results.
func TestBenchWritesAllForms(t *testing.T) {
	dir := t.TempDir()
	args := []string{"bench", "abr", "--scenarios", "abr/default-test", "--policies", "bba,mpc", "--quick"}
	table, err := runCommand(t, append(args, "--html", filepath.Join(dir, "report.html"), "--markdown", filepath.Join(dir, "report.md"))...)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(table, "* or bold marks the best") {
		t.Errorf("the table of one scenario doesn't say what * means:\n%s", table)
	}
	page, err := os.ReadFile(filepath.Join(dir, "report.html"))
	if err != nil {
		t.Fatal(err)
	}
	markdown, err := os.ReadFile(filepath.Join(dir, "report.md"))
	if err != nil {
		t.Fatal(err)
	}
	printed, err := runCommand(t, append(args, "--markdown", "-")...)
	if err != nil || printed != string(markdown) {
		t.Errorf("%v, printed Markdown differs from the file's", err)
	}
	encoded, err := runCommand(t, append(args, "--json")...)
	if err != nil {
		t.Fatal(err)
	}
	var report bench.Report
	if err := json.Unmarshal([]byte(encoded), &report); err != nil {
		t.Fatal(err)
	}
	if report.Incomplete || len(report.Scenarios) != 1 || len(report.Scenarios[0].Rows) != 4 || len(report.Scenarios[0].Keys) != 10 {
		t.Errorf("%+v", report)
	}
	hash := report.Scenarios[0].ContentHash
	if len(hash) != 64 || !strings.Contains(string(page), hash) || !strings.Contains(string(markdown), hash) || !strings.Contains(table, "offline-optimum") {
		t.Errorf("the content hash %q is not in all forms", hash)
	}
}

// TestBenchTakesCollectedSets: what 'trailblazer collect' keeps of a policy has
// the policy's numbers.
func TestBenchTakesCollectedSets(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "set")
	if _, err := runCommand(t, "collect", "--scenario", "abr/default-test", "--policies", "bba", "--episodes", "10", "--expert", "none", "--reference-episodes", "0", "--out", dir); err != nil {
		t.Fatal(err)
	}
	encoded, err := runCommand(t, "bench", "abr", "--scenarios", "abr/default-test", "--policies", "bba", "--quick", "--recorded", dir, "--json")
	if err != nil {
		t.Fatal(err)
	}
	var report bench.Report
	if err := json.Unmarshal([]byte(encoded), &report); err != nil {
		t.Fatal(err)
	}
	rows := report.Scenarios[0].Rows
	here, there := rows[0], rows[len(rows)-1]
	if there.Policy != "bba (set)" || here.Policy != "bba" || there.Episodes != 10 || here.Metrics["qoe"] != there.Metrics["qoe"] {
		t.Errorf("collected: %s, %+v\nplayed: %s, %+v", there.Policy, there.Metrics["qoe"], here.Policy, here.Metrics["qoe"])
	}
}

func TestBenchRefuses(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"abr", "--quick", "--json", "--markdown", "-"}, "both print"},
		{[]string{"abr", "--html", filepath.Join(t.TempDir(), "absent", "x.html")}, `absent/x.html" is to lie in a directory that is not there; create "`},
		{[]string{"abr", "--markdown", t.TempDir()}, "is a directory; name a file in it"},
		{[]string{"abr", "--html", "-"}, "--html -: a page is not printed"},
		{[]string{"abr", "--unverified"}, "--unverified is for what --recorded names"},
		{[]string{"cjs", "--policies", "decima-sampled"}, "--data DIR"},
		{[]string{"abr", "--episodes", "-2"}, "--episodes: -2"},
	} {
		if _, err := runCommand(t, append([]string{"bench"}, test.args...)...); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v: %v, want %q", test.args, err, test.want)
		}
	}
}

// TestBenchCommandHasWhatChangesResults only: a report is the same with any
// number of workers, wherever it is written.
func TestBenchCommandHasWhatChangesResults(t *testing.T) {
	got := benchCommand([]string{"/usr/bin/trailblazer", "bench", "abr", "--workers", "3", "--data", "my data", "--html=x.html", "--quiet", "--seeds", "1,2", "--markdown", "-", "--json", "--workers=2", "--quick"})
	if want := "trailblazer bench abr --data 'my data' --seeds 1,2 --quick"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
