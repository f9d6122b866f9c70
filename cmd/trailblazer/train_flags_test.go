package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trailblazer/trainer/checkpoint"
	"trailblazer/trainer/model"
	"trailblazer/trainer/train"
)

// TestFlagsHoldOverConfigs gives a config that was printed, and flags over it.
func TestFlagsHoldOverConfigs(t *testing.T) {
	dir := t.TempDir()
	data, file := filepath.Join(dir, "data"), filepath.Join(dir, "full.json")
	collectABR(t, data)
	print := func(args ...string) *train.Config {
		t.Helper()
		out, err := runCommand(t, append([]string{"train", "--data", data, "--print-config"}, args...)...)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(out), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := train.ParseConfig(json.RawMessage(out))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	print("--seed", "7")
	c := print("--config", file, "--steps", "5", "--batch", "3")
	if c.Steps != 5 || c.Seed != 7 || c.Tasks[0].Data.Batch != 3 || c.Schedule.Warmup >= 5 {
		t.Errorf("%d steps, seed %d, batches of %d, a warmup of %d", c.Steps, c.Seed, c.Tasks[0].Data.Batch, c.Schedule.Warmup)
	}
	if c = print("--config", file, "--seed", "1"); c.Seed != 1 || c.Steps != 5 {
		t.Errorf("%d steps, seed %d", c.Steps, c.Seed)
	}
	if c = print("--config", `{"tasks": {"abr": {"data": {"batch": 11}}}}`); c.Tasks[0].Data.Batch != 11 || len(c.Tasks) != 1 {
		t.Errorf("a task behind its name: %+v", c.Tasks)
	}
}

// TestTrainSaysWhatItDoes reads what is written beside the result.
func TestTrainSaysWhatItDoes(t *testing.T) {
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	collectABR(t, data)
	t.Setenv("TRAILBLAZER_DATA", "")
	says := func(args ...string) string {
		t.Helper()
		var said bytes.Buffer
		root := newRootCommand()
		root.SetArgs(append([]string{"train"}, args...))
		root.SetOut(new(bytes.Buffer))
		root.SetErr(&said)
		if err := root.ExecuteContext(t.Context()); err != nil {
			t.Fatal(err)
		}
		return said.String()
	}
	args := smallModel("--data", data, "--out", filepath.Join(dir, "run"), "--set", "tasks.abr.data.held_out=0")
	first, again := says(args...), says(args...)
	for _, want := range []string{"measuring ", "in abr/valid, the score of 100", "the score of 0", "abr: learns what every choice loses (advantage), labels of offline-table",
		"abr: nothing is held out, so there is no held-out loss", "step 3: abr abr/valid qoe"} {
		if !strings.Contains(first, want) {
			t.Errorf("it says %q, without %q", first, want)
		}
	}
	if !strings.Contains(again, "finished already, at step 6: ") || strings.Contains(again, "going on") {
		t.Errorf("of a run that is over it says %q", again)
	}
}

func TestTrainFromAServerWithoutDataSets(t *testing.T) {
	s := startServe(t, "--addr", "127.0.0.1:0")
	defer s.stop(t)
	if _, err := runCommand(t, "train", "--server", s.url, "--dataset", "x", "--out", filepath.Join(t.TempDir(), "run")); err == nil || !strings.Contains(err.Error(), "start it with --datasets DIR") {
		t.Errorf("the error is %v", err)
	}
}

// TestRegressionsHaveNoAccuracy prints a run whose model answers with a number.
func TestRegressionsHaveNoAccuracy(t *testing.T) {
	best := &checkpoint.Best{Step: 1, By: "loss", Tasks: []checkpoint.TaskPoint{{Task: "cc", Batches: 1, Loss: 2}}}
	for kind, want := range map[string]string{model.HeadValue: "2.0000         -", model.HeadChoice: "2.0000     0.000"} {
		var out bytes.Buffer
		run := &checkpoint.Run{Best: best, Model: model.Config{Tasks: []model.Task{{Name: "cc", Head: model.Head{Kind: kind}}}}}
		if err := new(trainFlags).print(&out, run); err != nil || !strings.Contains(out.String(), want) {
			t.Errorf("%s: %v in\n%s", kind, err, out.String())
		}
	}
}
