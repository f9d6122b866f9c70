package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"trailblazer/abrsim/abrenv"
	"trailblazer/api/env"
	"trailblazer/api/env/vector"
	"trailblazer/datasets/record"
	"trailblazer/datasets/replay"
	"trailblazer/datasets/traj"
	"trailblazer/envserver/catalog"
	"trailblazer/internal/testdata"
)

// recordABR makes a data set of four episodes of the built-in data, whose
// last cell change may change.
func recordABR(t *testing.T, change func(*traj.Episode)) string {
	t.Helper()
	c, err := catalog.New(catalog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	factory, err := c.Factory(abrenv.ID, "abr/train", json.RawMessage(`{"max_steps": 8}`))
	if err != nil {
		t.Fatal(err)
	}
	v, err := vector.New(factory, 2, env.SameStep, nil)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "set")
	w, err := traj.Create(dir, factory.Spec(), traj.Labels{}, traj.WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	recorder := record.New(func(string, string, *env.Spec) (record.Writer, func(), error) {
		return &changing{w, change}, func() {}, nil
	})
	recording, err := recorder.Record(v, env.RecordOptions{Policy: "lowest", Source: "test"})
	if err != nil {
		t.Fatal(err)
	}
	seeds := env.ResetOptions{Seeds: []uint64{1}}
	shown, err := v.Reset(seeds)
	if err != nil {
		t.Fatal(err)
	}
	recording.Reset(&seeds, shown)
	action := env.NewArrays(env.Leaves(v.Spec().Action), 2)
	for range 16 {
		out, err := v.Step(action)
		if err != nil {
			t.Fatal(err)
		}
		recording.Step(action, out)
	}
	if err := recording.Close(); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// changing is a writer of changed episodes.
type changing struct {
	*traj.Writer
	change func(*traj.Episode)
}

func (w *changing) Add(e *traj.Episode) (bool, error) {
	if w.change != nil {
		w.change(e)
	}
	return w.Writer.Add(e)
}

func TestVerify(t *testing.T) {
	dir := recordABR(t, nil)
	out, err := runCommand(t, "verify", dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"trailblazer/ABR-v0: 4 episodes of 32 steps\n", "exact         4     32", "different         0      0"} {
		if !strings.Contains(out, want) {
			t.Errorf("lacks %q:\n%s", want, out)
		}
	}
	if out, err = runCommand(t, "verify", dir, "--episodes", "1"); err != nil || !strings.Contains(out, "trailblazer/ABR-v0: 1 episode of 8 steps\n") {
		t.Errorf("%v\n%s", err, out)
	}
	out, err = runCommand(t, "verify", dir, "--json", "--episodes", "3", "--policies", "lowest", "--scenarios", "abr/train")
	if err != nil {
		t.Fatal(err)
	}
	var result replay.Result
	if err := json.Unmarshal([]byte(out), &result); err != nil || result.Exact != (replay.Count{Episodes: 3, Steps: 24}) {
		t.Errorf("%v: %s", err, out)
	}
}

func TestVerifyFindsWhatDiffers(t *testing.T) {
	dir := recordABR(t, func(e *traj.Episode) {
		if e.Source == "test/1/0" {
			traj.Of[float64](e.Steps.Find("info.buffer_ms"))[5] = -1
		}
	})
	out, err := runCommand(t, "verify", dir)
	if err == nil || err.Error() != "1 of 4 episodes differ from what was recorded" {
		t.Errorf("error %v", err)
	}
	if want := "episode 1 (lowest in abr/train, train-00000): step 5, info.buffer_ms: recorded -1, replayed "; !strings.Contains(out, want) {
		t.Errorf("lacks %q:\n%s", want, out)
	}
	out, err = runCommand(t, "verify", dir, "--json")
	var result replay.Result
	if jsonErr := json.Unmarshal([]byte(out), &result); err == nil || jsonErr != nil || len(result.Differences) != 1 || result.Differences[0].Column != "info.buffer_ms" {
		t.Errorf("%v, %v: %s", err, jsonErr, out)
	}
}

func TestVerifyAsksPolicies(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "set")
	if _, err := runCommand(t, "collect", "--scenario", "abr/train", "--policies", "bba,random,offline-beam:width=3", "--episodes", "3", "--expert", "none", "--reference-episodes", "0", "--out", dir, "--quiet"); err != nil {
		t.Fatal(err)
	}
	out, err := runCommand(t, "verify", dir, "--act")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"exact         9", "same actions         9", "other actions         0"} {
		if !strings.Contains(out, want) {
			t.Errorf("lacks %q:\n%s", want, out)
		}
	}
}

// TestVerifyThatProvesNothingFails: a script must not take episodes that can't
// be played again, or none at all, for exact ones.
func TestVerifyThatProvesNothingFails(t *testing.T) {
	unseeded := func(e *traj.Episode) { e.Seeded, e.Start = false, nil }
	some := 0
	for name, test := range map[string]struct {
		dir  string
		args []string
		want string
	}{
		"no seeds":          {recordABR(t, unseeded), nil, "nothing was proven exact: none of 4 episodes can be played again: it has neither a seed nor the state that it began in"},
		"a policy unknown":  {recordABR(t, nil), []string{"--act"}, "no policy was asked: none of 4 episodes has a policy to ask: policy lowest is not known here"},
		"no episodes":       {recordNothing(t), nil, "nothing was proven exact: the data set has no episodes"},
		"some can be":       {recordABR(t, func(e *traj.Episode) { unseededOnce(e, &some) }), nil, ""},
		"no seeds, as JSON": {recordABR(t, unseeded), []string{"--json"}, "nothing was proven exact"},
	} {
		out, err := runCommand(t, append([]string{"verify", test.dir}, test.args...)...)
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) || out == "" {
			t.Errorf("%s: error %v, want %q, after\n%s", name, err, test.want, out)
		}
	}
}

// unseededOnce takes the first episode's start away.
func unseededOnce(e *traj.Episode, seen *int) {
	if *seen++; *seen == 1 {
		e.Seeded, e.Start = false, nil
	}
}

// recordNothing makes a data set without episodes.
func recordNothing(t *testing.T) string {
	t.Helper()
	c, err := catalog.New(catalog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	factory, err := c.Factory(abrenv.ID, "abr/train", nil)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "set")
	w, err := traj.Create(dir, factory.Spec(), traj.Labels{}, traj.WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestVerifyRefuses(t *testing.T) {
	if _, err := runCommand(t, "verify", t.TempDir()); err == nil || !strings.Contains(err.Error(), "no data set") {
		t.Errorf("an empty directory: %v", err)
	}
	dir := recordABR(t, nil)
	if _, err := runCommand(t, "verify", dir, "--episodes", "-1"); err == nil || !strings.Contains(err.Error(), "--episodes is -1") {
		t.Errorf("-1 episodes: %v", err)
	}
	if _, err := runCommand(t, "verify", dir, "--policies", "bba"); err == nil || !strings.Contains(err.Error(), `policies ["lowest"]`) {
		t.Errorf("a policy that did not play: %v", err)
	}
	// The same scenario on the real data.
	if _, err := runCommand(t, "verify", dir, "--data", testdata.Dir(t)); err == nil || !strings.Contains(err.Error(), "abr/train is another one here") {
		t.Errorf("other data: %v", err)
	}
}

// TestVerifyGoesOnWithoutAnotherScenario: what is of a scenario that is another
// one here is counted, the rest is proven, and the exit code tells.
func TestVerifyGoesOnWithoutAnotherScenario(t *testing.T) {
	here := recordABR(t, nil)
	set, err := traj.Open(here)
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	headers, err := set.Headers()
	if err != nil {
		t.Fatal(err)
	}
	e, err := set.Episode(&headers[0])
	if err != nil {
		t.Fatal(err)
	}
	spec, err := set.Info().Spec()
	if err != nil {
		t.Fatal(err)
	}
	spec.Scenario, spec.Config, spec.ContentHash = "abr/train", set.Info().Scenarios[0].Config, strings.Repeat("5", 64)
	e.Source, e.ScenarioHash = "elsewhere", spec.ContentHash
	there := filepath.Join(t.TempDir(), "there")
	w, err := traj.Create(there, spec, traj.Labels{}, traj.WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Add(e); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	both := filepath.Join(t.TempDir(), "both")
	if _, err := traj.Merge(t.Context(), both, []string{there, here}, traj.RewriteOptions{}); err != nil {
		t.Fatal(err)
	}
	out, err := runCommand(t, "verify", both)
	if err == nil || !strings.Contains(err.Error(), "1 of 5 episodes were not played again: abr/train is another one here (content hash ") || !strings.Contains(err.Error(), "--data") {
		t.Errorf("error %v", err)
	}
	for _, want := range []string{"exact         4     32", "not verifiable         1      8", "than where it was recorded (555555555555...)"} {
		if !strings.Contains(out, want) {
			t.Errorf("lacks %q:\n%s", want, out)
		}
	}
}
