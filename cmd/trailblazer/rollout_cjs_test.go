package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trailblazer/internal/testcjs"
	"trailblazer/internal/testdata"
)

// The reference's scores are in its description; logs are its golden files.
func TestSparkEpisodesAreTheGoldenFiles(t *testing.T) {
	data := testdata.Dir(t)
	for _, test := range []struct {
		scenario, name string
		fifo, fair     float64
		fifoSteps      int
	}{
		{"cjs/default-test", "default", 85.676578, 64.386067, 3410},
		{"cjs/ood1", "ood1", 365.977230, 200.543980, 3226},
	} {
		dir := t.TempDir()
		files := map[string]string{"steps": filepath.Join(dir, "steps.csv"), "jobs": filepath.Join(dir, "jobs.csv")}
		result := runRollout(t, "--scenario", test.scenario, "--seed", "666", "--policies", "fifo,fair", "--data", data, "--log", files["steps"], "--jobs", files["jobs"])
		for kind, path := range files {
			var want [][]string
			for i, policy := range []string{"fifo", "fair"} {
				for k, row := range testdata.ReadCSV(t, testcjs.Golden(t, policy+"_"+test.name+"_seed666_"+kind)) {
					switch {
					case k > 0:
						want = append(want, append(row, policy))
					case i == 0:
						want = append(want, append(row, "policy"))
					}
				}
			}
			got := testdata.ReadCSV(t, path)
			if len(got) != len(want) {
				t.Errorf("%s, %s: %d rows, want %d", test.scenario, kind, len(got), len(want))
				continue
			}
			for k := range want {
				if !slices.Equal(got[k], want[k]) {
					t.Errorf("%s, %s, row %d: %q, want %q", test.scenario, kind, k, got[k], want[k])
					break
				}
			}
		}
		for i, want := range []float64{test.fifo, test.fair} {
			r := result.Results[i]
			jct, bound := r.Metrics["average_jct_s"].Mean, r.Metrics["lower_bound_s"].Mean
			if math.Abs(jct-want) > 1e-6 || r.Episodes != 1 || !(bound > 10 && bound < jct) {
				t.Errorf("%s, %s: average completion time %v above the bound %v in %d episodes, want %v in one", test.scenario, r.Policy, jct, bound, r.Episodes, want)
			}
			if u := r.Metrics["utilisation"].Mean; !(u > 0.5 && u < 1) {
				t.Errorf("%s, %s: utilisation %v", test.scenario, r.Policy, u)
			}
		}
		if r := result.Results[0]; r.Steps != test.fifoSteps || r.Metrics["decisions"].Mean != float64(test.fifoSteps) {
			t.Errorf("%s, fifo: %+v, want %d steps", test.scenario, r, test.fifoSteps)
		}
	}
}

// tinySpark are arguments for a small cluster on built-in data.
var tinySpark = []string{"--scenario", "cjs/custom", "--config", `{"cluster": {"executors": 4}, "arrivals": {"jobs": 6}}`, "--seed", "3", "--policies", "fifo,fair,random"}

// TestSparkFilesAreTheSameOnAServer records here and there.
func TestSparkFilesAreTheSameOnAServer(t *testing.T) {
	server := startServe(t, "--addr", "127.0.0.1:0")
	defer server.stop(t)
	play := func(args ...string) map[string]string {
		dir := t.TempDir()
		args = append(args, tinySpark...)
		for _, file := range []string{"log", "jobs", "draw"} {
			args = append(args, "--"+file, filepath.Join(dir, file))
		}
		runRollout(t, args...)
		texts := map[string]string{}
		for _, file := range []string{"log", "jobs", "draw"} {
			text, err := os.ReadFile(filepath.Join(dir, file))
			if err != nil {
				t.Fatal(err)
			}
			texts[file] = string(text)
		}
		return texts
	}
	here, there := play("--episodes", "2"), play("--episodes", "2", "--server", server.url)
	if !maps.Equal(here, there) {
		t.Error("a server's files are others")
	}
	lines := strings.Split(strings.TrimSpace(here["jobs"]), "\n")
	if len(lines) != 1+3*2*6 || !strings.HasSuffix(lines[0], ",policy,episode") || !strings.HasSuffix(lines[len(lines)-1], ",random,1") {
		t.Errorf("jobs\n%s", here["jobs"])
	}
	for d := xml.NewDecoder(strings.NewReader(here["draw"])); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("the picture is no XML: %v", err)
		}
	}
	for _, want := range []string{"cjs/custom, seed 3", ">fifo<", ">fair<", ">random<", "6 of 6 jobs complete"} {
		if !strings.Contains(here["draw"], want) {
			t.Errorf("the picture lacks %q", want)
		}
	}
}

// TestRecordingChangesNoResult: also not the content hash.
func TestRecordingChangesNoResult(t *testing.T) {
	plain := runRollout(t, tinySpark...)
	recorded := runRollout(t, append([]string{"--jobs", filepath.Join(t.TempDir(), "jobs.csv")}, tinySpark...)...)
	plain.Command, recorded.Command = "", ""
	texts := make([][]byte, 2)
	for i, r := range []any{plain, recorded} {
		var err error
		if texts[i], err = json.Marshal(r); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(texts[0], texts[1]) {
		t.Errorf("recorded\n%s\nplain\n%s", texts[1], texts[0])
	}
}

func TestGanttIsAnotherNameOfDraw(t *testing.T) {
	var pictures []string
	for _, flag := range []string{"--draw", "--gantt"} {
		path := filepath.Join(t.TempDir(), "out.svg")
		runRollout(t, append([]string{flag, path}, tinySpark...)...)
		picture, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		pictures = append(pictures, string(picture))
	}
	if !strings.Contains(pictures[0], "running executors") || pictures[0] != pictures[1] {
		t.Error("the pictures of --draw and --gantt differ, or show no cluster")
	}
	dir := t.TempDir()
	_, err := runCommand(t, append([]string{"rollout", "--draw", filepath.Join(dir, "a"), "--gantt", filepath.Join(dir, "b")}, tinySpark...)...)
	if err == nil || !strings.Contains(err.Error(), "--gantt is another name of --draw") {
		t.Errorf("both names: %v", err)
	}
}

func TestOnlySparkHasJobs(t *testing.T) {
	for flag, want := range map[string]string{
		"--jobs": "--jobs: abr/train has no jobs", "--draw": "--draw: nothing is drawn of abr/train", "--gantt": "--gantt: nothing is drawn of abr/train",
	} {
		path := filepath.Join(t.TempDir(), "file")
		_, err := runCommand(t, "rollout", "--scenario", "abr/train", "--policies", "bba", flag, path)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", flag, err)
		}
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: the file is there (%v)", flag, err)
		}
	}
	for _, flag := range []string{"--draw", "--gantt"} {
		if _, err := runCommand(t, append([]string{"rollout", flag, "/nonexistent/out.svg"}, tinySpark...)...); err == nil || !strings.HasPrefix(err.Error(), flag+": ") {
			t.Errorf("no such directory: %v", err)
		}
	}
	if _, err := runCommand(t, "rollout", "--scenario", "cjs/custom", "--policies", "fifo", "--config", "[1]", "--jobs", filepath.Join(t.TempDir(), "jobs")); err == nil {
		t.Error("a config that is no object is accepted")
	}
}
