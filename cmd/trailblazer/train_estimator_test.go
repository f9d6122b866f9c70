package main

import (
	"encoding/json"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"trailblazer/datasets/traj"
	"trailblazer/trainer/karma"
)

// TestKarmaPipeline goes from stationary links to labels that a player could
// know.
func TestKarmaPipeline(t *testing.T) {
	dir := t.TempDir()
	stationary, estimator, data := filepath.Join(dir, "stationary"), filepath.Join(dir, "estimator"), filepath.Join(dir, "data")
	run := func(args ...string) string {
		t.Helper()
		out, err := runCommand(t, args...)
		if err != nil {
			t.Fatalf("%v: %v", args, err)
		}
		return out
	}
	run("collect", "--scenario", "abr/stationary", "--policies", "bba,mpc-tuned", "--mix", "draw", "--episodes", "40", "--reference-episodes", "0", "--out", stationary)
	text := run("train", "estimator", "--data", stationary, "--out", estimator, "--steps", "200", "--hidden", "16", "--rate", "0.01", "--backend", "go")
	if !strings.Contains(text, "of their variance") {
		t.Error(text)
	}
	var trained struct {
		Directory string
		karma.Record
	}
	if err := json.Unmarshal([]byte(run("train", "estimator", "--data", stationary+","+stationary, "--out", estimator, "--steps", "50", "--json")), &trained); err != nil {
		t.Fatal(err)
	}
	if trained.Directory != estimator || len(trained.Data) != 2 || trained.Data[0].Name != "stationary" || trained.Report.Trained+trained.Report.HeldOut != 2*40*47 {
		t.Errorf("%+v", trained)
	}
	// What is printed is what was written.
	if _, saved, err := karma.Open(estimator); err != nil || !reflect.DeepEqual(*saved, trained.Record) || trained.Weights == "" {
		t.Errorf("printed %+v, wrote %+v (%v)", trained.Record, saved, err)
	}

	// The estimator is made again, with the bits of the first one.
	run("train", "estimator", "--data", stationary, "--out", estimator, "--steps", "200", "--hidden", "16", "--rate", "0.01", "--backend", "go")
	collect := []string{"collect", "--scenario", "abr/train", "--policies", "offline-table", "--episodes", "3", "--reference-episodes", "0", "--estimator", estimator, "--out"}
	run(append(collect, data)...)
	set, err := traj.Open(data)
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	_, record, err := karma.Open(estimator)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := set.Info().Labels.Expert, "offline-table+estimator-"+record.Weights[:8]; got != want {
		t.Errorf("labelled by %s, want %s", got, want)
	}
	if strings.Contains(set.Info().Command, dir) || !strings.Contains(set.Info().Command, "--estimator DIR") {
		t.Errorf("made by %s", set.Info().Command)
	}
	values := set.Info().Statistics.Columns["expert.value"]
	if values.Count != 3*47 || values.Std == 0 {
		t.Errorf("%+v", values)
	}
	run("verify", data)

	congestion := filepath.Join(dir, "cc")
	run("collect", "--scenario", "cc/train", "--policies", "gcc", "--episodes", "1", "--reference-episodes", "0", "--out", congestion)
	for want, args := range map[string][]string{
		"no estimator":      append(append([]string{}, collect[:len(collect)-2]...), stationary, "--out", data+"-2"),
		"no expert":         append(append([]string{}, collect...), data+"-3", "--expert", "none"),
		"samples":           {"train", "estimator", "--data", stationary, "--out", estimator + "-2", "--samples", "9"},
		"holds no data set": {"train", "estimator", "--data", dir + "/nothing", "--out", estimator + "-2"},
		"expert":            {"train", "estimator", "--data", data + "-4", "--out", estimator + "-2"},
		"is a data set":     {"train", "estimator", "--data", stationary, "--out", stationary},
		"is of trailblazer/CC-v0; give data sets of trailblazer/ABR-v0": {"train", "estimator", "--data", congestion, "--out", estimator + "-2"},
		"is a file":     {"train", "estimator", "--data", stationary, "--out", filepath.Join(estimator, "estimator.json")},
		`"openblas" or`: {"train", "estimator", "--data", stationary, "--out", estimator + "-2", "--backend", "abacus"},
	} {
		if strings.Contains(want, "expert") && args[0] == "train" {
			run("collect", "--scenario", "abr/train", "--policies", "bba", "--episodes", "2", "--reference-episodes", "0", "--expert", "none", "--out", data+"-4")
		}
		if _, err := runCommand(t, args...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want it to say %q", args, err, want)
		}
	}
}
