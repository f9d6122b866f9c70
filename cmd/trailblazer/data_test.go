package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trailblazer/datasets/traj"
)

// collected makes a small data set.
func collected(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "set")
	if _, err := runCommand(t, "collect", "--scenario", "abr/default-test", "--policies", "bba,mpc", "--episodes", "6", "--reference-episodes", "2", "--out", dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestData(t *testing.T) {
	dir := collected(t)
	for _, c := range []struct {
		args []string
		want []string
	}{
		{[]string{"info", dir}, []string{"trailblazer/ABR-v0, schema version 1", "12 episodes (12 complete), 564 steps", "train       1        12    564",
			"abr/default-test                  mpc         6    282", "fixed (floor)", "offline-beam (best)"}},
		{[]string{"info", dir, "--columns"}, []string{"observation.throughput[-1]", "terminated", "expert.advantage.5"}},
		{[]string{"info", dir, "--episodes"}, []string{"end", "terminated", "       11  train  abr/default-test     mpc     5     47"}},
		{[]string{"validate", dir}, []string{dir + ": 1 shard, 12 episodes, 564 steps: without fault"}},
	} {
		out, err := runCommand(t, append([]string{"data"}, c.args...)...)
		if err != nil {
			t.Errorf("%v: %v", c.args, err)
		}
		for _, want := range c.want {
			if !strings.Contains(out, want) {
				t.Errorf("%v lacks %q:\n%s", c.args, want, out)
			}
		}
	}
	out, err := runCommand(t, "data", "info", dir, "--columns", "--episodes", "--json")
	var report dataReport
	if err != nil || json.Unmarshal([]byte(out), &report) != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if len(report.Episodes) != 12 || *report.Episodes[7].Seed != 3 || report.Episodes[7].End != "terminated" || len(report.Scores) != 2 ||
		report.Scores[0].Normalised == nil || report.Info.Statistics.Steps != 564 || report.Columns[4].Values.Count != 564 {
		t.Errorf("%s", out)
	}
}

func TestDataValidateDamage(t *testing.T) {
	dir := collected(t)
	shard := filepath.Join(dir, "data", "train-00000.parquet")
	text, err := os.ReadFile(shard)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(shard, text[:len(text)-100], 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := runCommand(t, "data", "validate", dir)
	if err == nil || err.Error() != dir+" has 1 problem" || !strings.Contains(out, "data/train-00000.parquet: its SHA-256 is") || !strings.Contains(out, "remedy: bring the file back from a copy") {
		t.Errorf("%v\n%s", err, out)
	}
	out, err = runCommand(t, "data", "validate", dir, "--repair", "--json")
	var found traj.Validation
	if err != nil || json.Unmarshal([]byte(out), &found) != nil || len(found.Problems) != 1 || !found.Problems[0].Repaired {
		t.Errorf("%v\n%s", err, out)
	}
	if out, err = runCommand(t, "data", "info", dir); err != nil || !strings.Contains(out, "has no episodes: there is no finished shard") {
		t.Errorf("%v\n%s", err, out)
	}
	if _, err := runCommand(t, "data", "validate", t.TempDir()); err == nil || !strings.Contains(err.Error(), "holds no data set") {
		t.Errorf("an empty directory: %v", err)
	}
}

func TestDataMergeAndSplit(t *testing.T) {
	dir := collected(t)
	parts := filepath.Join(t.TempDir(), "parts")
	out, err := runCommand(t, "data", "split", dir, "--out", parts, "--by", "seed", "--parts", "train=1,test=1", "--json")
	var result traj.Rewritten
	if err != nil || json.Unmarshal([]byte(out), &result) != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	// Both policies play the same seeds.
	if result.Episodes != 12 || len(result.Splits) != 2 || result.Splits[0].Episodes%2 != 0 || result.Splits[1].Episodes != 12-result.Splits[0].Episodes {
		t.Errorf("%+v", result)
	}
	both := filepath.Join(t.TempDir(), "both")
	out, err = runCommand(t, "data", "merge", parts, dir, "--out", both)
	if err != nil || !strings.Contains(out, "12 episodes, 564 steps; 12 episodes of a source that was there already left out") {
		t.Errorf("%v\n%s", err, out)
	}
	out, err = runCommand(t, "data", "info", both)
	if err != nil || !strings.Contains(out, "trailblazer data split set --parts 'train=1,test=1' --by seed --seed 0 --out DIR\n") && !strings.Contains(out, "trailblazer data split set --parts train=1,test=1 --by seed --seed 0 --out DIR\n") ||
		!strings.Contains(out, "trailblazer data merge parts set --out DIR\n") {
		t.Errorf("%v\n%s", err, out)
	}
	if _, err := runCommand(t, "data", "merge", dir, "--out", both); err == nil || !strings.Contains(err.Error(), "is not empty") {
		t.Errorf("merged into a data set: %v", err)
	}
	if _, err := runCommand(t, "data", "split", dir, "--out", filepath.Join(t.TempDir(), "x"), "--parts", "train"); err == nil || !strings.Contains(err.Error(), "train=0.8") {
		t.Errorf("parts without shares: %v", err)
	}
	if _, err := runCommand(t, "data", "misspelt"); err == nil {
		t.Error("an unknown command was taken")
	}
}

// TestDataInfoTellsScenariosOfOneNameApart: those of one name with other content
// have rows of their own.
func TestDataInfoTellsScenariosOfOneNameApart(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "set")
	for _, config := range []string{`{"max_steps": 5}`, `{"max_steps": 9}`} {
		if _, err := runCommand(t, "collect", "--scenario", "abr/train", "--config", config, "--policies", "bba", "--episodes", "2", "--reference-episodes", "2", "--expert", "none", "--append", "--quiet", "--out", dir); err != nil {
			t.Fatal(err)
		}
	}
	out, err := runCommand(t, "data", "info", dir, "--json")
	var report dataReport
	if err != nil || json.Unmarshal([]byte(out), &report) != nil || len(report.Scores) != 2 {
		t.Fatalf("%v\n%s", err, out)
	}
	if out, err = runCommand(t, "data", "info", dir, "--episodes"); err != nil {
		t.Fatal(err)
	}
	for _, s := range report.Scores {
		// One row of its scores, two of its references, two of its episodes.
		if title := "abr/train (" + s.ScenarioHash[:8] + ")"; strings.Count(out, title) != 5 {
			t.Errorf("want 5 rows of %s:\n%s", title, out)
		}
	}
}
