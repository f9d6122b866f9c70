package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trailblazer/datasets/collect"
	"trailblazer/datasets/traj"
	"trailblazer/internal/testcc"
	"trailblazer/internal/testtraj"
)

func runCollect(t *testing.T, args ...string) collect.Result {
	t.Helper()
	out, err := runCommand(t, append([]string{"collect", "--json"}, args...)...)
	if err != nil {
		t.Fatal(err)
	}
	var result collect.Result
	if err := json.Unmarshal([]byte(out), &result); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	return result
}

func openSet(t *testing.T, dir string) *traj.Set {
	t.Helper()
	set, err := traj.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { set.Close() })
	return set
}

// TestCollectInEveryEnvironment: by default the experts label that each has,
// and controllers see packets.
func TestCollectInEveryEnvironment(t *testing.T) {
	for scenario, want := range map[string]struct {
		policies, expert string
		labels           traj.Labels
	}{
		"abr/train": {"bba,random", "offline-table", traj.Labels{Expert: "offline-table", Value: true, Advantage: true}},
		"cjs/train": {"fifo,linear", "", traj.Labels{}},
		"cc/train":  {"gcc,nada", "oracle", traj.Labels{Expert: "oracle"}},
	} {
		dir := filepath.Join(t.TempDir(), "set")
		config := `{"max_steps": 20}`
		result := runCollect(t, "--scenario", scenario, "--config", config, "--policies", want.policies, "--episodes", "2", "--out", dir, "--reference-episodes", "2", "--workers", "3")
		if result.Episodes != 4 || result.Steps != 80 || result.Expert != want.expert || len(result.Reference) != 2 || result.Bytes == 0 || len(result.Policies) != 2 {
			t.Errorf("%s: %+v", scenario, result)
		}
		info := openSet(t, dir).Info()
		if info.Labels != want.labels || info.Statistics.Episodes != 4 || len(info.Reference) != 2 {
			t.Errorf("%s: labels %+v, statistics %+v, references %+v", scenario, info.Labels, info.Statistics.Steps, info.Reference)
		}
		command := "trailblazer collect --scenario " + scenario + ` --config '` + config + `' --policies ` + want.policies + " --episodes 2 --reference-episodes 2 --out DIR"
		if info.Command != command {
			t.Errorf("the data set says that it was made by %s, want %s", info.Command, command)
		}
	}
}

// TestCollectedActionsAreTheScenarios: only who probes makes a second number of
// them, and all scores are between the same references.
func TestCollectedActionsAreTheScenarios(t *testing.T) {
	plain := testcc.OpenFactory(t, "", "cc/train", `{"max_steps": 100}`).Spec()
	var references []traj.Reference
	for _, test := range []struct {
		policies, expert, config string
		probes                   bool
	}{
		{"gcc,nada", "oracle", `{"max_steps": 100}`, false},
		{"gcc,gcc-prod", "none", `{"max_steps": 100}`, true},
		{"bbr", "gcc-prod", `{"max_steps": 100}`, true},
		{"bbr", "none", `{"max_steps": 100, "probes": true}`, true},
		{"gcc-prod", "none", `{"max_steps": 100, "probes": false}`, false},
	} {
		dir := filepath.Join(t.TempDir(), "set")
		result := runCollect(t, "--scenario", "cc/train", "--config", test.config, "--policies", test.policies, "--expert", test.expert, "--episodes", "1", "--reference-episodes", "1", "--out", dir)
		schema := openSet(t, dir).Schema()
		want, err := traj.NewSchema(plain, schema.Labels)
		if err != nil {
			t.Fatal(err)
		}
		if schema.Equal(want) == test.probes {
			t.Errorf("%s, labelled by %s, with %s: actions are %v", test.policies, test.expert, test.config, schema.Fields[schema.Field("action")].Columns())
		}
		if result.ContentHash != plain.ContentHash {
			t.Errorf("%s: the content hash is %s, a plain session's %s", test.policies, result.ContentHash, plain.ContentHash)
		}
		switch {
		case references == nil:
			references = result.Reference
		case !strings.Contains(test.config, "false") && !slices.Equal(references, result.Reference):
			t.Errorf("%s: references %+v, before %+v", test.policies, result.Reference, references)
		}
	}
}

// TestPlainSessionsFitIn: what agents that see no packets have done may be added
// to what controllers have, in either order, and played again.
func TestPlainSessionsFitIn(t *testing.T) {
	plain := testcc.OpenFactory(t, "", "cc/train", `{"max_steps": 20}`)
	dir, own, collected := t.TempDir(), t.TempDir(), t.TempDir()
	collectInto := func(dir string, more ...string) {
		runCollect(t, append(more, "--scenario", "cc/train", "--config", `{"max_steps": 20}`, "--policies", "gcc", "--expert", "none", "--episodes", "2", "--reference-episodes", "0", "--out", dir)...)
	}
	collectInto(collected)
	testtraj.Record(t, own, plain, 2)
	collectInto(dir)
	testtraj.Record(t, dir, plain, 2)
	sets := []string{dir}
	for _, order := range [][]string{{own, collected}, {collected, own}} {
		out := filepath.Join(t.TempDir(), "both")
		if text, err := runCommand(t, "data", "merge", order[0], order[1], "--out", out); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		sets = append(sets, out)
	}
	collectInto(own, "--append")
	for _, set := range append(sets, own) {
		if n := openSet(t, set).Info().Statistics.Episodes; n != 4 {
			t.Errorf("%s has %d episodes, want 4", set, n)
		}
		for _, command := range []string{"verify", "data validate"} {
			if text, err := runCommand(t, append(strings.Fields(command), set)...); err != nil {
				t.Errorf("%s %s: %v\n%s", command, set, err, text)
			}
		}
	}
}

// TestCollectGoesOn with the same command, and refuses others.
func TestCollectGoesOn(t *testing.T) {
	dir := t.TempDir()
	args := []string{"--scenario", "abr/train", "--policies", "bba,random", "--mix", "draw", "--weights", "3,1", "--switch", "0.1", "--epsilon", "0.1", "--expert", "none", "--reference-episodes", "3", "--out", dir}
	if r := runCollect(t, append(args, "--episodes", "5")...); r.Episodes != 5 || r.Expert != "" || r.Explored == 0 {
		t.Errorf("first: %+v", r)
	}
	if r := runCollect(t, append(args, "--episodes", "8")...); r.Episodes != 3 || r.Before != 5 {
		t.Errorf("more: %+v", r)
	}
	if _, err := runCommand(t, append([]string{"collect", "--episodes", "5", "--seed", "9"}, args...)...); err == nil || !strings.Contains(err.Error(), "--append") {
		t.Errorf("another seed: %v", err)
	}
	out, err := runCommand(t, append([]string{"collect", "--episodes", "5", "--seed", "9", "--append"}, args...)...)
	if err != nil || !strings.Contains(out, "5 of 5 episodes are kept") || !strings.Contains(out, "mean return") || !strings.Contains(out, "best: offline-beam reaches") {
		t.Errorf("appended: %v in\n%s", err, out)
	}
	if n := openSet(t, dir).Info().Statistics.Episodes; n != 13 {
		t.Errorf("%d episodes, want 13", n)
	}
}

func TestCollectRefuses(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ change, value, says string }{
		{"--policies", "bba,nobody", "nobody"},
		{"--expert", "bola:x", "--expert"},
		{"--expert", "nobody", "nobody"},
		{"--scenario", "abr/nowhere", "abr/nowhere"},
		{"--episodes", "0", "episodes"},
		{"--mix", "some", "mix"},
		{"--weights", "1", "weights"},
		{"--workers", "-3", "workers is -3: give a positive number"},
		{"--out", file, "is a file: name a directory"},
		{"--out", filepath.Join(file, "set"), "name a directory that can be made"},
		{"--config", "{", "--config"},
	} {
		args := []string{"collect", "--scenario", "abr/train", "--policies", "bba,random", "--episodes", "1", "--out", t.TempDir(), "--reference-episodes", "1", test.change, test.value}
		if _, err := runCommand(t, args...); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s %s: %v", test.change, test.value, err)
		}
	}
}
