package main

import (
	"bytes"
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
