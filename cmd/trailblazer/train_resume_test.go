package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trailblazer/trainer/checkpoint"
)

// reopened makes a finished run one that was stopped just before its end.
func reopened(t *testing.T, dir string, change func(*checkpoint.Run)) {
	t.Helper()
	run, err := checkpoint.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	run.Status = checkpoint.Stopped
	if change != nil {
		change(run)
	}
	text, err := json.Marshal(run)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "run.json"), text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestResumeKeepsItsPromise goes on from another directory, with data that were
// named from the first, and validates as before whatever else is said around it.
func TestResumeKeepsItsPromise(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	collectABR(t, "data")
	first := runTrain(t, smallModel("--data", "data", "--out", "run")...)
	if v := first.Validation; v == nil || v.Nothing || v.Data != "" || len(v.References) != 1 || v.References[0].Ceiling <= v.References[0].Floor {
		t.Fatalf("validation is %+v", v)
	}
	out := filepath.Join(dir, "run")
	t.Chdir(t.TempDir())
	reopened(t, out, nil)
	t.Setenv("TRAILBLAZER_DATA", "nowhere")
	root := newRootCommand()
	var text bytes.Buffer
	root.SetArgs([]string{"train", "--json", "--resume", "--out", out})
	root.SetOut(&text)
	root.SetErr(new(bytes.Buffer))
	if err := root.ExecuteContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	var again trained
	if err := json.Unmarshal(text.Bytes(), &again); err != nil || again.Status != checkpoint.Finished || again.Backend != first.Backend || again.Asked.Name != "go" {
		t.Errorf("%v: the run is %s", err, text.Bytes())
	}

	resume := []string{"train", "--resume", "--out", out}
	reopened(t, out, nil)
	for want, args := range map[string][]string{
		"validation plays scenarios": {"--no-play"},
		"--environment-data: ":       {"--environment-data", filepath.Join(dir, "nowhere")},
	} {
		if _, err := runCommand(t, append(resume[:len(resume):len(resume)], args...)...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: the error is %v, without %q", args, err, want)
		}
	}
	reopened(t, out, func(r *checkpoint.Run) { r.Validation.References[0].Floor-- })
	if _, err := runCommand(t, resume...); err == nil || !strings.Contains(err.Error(), "the scores 0 and 100 stood for") {
		t.Errorf("other references: %v", err)
	}
}

// TestResumeFromAnotherAddress goes on where the server of the data sets has moved.
func TestResumeFromAnotherAddress(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "run")
	collectABR(t, filepath.Join(dir, "sets", "mine"))
	serve := []string{"--addr", "127.0.0.1:0", "--datasets", filepath.Join(dir, "sets")}
	first, second := startServe(t, serve...), startServe(t, serve...)
	defer second.stop(t)
	runTrain(t, append(smallModel("--server", first.url, "--dataset", "mine", "--out", out), "--no-play")...)
	first.stop(t)
	reopened(t, out, nil)
	if _, err := runCommand(t, "train", "--resume", "--out", out); err == nil || !strings.Contains(err.Error(), "--dataset mine") {
		t.Errorf("without a server: %v", err)
	}
	if run := runTrain(t, "--resume", "--out", out, "--server", second.url); run.Status != checkpoint.Finished {
		t.Errorf("the run is %+v", run.Run)
	}
}

func TestResumePlaysNothing(t *testing.T) {
	dir := t.TempDir()
	data, out := filepath.Join(dir, "data"), filepath.Join(dir, "run")
	collectABR(t, data)
	args := smallModel("--data", data, "--out", out)
	runTrain(t, append(args, "--no-play")...)
	reopened(t, out, nil)
	if _, err := runCommand(t, append([]string{"train"}, args...)...); err == nil || !strings.Contains(err.Error(), "validation plays nothing (--no-play)") {
		t.Errorf("the error is %v", err)
	}
	if run := runTrain(t, "--resume", "--out", out); run.Status != checkpoint.Finished || run.Best.By != "loss on held-out episodes" {
		t.Errorf("the run is %+v", run.Run)
	}
}
