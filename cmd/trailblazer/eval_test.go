package main

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"trailblazer/api/env"
	client "trailblazer/clients/go"
	"trailblazer/internal/bench"
	"trailblazer/internal/rollout"
	"trailblazer/internal/testrun"
)

// writeRun keeps a run for these scenarios, whose weights nobody has trained, in
// the directory "runs/mine" of a new working directory.
func writeRun(t *testing.T, preset string, scenarios ...string) string {
	t.Helper()
	t.Chdir(t.TempDir())
	c, err := new(dataFlag).catalog()
	if err != nil {
		t.Fatal(err)
	}
	var specs []*env.Spec
	for _, name := range scenarios {
		id, _, err := findScenario(c.Environments(), name)
		if err != nil {
			t.Fatal(err)
		}
		factory, err := c.Factory(id, name, nil)
		if err != nil {
			t.Fatal(err)
		}
		specs = append(specs, factory.Spec())
	}
	dir := filepath.Join("runs", "mine")
	testrun.Write(t, dir, testrun.Options{Preset: preset, Shrink: true}, specs...)
	return dir
}

func TestEvalPlaysARunBesideOthers(t *testing.T) {
	dir := writeRun(t, "small", "abr/train", "cc/train")
	out, err := runCommand(t, "eval", dir, dir+":sample=1", "--episodes", "3", "--json",
		"--scenario", "abr/ood1,cc/ood-loss", "--policies", "random")
	if err == nil || !strings.Contains(err.Error(), "random") { // CC has none of this name.
		t.Fatalf("a policy of one environment: %v, %s", err, out)
	}
	out, err = runCommand(t, "eval", dir, dir+":sample=1", "--episodes", "3", "--json", "--scenario", "abr/ood1,cc/ood-loss")
	if err != nil {
		t.Fatal(err)
	}
	var e evaluated
	if err := json.Unmarshal([]byte(out), &e); err != nil {
		t.Fatal(err)
	}
	if len(e.Runs) != 2 || e.Runs[0].ContentHash == "" || len(e.Results) != 2 {
		t.Fatalf("%+v", e)
	}
	for i, want := range []string{"runs/mine runs/mine:sample=1 bba mpc", "runs/mine runs/mine:sample=1 gcc-prod request-rate"} {
		var names []string
		for _, r := range e.Results[i].Results {
			if names = append(names, r.Policy); r.Episodes != 3 {
				t.Errorf("%+v", r)
			}
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("played %s, want %s", got, want)
		}
	}
	if len(e.Notes) != 1 || !strings.Contains(e.Notes[0], "genet-sampled is left out") {
		t.Errorf("notes %q", e.Notes)
	}
	// Scores are on the scale from what is named as floor to the ceiling.
	abr, cc := &e.Results[0], &e.Results[1]
	for _, r := range []*evaluatedResult{abr, cc} {
		for _, p := range r.Results {
			want := 100 * (p.Metrics[r.Score.Metric].Mean - r.Score.FloorMean) / (r.Score.CeilingMean - r.Score.FloorMean)
			if got, ok := r.Scores[p.Policy]; !ok || got != want || r.Score.FloorMean == r.Score.CeilingMean {
				t.Errorf("%s scores %v in %s, want %v", p.Policy, got, r.Scenario, want)
			}
			if p.Versus != nil && p.Versus.Policy != dir {
				t.Errorf("%s is compared with %s", p.Policy, p.Versus.Policy)
			}
		}
	}
	if abr.Score.Floor != "fixed" || abr.Score.LowerIsBetter || cc.Score.Ceiling != "oracle" || !cc.Score.LowerIsBetter {
		t.Errorf("%+v, %+v", abr.Score, cc.Score)
	}
}

func TestEvalPrintsTables(t *testing.T) {
	dir := writeRun(t, "small", "abr/train", "cc/train")
	args := []string{"eval", dir, "--scenario", "abr/ood1,abr/ood2,cc/ood-loss", "--episodes", "2"}
	out, err := runCommand(t, args...)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(out) {
		if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > 80 && strings.Contains(line, "[") {
			t.Errorf("%d columns: %s", n, line)
		}
	}
	for text, times := range map[string]int{"vs first, %": 3, "score": 3, "bootstrap": 1, "quality of experience per chunk": 1, "reaches in the same episodes": 2, "rebuffer_s": 0} {
		if n := strings.Count(out, text); n != times {
			t.Errorf("%q is there %d times, want %d, in\n%s", text, n, times, out)
		}
	}
	if all, err := runCommand(t, append(args, "--all")...); err != nil || !strings.Contains(all, "rebuffer_s") || !strings.HasPrefix(all, out[:strings.Index(out, "abr/ood2")-1]) {
		t.Errorf("%v in\n%s", err, all)
	}
}

func TestShortNames(t *testing.T) {
	name := func(names ...string) (results []rollout.PolicyResult) {
		for _, n := range names {
			results = append(results, rollout.PolicyResult{Policy: n})
		}
		return results
	}
	if got := shortNames(name("mpc", "runs/of/a/whole/year/abr-large:sample=1")); got[0] != "mpc" || got[1] != "…year/abr-large:sample=1" {
		t.Errorf("%q", got)
	}
	if got := shortNames(name("runs/of/a/whole/year/abr-large:sample=1", "runs/of/another/year/abr-large:sample=1")); got[1] != "runs/of/another/year/abr-large:sample=1" {
		t.Errorf("names that are cut alike: %q", got)
	}
	for x, want := range map[float64]string{0.81234: "0.8123", -1.23456: "-1.235", 12345.6: "12346", -0.00001: "0.0000", 99.994: "99.99"} {
		if got := fourDigits(x); got != want {
			t.Errorf("%v is %s, want %s", x, got, want)
		}
	}
}

func TestEvalNamesWhatIsNoRun(t *testing.T) {
	dir := writeRun(t, "small", "abr/train")
	if _, err := runCommand(t, "collect", "--scenario", "abr/train", "--policies", "bba", "--episodes", "1", "--reference-episodes", "0", "--expert", "none", "--out", "abr"); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"eval", "rnu"}, "rnu holds no run: there is no run.json in it"},
		{[]string{"eval", "abr"}, "abr is a data set; train on it"},
		{[]string{"eval", "./abr:sample=1"}, "./abr is a data set; train on it"},
		{[]string{"policies", "abr"}, "abr is a data set"},
		{[]string{"policies", "runs"}, "holds no run"},
	} {
		if _, err := runCommand(t, test.args...); err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "known") {
			t.Errorf("%v: %v, want it to say %q", test.args, err, test.want)
		}
	}
	text, err := runCommand(t, "policies", "./"+dir)
	if err != nil || !strings.Contains(text, "a trained model of abr") || !strings.Contains(text, "sample=T") || !strings.Contains(text, "plays in trailblazer/ABR-v0") {
		t.Errorf("%v in\n%s", err, text)
	}
	var listing runListing
	if text, err = runCommand(t, "policies", dir, "--json"); err != nil || json.Unmarshal([]byte(text), &listing) != nil || len(listing.ContentHash) != 64 || len(listing.Environments) != 1 {
		t.Errorf("%v in\n%s", err, text)
	}
}

func TestEvalRefuses(t *testing.T) {
	dir := writeRun(t, "small", "abr/train")
	for name, args := range map[string][]string{
		"no trained model": {"eval", "mpc"},
		"holds no run":     {"eval", "runs/none"},
		"no run was":       {"eval", dir, "--scenario", "cjs/ood1"},
		"no scenario":      {"eval", dir, "--scenario", "abr/none"},
		"--config":         {"eval", dir, "--config", "{}"},
		"--episodes":       {"eval", dir, "--episodes", "-1"},
	} {
		if _, err := runCommand(t, args...); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v: %v", args, err)
		}
	}
}

func TestARunIsAPolicyWhereverOneIsAskedFor(t *testing.T) {
	dir := writeRun(t, "decision-transformer", "abr/train", "cjs/custom")
	result := runRollout(t, "--scenario", "abr/ood1", "--policies", "bba,"+dir+":sample=0.5,scale=0.9,"+dir, "--episodes", "3")
	if len(result.Results) != 3 || result.Results[1].Policy != dir+":sample=0.5,scale=0.9" {
		t.Errorf("%+v", result.Results)
	}
	out, err := runCommand(t, "bench", "abr", "--scenarios", "abr/ood1", "--policies", "mpc,"+dir, "--episodes", "2", "--seeds", "1000", "--json")
	if err != nil {
		t.Fatal(err)
	}
	var report bench.Report
	if err := json.Unmarshal([]byte(out), &report); err != nil || !strings.Contains(out, `"`+dir+`"`) {
		t.Errorf("%v in the bench", err)
	}
	for _, one := range []struct{ scenario, policies, expert string }{{"abr/train", "mpc", dir}, {"cjs/custom", "fifo", dir}} {
		set := filepath.Join(t.TempDir(), "set")
		collected := runCollect(t, "--scenario", one.scenario, "--policies", one.policies+","+dir+":sample=1", "--expert", one.expert, "--episodes", "2",
			"--out", set, "--reference-episodes", "0", "--config", `{"max_steps": 25}`)
		if name := collected.Policies[1].Policy; !strings.HasPrefix(name, dir+"@") || !strings.HasSuffix(name, ":sample=1") {
			t.Errorf("recorded as %s", name)
		}
		if !strings.HasPrefix(collected.Expert, dir+"@") {
			t.Errorf("labelled by %s", collected.Expert)
		}
		if out, err := runCommand(t, "verify", set, "--act"); err != nil {
			t.Errorf("verify --act: %v\n%s", err, out)
		}
		// The same command has nothing to do again.
		again := runCollect(t, "--scenario", one.scenario, "--policies", one.policies+","+dir+":sample=1", "--expert", one.expert, "--episodes", "2",
			"--out", set, "--reference-episodes", "0", "--config", `{"max_steps": 25}`)
		if again.Before != 4 || again.Episodes != 0 {
			t.Errorf("again: %+v", again)
		}
	}
}

// TestServedRunsActAsHere: a run and a rule, asked over the wire in whole
// episodes.
func TestServedRunsActAsHere(t *testing.T) {
	dir := writeRun(t, "decision-transformer", "abr/train", "cjs/custom", "cc/custom")
	s := startServe(t, "--addr", "127.0.0.1:0", "--policy", dir, "--policy", "careful=robust-mpc:horizon=3", "--policy", "drawn="+dir+":sample=1")
	defer s.stop(t)
	remote, err := client.Dial(s.url)
	if err != nil {
		t.Fatal(err)
	}
	defer remote.Close()
	list, err := remote.Policies(t.Context())
	if err != nil || len(list) != 3 || list[0].Name != "mine" || list[0].ContentHash == "" || len(list[0].Environments) != 3 {
		t.Fatalf("serves %+v, %v", list, err)
	}
	c, err := new(dataFlag).catalog()
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range []struct{ scenario, served, here string }{
		{"abr/ood1", "mine", dir}, {"abr/ood1", "drawn", dir + ":sample=1"}, {"abr/ood1", "careful", "robust-mpc:horizon=3"},
		{"cjs/custom", "mine", dir}, {"cjs/custom", "drawn", dir + ":sample=1"}, {"cc/custom", "mine", dir},
	} {
		id, _, err := findScenario(c.Environments(), one.scenario)
		if err != nil {
			t.Fatal(err)
		}
		factory, err := c.Factory(id, one.scenario, nil)
		if err != nil {
			t.Fatal(err)
		}
		here, err := c.Policy(one.here, factory)
		if err != nil {
			t.Fatal(err)
		}
		there, err := remote.Policy(t.Context(), client.PolicyOptions{Policy: one.served, Env: id, Scenario: one.scenario})
		if err != nil {
			t.Fatal(err)
		}
		if in := there.Inputs(); in.Info != (one.served == "careful") {
			t.Errorf("%s looks at %+v", one.served, in)
		}
		playBoth(t, factory, here, there)
		if err := there.Close(); err != nil {
			t.Error(err)
		}
	}
}

// playBoth plays an episode with one policy, and asks another what it would do.
func playBoth(t *testing.T, factory env.Factory, here, there env.Policy) {
	t.Helper()
	e, err := factory.New(0, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	leaves := env.Leaves(e.Spec().Action)
	shown, action, other := env.NewBatch(e.Spec(), 1), env.NewArrays(leaves, 1), env.NewArrays(leaves, 1)
	seed := uint64(3)
	if err := e.Reset(&seed, nil, shown, 0); err != nil {
		t.Fatal(err)
	}
	here.Reset(seed)
	there.Reset(seed)
	for step := 0; !shown.Done(0) && step < 100; step++ {
		if err := errors.Join(here.Act(shown, 0, action), there.Act(shown, 0, other)); err != nil {
			t.Fatal(err)
		}
		for i := range action {
			if string(action[i].Bytes(0)) != string(other[i].Bytes(0)) {
				t.Fatalf("%s, step %d: %s differs over the wire", e.Spec().Scenario, step, action[i].Leaf.Path)
			}
		}
		if err := e.Step(action, shown, 0); err != nil {
			t.Fatal(err)
		}
	}
}

func TestServeRefusesPolicies(t *testing.T) {
	for name, args := range map[string][]string{
		"no policy":    {"policy", "serve", "nobody"},
		"holds no run": {"policy", "serve", "x=./none"},
		"twice":        {"serve", "--policy", "mpc", "--policy", "mpc"},
		"horizon":      {"policy", "serve", "robust-mpc:horizon=-2"},
		"plans ahead":  {"policy", "serve", "lookahead"},
	} {
		if _, err := runCommand(t, args...); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v: %v", args, err)
		}
	}
}
