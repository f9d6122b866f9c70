package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"trailblazer/envserver/catalog"
	"trailblazer/internal/rollout"
	"trailblazer/internal/testdata"
)

// runCommand runs the program in this process.
func runCommand(t *testing.T, args ...string) (stdout string, err error) {
	t.Helper()
	t.Setenv("TRAILBLAZER_DATA", "")
	var out, errOut bytes.Buffer
	root := newRootCommand()
	root.SetArgs(args)
	root.SetOut(&out)
	root.SetErr(&errOut)
	err = root.ExecuteContext(t.Context())
	return out.String(), err
}

func runRollout(t *testing.T, args ...string) rollout.Result {
	t.Helper()
	out, err := runCommand(t, append([]string{"rollout", "--json"}, args...)...)
	if err != nil {
		t.Fatal(err)
	}
	var result rollout.Result
	if err := json.Unmarshal([]byte(out), &result); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	return result
}

// The reference's scores, from specs of the simulator it was run on.
func TestReferenceScoresToTheLastBit(t *testing.T) {
	data := testdata.Dir(t)
	for scenario, want := range map[string]map[string]float64{
		"abr/default-test": {"bba": 0.7641513827696078, "mpc": 0.8484549686275232},
		"abr/ood2":         {"bba": 0.586737987687765, "mpc": 0.6309436397166197},
	} {
		result := runRollout(t, "--scenario", scenario, "--policies", "bba,mpc", "--data", data)
		if len(result.Results) != 2 || result.DataSource != "real" || result.Data["traces"] == "" {
			t.Fatalf("%s: %+v", scenario, result)
		}
		for _, r := range result.Results {
			qoe := r.Metrics["qoe"]
			if qoe.Mean != want[r.Policy] {
				t.Errorf("%s, %s: mean QoE %v, want %v", scenario, r.Policy, qoe.Mean, want[r.Policy])
			}
			if !(qoe.CI95[0] < qoe.Mean && qoe.Mean < qoe.CI95[1]) || r.Episodes != 100 || r.Steps != 4700 {
				t.Errorf("%s: %+v", scenario, r)
			}
		}
	}
}

func TestStepLogIsTheGoldenFile(t *testing.T) {
	data := testdata.Dir(t)
	path := filepath.Join(t.TempDir(), "steps.csv")
	runRollout(t, "--scenario", "abr/default-test", "--policies", "bba,mpc", "--data", data, "--log", path)
	rows := readCSV(t, path)
	var want [][]string
	for i, policy := range []string{"bba", "mpc"} {
		golden := readCSV(t, filepath.Join(data, "..", "golden", "abr", policy+"_fcc-test_video1.csv"))
		episode := -1
		for k, row := range golden {
			switch {
			case k > 0:
				if row[1] == "0" { // The first chunk of the next trace.
					episode++
				}
				want = append(want, append(row, policy, strconv.Itoa(episode)))
			case i == 0:
				want = append(want, append(row, "policy", "episode"))
			}
		}
	}
	if len(rows) != len(want) {
		t.Fatalf("%d rows, want %d", len(rows), len(want))
	}
	for k := range want {
		if !slices.Equal(rows[k], want[k]) {
			t.Fatalf("row %d: %q, want %q", k, rows[k], want[k])
		}
	}
}

func readCSV(t *testing.T, path string) [][]string {
	t.Helper()
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		t.Skipf("no golden files beside the data: %s is missing", filepath.Base(path))
	}
	return testdata.ReadCSV(t, path)
}

func TestRolloutDoesNotDependOnWorkers(t *testing.T) {
	dir := t.TempDir()
	var outputs, logs []string
	for _, workers := range []string{"1", "3"} {
		log := filepath.Join(dir, workers)
		result := runRollout(t, "--scenario", "abr/train", "--policies", "random,mpc", "--episodes", "7", "--seed", "5", "--workers", workers, "--log", log)
		result.Command = ""
		text, err := json.Marshal(result)
		if err != nil {
			t.Fatal(err)
		}
		steps, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		outputs, logs = append(outputs, string(text)), append(logs, string(steps))
	}
	if outputs[0] != outputs[1] {
		t.Errorf("one worker\n%s\nthree\n%s", outputs[0], outputs[1])
	}
	if logs[0] != logs[1] {
		t.Error("the step logs differ")
	}
}

func TestRolloutRefusals(t *testing.T) {
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"no scenario":       {[]string{"--policies", "bba"}, "scenario"},
		"unknown scenario":  {[]string{"--scenario", "abr/nope", "--policies", "bba"}, "abr/default-test"},
		"unknown policy":    {[]string{"--scenario", "abr/train", "--policies", "bba,nope"}, "robust-mpc"},
		"negative episodes": {[]string{"--scenario", "abr/train", "--policies", "bba", "--episodes", "-1"}, "--episodes"},
		"bad config":        {[]string{"--scenario", "abr/train", "--policies", "bba", "--config", "{"}, "--config"},
		"unknown setting":   {[]string{"--scenario", "abr/train", "--policies", "bba", "--config", `{"sped": 1}`}, "sped"},
		"no such data":      {[]string{"--scenario", "abr/train", "--policies", "bba", "--data", "/nonexistent"}, "--data"},
		"no such log":       {[]string{"--scenario", "abr/train", "--policies", "bba", "--log", "/nonexistent/log"}, "--log"},
		"dead server":       {[]string{"--scenario", "abr/train", "--policies", "bba", "--server", "127.0.0.1:1"}, "127.0.0.1:1"},
		"no policies":       {[]string{"--scenario", "abr/train", "--policies", ""}, "policy"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := runCommand(t, append([]string{"rollout"}, test.args...)...)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want an error with %q", err, test.want)
			}
		})
	}
}

func TestRolloutTable(t *testing.T) {
	out, err := runCommand(t, "rollout", "--scenario", "abr/default-test", "--policies", "bba", "--episodes", "3")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"abr/default-test, built-in data", "policy", "95 % interval", "bba", "141", "rebuffer_s"} {
		if !strings.Contains(out, want) {
			t.Errorf("table lacks %q:\n%s", want, out)
		}
	}
}

func TestRolloutIntervals(t *testing.T) {
	out, err := runCommand(t, "rollout", "--scenario", "cc/custom", "--policies", "oracle,constant:500", "--intervals", "--config", `{"max_steps": 20}`)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`oracle +mape +0\.0000 +\[0\.0000, 0\.0000\]`, `constant:500 +queue_delay_p95_ms +[0-9.]+ +\[[0-9.]+, [0-9.]+\] +ms`} {
		if !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("no line matches %q:\n%s", want, out)
		}
	}
}

func TestInterruptedRolloutKeepsWhatIsFinished(t *testing.T) {
	flags := rolloutFlags{scenario: "abr/train"}
	c, err := catalog.New(catalog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	source, err := flags.source(t.Context(), c, nil)
	if err != nil {
		t.Fatal(err)
	}
	report, err := c.Report(source.Spec())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	result, err := rollout.Run(ctx, source, report, rollout.Options{
		Policies: []string{"bba"}, Episodes: 10_000, Workers: 2,
		Progress: func(_ string, done, _ int) {
			if done == 20 {
				cancel()
			}
		},
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want context.Canceled", err)
	}
	if len(result.Results) != 1 || result.Results[0].Episodes < 20 || result.Results[0].Episodes > 30 {
		t.Errorf("results %+v, want about 20 episodes", result.Results)
	}
}

func TestPoliciesTakeParameters(t *testing.T) {
	result := runRollout(t, "--scenario", "abr/ood1", "--policies", "bba:5,15,bba:low=5,high=20, fixed:3", "--episodes", "2")
	var names []string
	for _, r := range result.Results {
		names = append(names, r.Policy)
	}
	if got, want := strings.Join(names, " "), "bba:5,15 bba:low=5,high=20 fixed:3"; got != want {
		t.Errorf("policies %s, want %s", got, want)
	}
}

func TestCommandLineQuotes(t *testing.T) {
	got := commandLine([]string{"/tmp/x/trailblazer", "rollout", "--config", `{"a": 'b'}`, ""})
	want := `trailblazer rollout --config '{"a": '\''b'\''}' ''`
	if got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
