package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trailblazer/internal/testplay"
)

func TestExport(t *testing.T) {
	dir := testplay.Create(t, "trailblazer/ABR-v0", "abr/default-test", "", testplay.Play{Policy: "bba", Episodes: 2})
	out := t.TempDir()
	for format, file := range map[string]string{"d4rl": "abr.npz", "csv": "abr.csv", "minari": "minari"} {
		text, err := runCommand(t, "data", "export", dir, "--format", format, "--out", filepath.Join(out, file), "--json")
		if err != nil {
			t.Fatal(err)
		}
		var result exported
		if err := json.Unmarshal([]byte(text), &result); err != nil {
			t.Fatal(err)
		}
		if result.Episodes != 2 || result.Steps != 2*47 || result.Format != format {
			t.Errorf("%+v", result)
		}
	}
	single, err := runCommand(t, "data", "export", testplay.Create(t, "trailblazer/ABR-v0", "abr/default-test", "", testplay.Play{Policy: "bba", Episodes: 1}), "--format", "csv", "--out", filepath.Join(out, "abr.csv"))
	if err != nil || !strings.HasPrefix(single, "wrote 1 episode, 47 steps: ") {
		t.Errorf("%q, %v", single, err)
	}
	defer func() {
		if entries, err := os.ReadDir(out); err != nil || len(entries) != 3 {
			t.Errorf("%v is left, %v", entries, err)
		}
	}()
	for want, args := range map[string][]string{
		"--format tape is not known":       {"--format", "tape", "--out", filepath.Join(out, "x")},
		"no episode is chosen of 2":        {"--format", "csv", "--policies", "mpc", "--out", filepath.Join(out, "x")},
		"--id is for --format minari":      {"--format", "csv", "--id", "a-v0", "--out", filepath.Join(out, "x")},
		"is there already":                 {"--format", "minari", "--out", filepath.Join(out, "minari")},
		"is a directory; name a file":      {"--format", "csv", "--out", filepath.Join(out, "minari")},
		"a directory that is not there":    {"--format", "d4rl", "--out", filepath.Join(out, "absent", "x.npz")},
		"abr.csv\" is a file; name":        {"--format", "minari", "--out", filepath.Join(out, "abr.csv")},
		"abr.csv\", which is a file; nam":  {"--format", "minari", "--out", filepath.Join(out, "abr.csv", "minari")},
		"csv\", which is a file; name a f": {"--format", "csv", "--out", filepath.Join(out, "abr.csv", "x")},
	} {
		_, err := runCommand(t, append([]string{"data", "export", dir}, args...)...)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: error %v, want %q", args, err, want)
		}
	}
	if _, err := runCommand(t, "data", "export", filepath.Join(out, "absent"), "--format", "csv", "--out", filepath.Join(out, "x")); err == nil {
		t.Error("no error for an absent data set")
	}
}
