package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDirectoriesOfAnotherKind: what writes into a directory leaves those alone
// that are another command's.
func TestDirectoriesOfAnotherKind(t *testing.T) {
	run := writeRun(t, "small", "abr/train")
	if _, err := runCommand(t, "collect", "--scenario", "abr/train", "--policies", "bba", "--episodes", "1", "--reference-episodes", "0", "--expert", "none", "--out", "set"); err != nil {
		t.Fatal(err)
	}
	for dir, kind := range map[string]directoryKind{"estimator/estimator.json": estimatorDir, "recipe/recipe.json": recipeDir} {
		if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(dir, []byte("{}"), 0o644); err != nil {
			t.Fatal(err)
		}
		if got := kindOf(filepath.Dir(dir)); got != kind {
			t.Errorf("%s is %q, want %q", dir, got, kind)
		}
	}
	// A run may have an estimator in it, and stays a run.
	if err := os.WriteFile(filepath.Join(run, "estimator.json"), []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"train", "estimator", "--data", "set", "--out", run}, "is a training run"},
		{[]string{"train", "estimator", "--data", "set", "--out", "set"}, "is a data set"},
		{[]string{"train", "estimator", "--data", "set", "--out", "recipe"}, "is a recipe's run"},
		{[]string{"recipe", "run", "quick", "--out", "set"}, "is a data set"},
		{[]string{"recipe", "run", "quick", "--out", run}, "is a training run"},
		{[]string{"recipe", "run", "quick", "--out", "estimator"}, "is an estimator"},
	} {
		if _, err := runCommand(t, test.args...); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v: %v, want it to say %q", test.args, err, test.want)
		}
	}
	if kind := kindOf(t.TempDir()); kind != "" {
		t.Errorf("an empty directory is %s", kind)
	}
	for _, own := range []struct {
		dir  string
		kind directoryKind
	}{{"estimator", estimatorDir}, {"recipe", recipeDir}, {"new/one", recipeDir}} {
		if err := checkOwnDir("--out", own.dir, own.kind); err != nil {
			t.Error(err)
		}
	}
}
