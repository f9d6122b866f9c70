package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trailblazer/trainer/checkpoint"
	"trailblazer/trainer/online"
	"trailblazer/trainer/train"
)

// TestOnlineSays is what a run tells while it goes on.
func TestOnlineSays(t *testing.T) {
	says := func(args ...string) string {
		t.Helper()
		var said bytes.Buffer
		root := newRootCommand()
		root.SetArgs(args)
		root.SetOut(new(bytes.Buffer))
		root.SetErr(&said)
		if err := root.ExecuteContext(t.Context()); err != nil {
			t.Fatal(err)
		}
		return said.String()
	}
	args := toy("bandwidth-mlp", filepath.Join(t.TempDir(), "run"), "--no-play")
	const scales = "measuring the scales of what the model is shown, in 4 environments\n"
	first, again := says(args...), says(args...)
	for _, want := range []string{scales, "\niteration 2: 64 steps played, ", "\niteration 4: 128 steps played, "} {
		if !strings.Contains(first, want) {
			t.Errorf("it says %q, without %q", first, want)
		}
	}
	if strings.Contains(again, scales) {
		t.Errorf("what is over is measured again: %q", again)
	}
}

// TestOnlineSaysWhatIsRecorded: how much, or why nothing; of nothing nobody learns.
func TestOnlineSaysWhatIsRecorded(t *testing.T) {
	out := filepath.Join(t.TempDir(), "run")
	data := online.DataDir(out)
	for _, test := range []struct{ change, want string }{
		{"record.every=0", data + ": nothing is recorded: record.every is 0\n"},
		{"record.max_steps=1", data + " has no episodes: of those that began in the iterations that are recorded (record.every=1) none was seen to its end within record.max_steps=1; "},
		{"record.every=1", " of labelled steps (record.every=1)\n"},
	} {
		if err := os.RemoveAll(out); err != nil {
			t.Fatal(err)
		}
		args := toy("hindsight", out, "--no-play", "--set", test.change)
		var said bytes.Buffer
		root := newRootCommand()
		root.SetArgs(args)
		root.SetOut(new(bytes.Buffer))
		root.SetErr(&said)
		if err := root.ExecuteContext(t.Context()); err != nil || !strings.Contains(said.String(), test.want) {
			t.Errorf("%s: it says %s (%v), without %q", test.change, said.String(), err, test.want)
		}
		if test.change != "record.max_steps=1" {
			continue
		}
		if text, err := runCommand(t, "data", "info", data); err != nil || !strings.Contains(text, "data set "+data+" has no episodes") {
			t.Errorf("info says %s (%v)", text, err)
		}
		if _, err := runCommand(t, "train", "--data", data, "--out", out+"-student"); err == nil || !strings.Contains(err.Error(), "data set "+data+" has no episodes") {
			t.Errorf("learning from nothing: %v", err)
		}
	}
}

// TestOnlineSaysWhoDoesWhat: experts label or judge, and each scenario is named once.
func TestOnlineSaysWhoDoesWhat(t *testing.T) {
	for _, test := range []struct {
		change string
		want   string
	}{
		{`{"least_value": -100, "expert": "offline-table", "allow_test": true}`, "abr/fit: here, nobody labels\n" +
			"offline-table judges which episodes are worth learning from: those that can bring less than -100 are left out\nallow_test is true: "},
		{`{"expert": "", "least_value": null, "curriculum": {"mixture": [{"name": "a", "scenario": "abr/train", "weight": 1}, {"name": "b", "scenario": "abr/fit", "weight": 1}, {"name": "c", "scenario": "abr/train", "weight": 1, "environment_config": {"max_steps": 9}}]}}`,
			"abr/train (a, c): here, nobody labels\nabr/fit (b): here, nobody labels\n"},
	} {
		var said bytes.Buffer
		root := newRootCommand()
		root.SetArgs([]string{"train", "online", "--preset", "pensieve", "--out", filepath.Join(t.TempDir(), "run"), "--no-play", "--iterations", "1",
			"--environments", "6", "--set", "normalise=4", "--set", "stages.ppo.steps=4", "--set", "stages.ppo.minibatch=8", "--config", test.change})
		root.SetOut(new(bytes.Buffer))
		root.SetErr(&said)
		if err := root.ExecuteContext(t.Context()); err != nil || !strings.Contains(said.String(), test.want) {
			t.Errorf("it says %s (%v), without %q", said.String(), err, test.want)
		}
	}
}

// TestOnlineLines: what was not measured is not spoken of.
func TestOnlineLines(t *testing.T) {
	var said bytes.Buffer
	p := newOnlineProgress(&said, false)
	mean, score := 2.5, 40.0
	for _, v := range []*checkpoint.Point{
		{Step: 5, Best: true},
		{Step: 6, Best: true, Score: &score, Tasks: []checkpoint.TaskPoint{{Task: "cc", Scenarios: []checkpoint.Played{{Scenario: "cc/train", Metric: "reward", Value: 0.5}}}}},
	} {
		p.update(online.Progress{Standing: train.Standing{Step: v.Step, Steps: 9, StepsPerSecond: 10, Validated: v, New: true}, EnvironmentSteps: 100, Return: &mean})
	}
	const want = "iteration 5: 100 steps played, 10 steps/s, return 2.5\n" +
		"iteration 6: cc cc/train reward 0.5000; score 40.00, the best so far; 100 steps played, 10 steps/s, return 2.5\n"
	if got := said.String(); got != want {
		t.Errorf("it says\n%s, want\n%s", got, want)
	}
}
