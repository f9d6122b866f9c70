package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trailblazer/trainer/checkpoint"
	"trailblazer/trainer/online"
)

// toy are flags with which a run takes no time.
func toy(preset, out string, args ...string) []string {
	configs := map[string]string{
		"hindsight": `{"copies": 2, "environment_config": {"max_steps": 12}, "validation": {"play": {"episodes": 2}},
			"stages": {"dagger": {"steps": 24, "updates": 2, "batch": 16}, "ppo": {"steps": 8, "minibatch": 32}}}`,
		"pensieve":      `{"environment_config": {"max_steps": 12}, "validation": {"play": {"episodes": 2}}, "stages": {"ppo": {"steps": 8}}}`,
		"cjs-imitation": `{"environment_config": {"max_steps": 40}, "validation": {"play": {"scenario": ""}}, "stages": {"dagger": {"steps": 8, "updates": 2, "batch": 16}}}`,
		"bandwidth-mlp": `{"environment_config": {"max_steps": 40}, "validation": {"play": {"episodes": 2}}, "stages": {"dagger": {"steps": 8, "updates": 2, "batch": 16}}}`,
	}
	all := []string{"train", "online", "--preset", preset, "--out", out, "--config", configs[preset], "--iterations", "4", "--environments", "4", "--backend", "go",
		"--set", "normalise=4", "--set", "validation.every=2", "--set", `model.backbone={"width": 16}`, "--set", "critic.width=8", "--set", "save_seconds=0"}
	return append(all, args...)
}

func runOnline(t *testing.T, args ...string) trained {
	t.Helper()
	out, err := runCommand(t, append(args, "--json")...)
	if err != nil {
		t.Fatal(err)
	}
	var result trained
	if err := json.Unmarshal([]byte(out), &result); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	return result
}

// TestTrainOnline trains by imitation and reinforcement, looks at what is left, and
// uses it as what it is: a policy, an expert, data to learn from.
func TestTrainOnline(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "run")
	args := toy("hindsight", out)
	result := runOnline(t, args...)
	if result.Status != checkpoint.Finished || result.Step != 4 || result.Best == nil || result.Directory != out || len(result.Environments) != 2 {
		t.Fatalf("the run is %+v", result.Run)
	}
	// On one video, and on many.
	for _, e := range result.Environments {
		if e.Scenario != "abr/fit" || !strings.HasPrefix(e.Expert, "offline-table") || e.Server != "" {
			t.Errorf("it has played %+v", e)
		}
	}
	played := result.Best.Tasks[0].Scenarios[0]
	if played.Scenario != "abr/valid-fit" || played.Episodes == 0 || played.Metric != "qoe" || played.Score != *result.Best.Score {
		t.Errorf("the best is %+v", played)
	}
	for _, name := range []string{"run.json", "model.safetensors", "last.safetensors", "metrics.jsonl", "curves.svg"} {
		if len(readFile(t, out, name)) == 0 {
			t.Errorf("%s is empty", name)
		}
	}
	model := readFile(t, out, "model.safetensors")
	if table, err := runCommand(t, args...); err != nil || !strings.Contains(table, "abr/valid-fit") || !strings.Contains(table, "the best model is that of iteration") {
		t.Errorf("the same command again: %v\n%s", err, table)
	}
	if again := runOnline(t, "train", "online", "--resume", "--out", out); again.Status != checkpoint.Finished {
		t.Errorf("--resume: %+v", again.Run)
	}
	if !bytes.Equal(model, readFile(t, out, "model.safetensors")) {
		t.Error("the model has changed")
	}

	if r := runRollout(t, "--scenario", "abr/valid-fit", "--episodes", "2", "--policies", "bba,"+out); len(r.Results) != 2 || r.Results[1].Policy != out {
		t.Errorf("a rollout of the run: %+v", r.Results[1])
	}
	data := filepath.Join(dir, "labelled")
	runCollect(t, "--scenario", "abr/train", "--config", `{"max_steps": 12}`, "--policies", "bba", "--episodes", "8", "--expert", out, "--reference-episodes", "0", "--out", data)
	recorded := filepath.Join(out, "data")
	for _, data := range []string{data, recorded} {
		if _, err := runCommand(t, "data", "validate", data); err != nil {
			t.Errorf("%s: %v", data, err)
		}
		student := runTrain(t, smallModel("--data", data, "--out", data+"-student", "--no-play")...)
		if student.Status != checkpoint.Finished {
			t.Errorf("learning from %s: %+v", data, student.Run)
		}
	}
}

// TestTrainOnlineEverywhere trains in the other environments, and begins with what
// was trained.
func TestTrainOnlineEverywhere(t *testing.T) {
	dir := t.TempDir()
	for preset, task := range map[string]string{"cjs-imitation": "cjs", "bandwidth-mlp": "cc"} {
		out := filepath.Join(dir, task)
		run := runOnline(t, toy(preset, out)...)
		if run.Status != checkpoint.Finished || run.Best == nil || run.Model.Tasks[0].Name != task {
			t.Errorf("%s: %+v", preset, run.Run)
		}
		if table, err := runCommand(t, toy(preset, out)...); err != nil || strings.Contains(table, "scenario") != (task == "cc") || !strings.Contains(table, out+": "+map[string]string{"cc": "the best model is that of iteration", "cjs": "the last model is kept"}[task]) {
			t.Errorf("%s: it prints %s (%v)", preset, table, err)
		}
		next := runOnline(t, toy(preset, out+"-2", "--init", out, "--no-play", "--iterations", "1")...)
		if next.Init == nil || next.Init.SHA256 != run.Best.SHA256 || next.Parameters != run.Parameters {
			t.Errorf("%s: begun with %+v", preset, next.Init)
		}
	}
}

// TestTrainOnlineOnAServer gives the same bits as in this process.
func TestTrainOnlineOnAServer(t *testing.T) {
	s := startServe(t, "--addr", "127.0.0.1:0")
	defer s.stop(t)
	dir := t.TempDir()
	here, there := filepath.Join(dir, "here"), filepath.Join(dir, "there")
	for _, preset := range []string{"pensieve", "hindsight"} {
		runOnline(t, toy(preset, here+preset, "--workers", "1")...)
		run := runOnline(t, toy(preset, there+preset, "--server", s.url)...)
		if run.Environments[0].Server != s.url {
			t.Errorf("%s has played %+v", preset, run.Environments)
		}
		if !bytes.Equal(readFile(t, here+preset, "model.safetensors"), readFile(t, there+preset, "model.safetensors")) {
			t.Errorf("%s: the model is another", preset)
		}
	}
	_, err := runCommand(t, toy("cjs-imitation", filepath.Join(dir, "planned"), "--server", s.url, "--set", "expert=lookahead")...)
	if err == nil || !strings.Contains(err.Error(), "run the environments here") {
		t.Errorf("an expert that plans: %v", err)
	}
}

// interruptOnline ends a run after its second iteration, as Ctrl-C does, and returns
// what it says.
func interruptOnline(t *testing.T, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	said := &cancelling{text: "iteration 2:", cancel: cancel}
	root := newRootCommand()
	root.SetArgs(args)
	root.SetOut(new(bytes.Buffer))
	root.SetErr(said)
	if err := root.ExecuteContext(ctx); !errors.Is(err, context.Canceled) {
		t.Fatalf("%v, want canceled; it says %s", err, said.written.String())
	}
	return said.written.String()
}

// TestTrainOnlineGoesOn: the same command goes on where it was interrupted, to the
// same bits; so does a run whose server has died, on another one.
func TestTrainOnlineGoesOn(t *testing.T) {
	dir := t.TempDir()
	whole, parts, moved := filepath.Join(dir, "whole"), filepath.Join(dir, "parts"), filepath.Join(dir, "moved")
	runOnline(t, toy("hindsight", whole)...)
	if text := interruptOnline(t, toy("hindsight", parts)...); !strings.Contains(text, "trailblazer train online --resume --out "+parts) {
		t.Errorf("it says %s", text)
	}
	run, err := checkpoint.Read(parts)
	if err != nil || run.Status != checkpoint.Stopped || run.Step >= run.Steps {
		t.Fatalf("%+v: %v", run, err)
	}
	if run := runOnline(t, toy("hindsight", parts)...); run.Status != checkpoint.Finished {
		t.Errorf("the run is %+v", run.Run)
	}
	first, second := startServe(t, "--addr", "127.0.0.1:0"), startServe(t, "--addr", "127.0.0.1:0")
	defer second.stop(t)
	interruptOnline(t, toy("hindsight", moved, "--server", first.url)...)
	first.stop(t)
	resume := []string{"train", "online", "--resume", "--out", moved}
	if _, err := runCommand(t, resume...); err == nil || !strings.Contains(err.Error(), "no answer from the server at "+first.url) {
		t.Errorf("without its server: %v", err)
	}
	runOnline(t, append(resume, "--server", second.url)...)
	for _, out := range []string{parts, moved} {
		if !bytes.Equal(readFile(t, whole, "model.safetensors"), readFile(t, out, "model.safetensors")) {
			t.Errorf("%s: the model is another than that of an uninterrupted run", out)
		}
	}
}

// TestTrainOnlineKeepsOthersDirectories: what lies in --out and is something else
// stays as it is.
func TestTrainOnlineKeepsOthersDirectories(t *testing.T) {
	dir := t.TempDir()
	data, offline, out := filepath.Join(dir, "data"), filepath.Join(dir, "offline"), filepath.Join(dir, "run")
	collectABR(t, data)
	runTrain(t, smallModel("--data", data, "--out", offline, "--no-play")...)
	runOnline(t, toy("pensieve", out, "--no-play")...)
	for _, test := range []struct {
		args []string
		want string
	}{
		{toy("pensieve", data), "is a data set"},
		{toy("pensieve", offline), "trailblazer train"},
		{[]string{"train", "online", "--resume", "--out", offline}, "go on with it by trailblazer train --resume"},
		{[]string{"train", "--resume", "--out", out}, "go on with it by trailblazer train online --resume"},
		{append([]string{"train"}, smallModel("--data", data, "--out", out, "--no-play")...), "was trained by trailblazer train online"},
		{toy("pensieve", out, "--no-play", "--seed", "2"), "seed"},
		{toy("pensieve", out), "validation plays nothing"},
	} {
		if _, err := runCommand(t, test.args...); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v: the error is %v, without %q", test.args, err, test.want)
		}
	}
}

// TestTrainOnlineExamples: what --help shows can be typed.
func TestTrainOnlineExamples(t *testing.T) {
	commands := 0
	for line := range strings.SplitSeq(newTrainOnlineCommand().Example, "\n") {
		args := strings.Fields(line)
		if len(args) == 0 || args[0] != "trailblazer" {
			continue
		}
		commands++
		if err := checkCommand(args[1:]); err != nil {
			t.Errorf("%s: %v", line, err)
		}
		if at := slices.Index(args, "--preset"); at >= 0 && !slices.Contains(online.Presets(), args[at+1]) {
			t.Errorf("%s: there is no such preset", line)
		}
	}
	if commands < 10 {
		t.Errorf("%d commands were found", commands)
	}
	if _, err := os.Stat("build"); err == nil {
		t.Error("the examples were run")
	}
}
