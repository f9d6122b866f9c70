package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trailblazer/envserver/catalog"
	"trailblazer/internal/recipe"
	"trailblazer/trainer/online"
)

// asProgram makes the test binary behave as the program, for commands that run
// others.
const asProgram = "TRAILBLAZER_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// tiny collects and compares.
const tiny = `{
  "name": "tiny", "title": "a test", "about": "for tests", "seeds": [1, 2],
  "values": {"episodes": "3", "policy": "bba"},
  "quick": {"episodes": "2"},
  "steps": [
    {"run": "collect --scenario abr/train --data={data} --policies {policy} --episodes {episodes} --reference-episodes 0 --seed {fresh} --expert none --out {dir}/data"},
    {"run": "bench abr --data={data} --quick --scenarios abr/default-test --policies mpc-tuned,{policy} --recorded {dir}/data --json --quiet", "report": "bench.json"}
  ]
}`

func writeTiny(t *testing.T, change ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tiny.json")
	if err := os.WriteFile(path, []byte(strings.NewReplacer(change...).Replace(tiny)), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRecipeRuns(t *testing.T) {
	t.Setenv(asProgram, "1")
	file, out := writeTiny(t, " --recorded {dir}/data", ""), filepath.Join(t.TempDir(), "my run")
	text, err := runCommand(t, "recipe", "run", file, "--out", out, "--seeds", "1")
	if err != nil || !strings.Contains(text, "3 of 3 episodes are kept") || !strings.Contains(text, "mpc-tuned") {
		t.Fatalf("%s (%v)", text, err)
	}
	// With another seed the first one's commands are skipped.
	text, err = runCommand(t, "recipe", "run", file, "--out", out, "--seeds", "1,2", "--json")
	if err != nil {
		t.Fatal(err)
	}
	var s recipe.Summary
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	// Floor and ceiling are always in it.
	if len(s.Rows) != 4 || s.Rows[0].Policy != "mpc-tuned" || s.Rows[0].Metric != "qoe" || len(s.Rows[0].Seeds) != 2 || s.Rows[0].CI95[0] != s.Rows[0].Mean {
		t.Errorf("%+v", s)
	}
	for _, name := range []string{"seed-1/data", "seed-2/data", "seed-2/bench.json", "recipe.json"} {
		if _, err := os.Stat(filepath.Join(out, name)); err != nil {
			t.Error(err)
		}
	}
}

func TestRecipeStops(t *testing.T) {
	t.Setenv(asProgram, "1")
	out := filepath.Join(t.TempDir(), "run")
	_, err := runCommand(t, "recipe", "run", writeTiny(t, "{policy} --episodes", "nobody --episodes"), "--out", out, "--quiet")
	if err == nil || !strings.Contains(err.Error(), "command 1 of 4, collect: exit status 1") {
		t.Errorf("%v", err)
	}
}

// TestRecipeChecksItsCommands: what only the last command would refuse is refused
// before the first one runs.
func TestRecipeChecksItsCommands(t *testing.T) {
	t.Setenv(asProgram, "1")
	for _, test := range []struct{ from, to, set, want string }{
		{"", "", "episodes=abc", `command 1 of 4 can't run: invalid argument "abc" for "--episodes"`},
		{"--quick --sc", "--episodes {count} --sc", "count=many", `command 2 of 4 can't run: invalid argument "many" for "--episodes"`},
		{"--json --quiet", "--json --quite", "episodes=3", "command 2 of 4 can't run: unknown flag: --quite"},
		{"bench abr --data", "banch abr --data", "episodes=3", `unknown command "banch"`},
		{" --scenario abr/train --data={data}", "", "episodes=3", `required flag(s) "scenario" not set`},
		{"bench abr --data", "eval --data", "episodes=3", "command 2 of 4 can't run: "},
	} {
		changes := []string{`"policy": "bba"`, `"policy": "bba", "count": "1"`}
		if test.from != "" {
			changes = append(changes, test.from, test.to)
		}
		out := filepath.Join(t.TempDir(), "run")
		_, err := runCommand(t, "recipe", "run", writeTiny(t, changes...), "--out", out, "--set", test.set)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v: %v, want it to say %q", test, err, test.want)
		}
		if _, err := os.Stat(out); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%v: something ran: %v", test, err)
		}
	}
}

// cancelling cancels when a text was written to it.
type cancelling struct {
	written bytes.Buffer
	text    string
	cancel  context.CancelFunc
}

func (c *cancelling) Write(p []byte) (int, error) {
	c.written.Write(p)
	if strings.Contains(c.written.String(), c.text) {
		c.cancel()
	}
	return len(p), nil
}

// TestRecipeInterrupted: the command that is running is interrupted, and ends as
// it does on Ctrl-C.
func TestRecipeInterrupted(t *testing.T) {
	t.Setenv(asProgram, "1")
	t.Setenv("TRAILBLAZER_DATA", "")
	file := filepath.Join(t.TempDir(), "serve.json")
	const serve = `{"name": "serve", "title": "never ends", "about": "for tests", "seeds": [1], "steps": [{"run": "serve --addr 127.0.0.1:0"}]}`
	if err := os.WriteFile(file, []byte(serve), 0o644); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	errOut := &cancelling{text: "http://", cancel: cancel}
	root := newRootCommand()
	root.SetArgs([]string{"recipe", "run", file, "--out", filepath.Join(t.TempDir(), "run")})
	root.SetOut(errOut)
	root.SetErr(errOut)
	if err := root.ExecuteContext(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want canceled", err)
	}
	if text := errOut.written.String(); !strings.Contains(text, "the same command goes on from there") || !strings.Contains(text, "stopped") {
		t.Errorf("it says\n%s", text)
	}
}

// TestRecipeCommands: every command of every recipe has a form that the program
// takes.
func TestRecipeCommands(t *testing.T) {
	library, err := recipeLibrary()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range library.Recipes() {
		for _, s := range []recipe.Settings{{}, {Quick: true}, {Data: "DIR"}, {Data: "DIR", Quick: true}} {
			s.Out, s.Seeds = "OUT", r.Seeds[:1]
			plan, err := recipe.NewPlan(r, s)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range plan.Commands {
				if err := checkCommand(c.Args); err != nil {
					t.Errorf("%s: %s: %v", r.Name, recipeLine(&c), err)
				}
				if at := slices.Index(c.Args, "--preset"); c.Args[1] == "online" && !slices.Contains(online.Presets(), c.Args[at+1]) {
					t.Errorf("%s: %s: there is no such preset", r.Name, recipeLine(&c))
				}
			}
		}
	}
}

// TestRecipesLearnInWhatIsThere: what a recipe changes of a preset, the
// environment takes.
func TestRecipesLearnInWhatIsThere(t *testing.T) {
	t.Setenv("TRAILBLAZER_DATA", "")
	library, err := recipeLibrary()
	if err != nil {
		t.Fatal(err)
	}
	environments, err := catalog.New(catalog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	learners := 0
	for _, r := range library.Recipes() {
		plan, err := recipe.NewPlan(r, recipe.Settings{Out: "OUT", Seeds: r.Seeds[:1]})
		if err != nil {
			t.Fatal(err)
		}
		for i := range plan.Commands {
			c := &plan.Commands[i]
			if c.Args[1] != "online" {
				continue
			}
			learners++
			config := onlineConfig(t, c.Args[2:]...)
			for _, scenario := range []string{config.Scenario, config.Validation.Play.Name} {
				if scenario == "" {
					continue
				}
				if _, err := environments.Factory(config.Environment, scenario, config.EnvironmentConfig); err != nil {
					t.Errorf("%s: %s: %v", r.Name, recipeLine(c), err)
				}
			}
		}
	}
	if learners == 0 {
		t.Error("no recipe learns by playing")
	}
}

func TestRecipeShow(t *testing.T) {
	text, err := runCommand(t, "recipe", "list")
	if err != nil || !strings.HasPrefix(text, "quick ") {
		t.Errorf("%s (%v)", text, err)
	}
	text, err = runCommand(t, "recipe", "show", writeTiny(t), "--seeds", "5", "--set", "episodes=9", "--out", "my run")
	if want := "trailblazer collect --scenario abr/train --policies bba --episodes 9 --reference-episodes 0 --seed 5010000 --expert none --out 'my run/seed-5/data'\n"; err != nil || !strings.Contains(text, want) || !strings.Contains(text, "> 'my run/seed-5/bench.json'") {
		t.Errorf("%s (%v), want %s", text, err, want)
	}
	var listing planListing
	text, err = runCommand(t, "recipe", "show", "karma", "--quick", "--json")
	if err != nil || json.Unmarshal([]byte(text), &listing) != nil || len(listing.Commands) != 6 || listing.Values["steps"] != "40" || len(listing.Seeds) != 1 {
		t.Errorf("%s (%v)", text, err)
	}
	// A recipe's source is a recipe.
	for _, name := range []string{"quick", "abr-leak-free"} {
		text, err = runCommand(t, "recipe", "show", name, "--source")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := new(recipe.Library).Parse([]byte(text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"show", "nothing"}, "known"},
		{[]string{"show", "nothing.json"}, "no such file"},
		{[]string{"show", "quick", "--set", "nothing=1"}, "is no value of recipe quick"},
		{[]string{"show", "quick", "--set", "episodes"}, "sets nothing"},
		{[]string{"show", "quick", "--set", "episodes=few"}, "can't run"},
		{[]string{"run", "quick"}, "out"},
	} {
		if _, err := runCommand(t, append([]string{"recipe"}, test.args...)...); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v: %v, want it to say %q", test.args, err, test.want)
		}
	}
}
