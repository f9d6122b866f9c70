package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

// TestTune searches for a moment, resumes, and plays what came out.
func TestTune(t *testing.T) {
	state := filepath.Join(t.TempDir(), "search.json")
	args := []string{"tune", "--policy", "weighted-fair", "--scenario", "cjs/custom", "--data", "", "--config", `{"arrivals": {"jobs": 4}}`,
		"--candidates", "6", "--episodes", "2", "--validation", "4", "--quiet", "--json", "--state", state}
	var short, resumed, whole tuneReport
	for _, one := range []struct {
		generations string
		args        []string
		into        *tuneReport
	}{
		{"2", args, &short},
		{"5", args, &resumed},
		{"5", args[:len(args)-2], &whole},
	} {
		text, err := runCommand(t, append(one.args, "--generations", one.generations)...)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(text), one.into); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
	}
	if short.Generations != 2 || resumed.Generations != 5 || resumed.GainPercent == nil {
		t.Errorf("%d and %d generations", short.Generations, resumed.Generations)
	}
	if resumed.Policy != whole.Policy || *resumed.GainPercent != *whole.GainPercent {
		t.Errorf("resumed at %s, without a pause at %s", resumed.Policy, whole.Policy)
	}
	if _, err := runCommand(t, "rollout", "--scenario", "cjs/custom", "--policies", whole.Policy, "--quiet"); err != nil {
		t.Error(err)
	}
}

func TestTuneRefusals(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"--policy", "fifo"}, "known"},
		{[]string{"--policy", "sjf", "--scenario", "abr/train"}, "trailblazer/CJS-v0"},
		{[]string{"--policy", "sjf", "--scenario", "cjs/none"}, "no scenario"},
		{[]string{"--policy", "sjf", "--generations", "-1"}, "generations"},
		{[]string{"--policy", "sjf:cap=9"}, "cap"},
		{[]string{"--policy", "sjf", "--state", "tune_test.go"}, "--state"},
	} {
		if _, err := runCommand(t, append([]string{"tune", "--data", "", "--quiet"}, test.args...)...); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: %v, want %q", test.args, err, test.want)
		}
	}
}
