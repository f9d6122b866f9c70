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

// smallModel is of those flags with which training takes no time.
func smallModel(args ...string) []string {
	return append(args, "--steps", "6", "--batch", "4", "--backend", "go", "--set", "backbone.width=16", "--set", "backbone.layers=1",
		"--set", "validation.every=3", "--set", "tasks.abr.validation.episodes=2", "--set", "tasks.abr.data.held_out_by=seed")
}

func runTrain(t *testing.T, args ...string) trained {
	t.Helper()
	out, err := runCommand(t, append([]string{"train", "--json"}, args...)...)
	if err != nil {
		t.Fatal(err)
	}
	var result trained
	if err := json.Unmarshal([]byte(out), &result); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	return result
}

// collectABR fills a data set with short videos.
func collectABR(t *testing.T, dir string) {
	t.Helper()
	runCollect(t, "--scenario", "abr/train", "--config", `{"max_steps": 12}`, "--policies", "bba,random", "--mix", "draw", "--episodes", "8", "--reference-episodes", "0", "--out", dir)
}

func readFile(t *testing.T, path ...string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestTrain trains on files, looks at what is left, plays it, and goes on
// without doing anything twice.
func TestTrain(t *testing.T) {
	dir := t.TempDir()
	data, out := filepath.Join(dir, "data"), filepath.Join(dir, "run")
	collectABR(t, data)
	args := smallModel("--data", data, "--out", out)
	result := runTrain(t, args...)
	if result.Status != checkpoint.Finished || result.Step != 6 || result.Best == nil || result.Best.By != "the score in abr/valid" || result.Directory != out {
		t.Fatalf("the run is %+v", result.Run)
	}
	task := result.Best.Tasks[0]
	if task.Task != "abr" || task.Batches == 0 || len(task.Scenarios) != 1 || task.Scenarios[0].Episodes != 2 || task.Scenarios[0].Metric != "qoe" || task.Scenarios[0].Score != *result.Best.Score {
		t.Errorf("the best is %+v", task)
	}
	for _, name := range []string{"run.json", "model.safetensors", "last.safetensors", "metrics.jsonl", "curves.svg"} {
		if len(readFile(t, out, name)) == 0 {
			t.Errorf("%s is empty", name)
		}
	}
	model := readFile(t, out, "model.safetensors")
	if table, err := runCommand(t, append([]string{"train"}, args...)...); err != nil || !strings.Contains(table, "abr/valid") || !strings.Contains(table, "the best model is that of step") {
		t.Errorf("the same command again: %v\n%s", err, table)
	}
	if again := runTrain(t, "--resume", "--out", out); again.Status != checkpoint.Finished || again.Data[0].Hash != result.Data[0].Hash {
		t.Errorf("--resume: %+v", again.Run)
	}
	if !bytes.Equal(model, readFile(t, out, "model.safetensors")) {
		t.Error("the model has changed")
	}
	played := runRollout(t, "--scenario", "abr/valid", "--episodes", "2", "--policies", out)
	if got := played.Results[0].Metrics["qoe"].Mean; got != task.Scenarios[0].Value {
		t.Errorf("in a rollout the model reaches %v, in validation %v", got, task.Scenarios[0].Value)
	}

	second := runTrain(t, append(args[:len(args):len(args)], "--out", filepath.Join(dir, "second"), "--init", out)...)
	if second.Init == nil || second.Init.Run != out || second.Init.New != 0 {
		t.Errorf("a run that begins with another is %+v", second.Init)
	}
}

// TestTrainFromAServer gives the same model as from files.
func TestTrainFromAServer(t *testing.T) {
	dir := t.TempDir()
	collectABR(t, filepath.Join(dir, "sets", "mine"))
	s := startServe(t, "--addr", "127.0.0.1:0", "--datasets", filepath.Join(dir, "sets"))
	defer s.stop(t)
	here, there := filepath.Join(dir, "here"), filepath.Join(dir, "there")
	runTrain(t, append(smallModel("--data", filepath.Join(dir, "sets", "mine"), "--out", here), "--no-play")...)
	result := runTrain(t, append(smallModel("--server", s.url, "--dataset", "mine", "--out", there), "--no-play")...)
	if result.Data[0].Server != s.url || result.Data[0].Name != "mine" || result.Best.By != "loss on held-out episodes" {
		t.Errorf("the run is %+v", result.Run)
	}
	if !bytes.Equal(readFile(t, here, "model.safetensors"), readFile(t, there, "model.safetensors")) {
		t.Error("the model is another")
	}
	if resumed := runTrain(t, "--resume", "--out", there); resumed.Status != checkpoint.Finished {
		t.Errorf("resumed: %+v", resumed.Run)
	}
}

func TestPrintConfig(t *testing.T) {
	dir := t.TempDir()
	collectABR(t, filepath.Join(dir, "data"))
	file := filepath.Join(dir, "config.json")
	if err := os.WriteFile(file, []byte(`{"backbone": {"width": 32}, "tasks": [{"name": "abr", "data": {"batch": 7}}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := runCommand(t, "train", "--data", filepath.Join(dir, "data"), "--print-config", "--config", file, "--seed", "9", "--set", "schedule.rate=0.5", "--set", "backbone.lora.rank=2")
	if err != nil {
		t.Fatal(err)
	}
	var config struct {
		Seed     uint64
		Schedule struct{ Rate float64 }
		Backbone struct {
			Width, Heads int
			LoRA         struct{ Targets []string }
		}
		Tasks []struct {
			Name string
			Data struct{ Batch int }
		}
	}
	if err := json.Unmarshal([]byte(out), &config); err != nil {
		t.Fatal(err)
	}
	if config.Seed != 9 || config.Schedule.Rate != 0.5 || config.Backbone.Width != 32 || config.Backbone.Heads == 0 || len(config.Backbone.LoRA.Targets) != 2 ||
		len(config.Tasks) != 1 || config.Tasks[0].Data.Batch != 7 {
		t.Errorf("the config is %s", out)
	}
	// What is printed can be given back.
	if err := os.WriteFile(file, []byte(out), 0o600); err != nil {
		t.Fatal(err)
	}
	again, err := runCommand(t, "train", "--data", filepath.Join(dir, "data"), "--print-config", "--config", file, "--seed", "9")
	if err != nil || again != out {
		t.Errorf("given back: %v\n%s", err, again)
	}
}

func TestTrainRefuses(t *testing.T) {
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	collectABR(t, data)
	run, traces := filepath.Join(dir, "run"), filepath.Join(dir, "real")
	if err := os.MkdirAll(filepath.Join(traces, "abr", "traces"), 0o755); err != nil {
		t.Fatal(err)
	}
	runTrain(t, append(smallModel("--data", data, "--out", run), "--no-play")...)
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"--data", data}, "--out names no directory"},
		{[]string{"--out", "x"}, "give --data DIR, or --server URL"},
		{[]string{"--out", "x", "--dataset", "mine"}, "give --server URL too"},
		{[]string{"--out", "x", "--server", "http://127.0.0.1:1"}, "give --dataset NAME too"},
		{[]string{"--out", "x", "--data", filepath.Join(dir, "nowhere")}, "--data: "},
		{[]string{"--print-config", "--tasks", "abr"}, "--print-config needs them too"},
		{[]string{"--out", "x", "--data", traces}, "these are"},
		{[]string{"--out", "x", "--data", data, "--steps", "0"}, "--steps is 0: give at least 1"},
		{[]string{"--out", "x", "--data", data, "--batch", "0"}, "--batch is 0"},
		{[]string{"--out", "x", "--data", data, "--workers", "-3"}, "--workers is -3"},
		{[]string{"--out", "x", "--data", data, "--config", "{\n\"steps\": }"}, "from line 2, column 10 on"},
		{[]string{"--out", "x", "--data", data, "--config", "{\"steps\": }"}, `give an object such as {"schedule"`},
		{[]string{"--out", "x", "--data", data, "--config", "{\"schedule\": {\"rate\": \"fast\"}}"}, "give a number, such as 0.001"},
		{[]string{"--out", "x", "--data", data, "--tasks", "cjs"}, "there are abr"},
		{[]string{"--out", "x", "--data", data, "--preset", "huge"}, "give one of small"},
		{[]string{"--out", "x", "--data", data, "--set", "backbone.width"}, "give PATH=VALUE"},
		{[]string{"--out", "x", "--data", data, "--set", "backbone.depth=3"}, "backbone.depth is no known field"},
		{[]string{"--out", "x", "--data", data, "--set", "steps=0"}, "config.steps is 0: give at least 1"},
		{[]string{"--out", "x", "--data", data, "--set", "tasks.abr.validation.scenario=abr/ood2"}, "by this one their quality is to be measured"},
		{[]string{"--out", "x", "--data", data, "--config", filepath.Join(dir, "nothing.json")}, "nothing.json"},
		{[]string{"--out", "x", "--data", data, "--init", dir}, "--init: "},
		{[]string{"--out", "x", "--data", data, "--backend", "abacus"}, "abacus"},
		{[]string{"--out", "x", "--resume"}, "holds no run"},
		{[]string{"--out", run, "--resume", "--steps", "7"}, "leave out --steps"},
		{[]string{"--out", data, "--data", data}, "no run's"},
		{smallModel("--out", run, "--data", data, "--seed", "2"), "its seed is 1, and not 2"},
	} {
		for i, arg := range test.args {
			if arg == "x" {
				test.args[i] = filepath.Join(dir, "x")
			}
		}
		if _, err := runCommand(t, append([]string{"train"}, test.args...)...); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v: the error is %v, without %q", test.args, err, test.want)
		}
	}
}
