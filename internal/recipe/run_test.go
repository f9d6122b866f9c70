package recipe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fake makes nothing but empty directories, and fails where it is told to.
type fake struct {
	ran  []string
	fail string
}

func (f *fake) run(_ context.Context, c *Command, stdout io.Writer) error {
	f.ran = append(f.ran, c.Args[0]+fmt.Sprint(c.Seed))
	if out := c.out(); out != "" {
		if err := os.MkdirAll(out, 0o755); err != nil {
			return err
		}
	}
	if stdout != nil {
		io.WriteString(stdout, report(c.Args[len(c.Args)-2], float64(c.Seed)))
	}
	if f.fail != "" && strings.HasPrefix(f.ran[len(f.ran)-1], f.fail) {
		return errors.New("broken")
	}
	return nil
}

func report(policy string, mean float64) string {
	return fmt.Sprintf(`{"metrics": [{"name": "qoe", "unit": "1"}, {"name": "reward", "unit": "points"}], "headlines": [{"metric": "qoe", "lower_is_better": false}],
		"scenarios": [{"name": "abr/default-test", "policies": [
			{"policy": %q, "metrics": {"qoe": {"mean": %v}}}, {"policy": "mpc", "metrics": {"qoe": {"mean": 0.5}, "reward": {"mean": 7}}}, {"policy": "broken", "metrics": {"qoe": {"mean": null}}}]}]}`, policy, mean)
}

func quiet(Progress) {}

func TestRunGoesOn(t *testing.T) {
	p, err := NewPlan(parseExample(t), Settings{Out: filepath.Join(t.TempDir(), "run")})
	if err != nil {
		t.Fatal(err)
	}
	broken := &fake{fail: "train2"}
	if err := Run(t.Context(), p, broken.run, quiet); err == nil || !strings.Contains(err.Error(), "command 6 of 8, train: broken") {
		t.Errorf("%v", err)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if err := Run(stopped, p, broken.run, quiet); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want canceled", err)
	}
	whole := &fake{}
	skipped := 0
	if err := Run(t.Context(), p, whole.run, func(p Progress) {
		if p.Skipped {
			skipped++
		}
	}); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(broken.ran, " "); got != "collect1 train1 train1 bench1 collect2 train2" {
		t.Errorf("at first %s ran", got)
	}
	if got := strings.Join(whole.ran, " "); got != "train2 train2 bench2" || skipped != 5 {
		t.Errorf("then %s ran, %d were skipped", got, skipped)
	}
	// Another seed adds to what is there, wherever it has been moved to.
	moved := p.Out + "-moved"
	if err := os.Rename(p.Out, moved); err != nil {
		t.Fatal(err)
	}
	more, err := NewPlan(p.Recipe, Settings{Out: moved, Seeds: []uint64{1, 2, 4}})
	if err != nil {
		t.Fatal(err)
	}
	added := &fake{}
	if err := Run(t.Context(), more, added.run, quiet); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(added.ran, " "); got != "collect4 train4 train4 bench4" {
		t.Errorf("for another seed %s ran", got)
	}
	if text, err := os.ReadFile(filepath.Join(moved, "files", "train.json")); err != nil || string(text) != string(p.Files["train.json"]) {
		t.Errorf("%s (%v)", text, err)
	}
}

// TestMissingIsMadeAgain: what was finished and has been deleted since, with all
// that was added to it.
func TestMissingIsMadeAgain(t *testing.T) {
	r, err := new(Library).Parse([]byte(`{"name": "added", "title": "x", "about": "y", "seeds": [1], "steps": [
		{"run": "collect --out {dir}/data"}, {"run": "train --data {dir}/data --out={dir}/run"}, {"run": "collect --append --out {dir}/data"},
		{"run": "bench abr --policies {dir}/run --json", "report": "bench.json"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	p, err := NewPlan(r, Settings{Out: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ deleted, want string }{
		{"nothing", "collect1 train1 collect1 bench1"},
		{"nothing", ""},
		{"data", "collect1 collect1"},
		{"run", "train1"},
		{"bench.json", "bench1"},
	} {
		if err := os.RemoveAll(filepath.Join(p.Dir(1), test.deleted)); err != nil {
			t.Fatal(err)
		}
		f := new(fake)
		if err := Run(t.Context(), p, f.run, quiet); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(f.ran, " "); got != test.want {
			t.Errorf("without %s, %q ran, want %q", test.deleted, got, test.want)
		}
	}
}

func TestRunIsTheSame(t *testing.T) {
	r, out := parseExample(t), t.TempDir()
	settings := Settings{Out: out, Seeds: []uint64{1}}
	run := func(r *Recipe, s Settings) error {
		p, err := NewPlan(r, s)
		if err != nil {
			t.Fatal(err)
		}
		return Run(t.Context(), p, new(fake).run, quiet)
	}
	if err := run(r, settings); err != nil {
		t.Fatal(err)
	}
	changed := *r
	changed.Steps = changed.Steps[:1]
	renamed := *r
	renamed.Name = "other"
	for name, test := range map[string]struct {
		recipe *Recipe
		change func(*Settings)
		want   string
	}{
		"quick":      {r, func(s *Settings) { s.Quick = true }, "quick"},
		"data":       {r, func(s *Settings) { s.Data = "d" }, "real data"},
		"values":     {r, func(s *Settings) { s.Values = map[string]string{"episodes": "7"} }, "value episodes"},
		"definition": {&changed, func(*Settings) {}, "definition"},
		"recipe":     {&renamed, func(*Settings) {}, "recipe"},
	} {
		other := settings
		test.change(&other)
		if err := run(test.recipe, other); err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "another directory") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, text := range map[string]string{"cut": `{"recipe": "exam`, "unknown": `{"recipes": 1}`} {
		if err := os.WriteFile(filepath.Join(out, journalName), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := run(r, settings); err == nil || !strings.Contains(err.Error(), "delete the file") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSeedsAreApart: a command that does not name its seed still runs for each.
func TestSeedsAreApart(t *testing.T) {
	r, err := new(Library).Parse([]byte(`{"name": "same", "title": "x", "about": "y", "seeds": [1, 2], "steps": [{"run": "bench abr --json", "report": "bench.json"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	p, err := NewPlan(r, Settings{Out: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	f := &fake{}
	if err := Run(t.Context(), p, f.run, quiet); err != nil || len(f.ran) != 2 {
		t.Errorf("%v ran (%v), want two", f.ran, err)
	}
}

// TestOneRun: two runs don't share a directory.
func TestOneRun(t *testing.T) {
	p, err := NewPlan(parseExample(t), Settings{Out: t.TempDir(), Seeds: []uint64{1}})
	if err != nil {
		t.Fatal(err)
	}
	inner := error(nil)
	err = Run(t.Context(), p, func(ctx context.Context, c *Command, _ io.Writer) error {
		inner = Run(ctx, p, new(fake).run, quiet)
		return errors.New("enough")
	}, quiet)
	if err == nil || inner == nil || !strings.Contains(inner.Error(), "another process") {
		t.Errorf("%v, within it %v", err, inner)
	}
}

func TestSummarize(t *testing.T) {
	p, err := NewPlan(parseExample(t), Settings{Out: t.TempDir(), Seeds: []uint64{1, 2, 6}})
	if err != nil {
		t.Fatal(err)
	}
	if err := Run(t.Context(), p, new(fake).run, quiet); err != nil {
		t.Fatal(err)
	}
	s, err := Summarize(p)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Rows) != 3 {
		t.Fatalf("%+v", s.Rows)
	}
	// sd = sqrt(7), t = 4.303: 3 ± 4.303 · sqrt(7/3).
	learned := s.Rows[0]
	if learned.Policy != "model-2" || learned.Mean != 3 || fmt.Sprintf("%.3f", *learned.CI95) != "[-3.573 9.573]" || learned.Report != "bench" || learned.Scenario != "abr/default-test" {
		t.Errorf("%+v %v", learned, *learned.CI95)
	}
	if rule := s.Rows[1]; rule.Policy != "mpc" || rule.Mean != 0.5 || *rule.CI95 != [2]float64{0.5, 0.5} {
		t.Errorf("%+v", rule)
	}
	if second := s.Rows[2]; second.Policy != "mpc" || second.Metric != "reward" || second.Unit != "points" || second.Mean != 7 || len(second.Seeds) != 3 {
		t.Errorf("%+v", second)
	}
	if err := os.WriteFile(p.Commands[3].Report, []byte("no JSON"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Summarize(p); err == nil || !strings.Contains(err.Error(), "no report") {
		t.Errorf("%v", err)
	}
}

// TestStudent compares with printed tables.
func TestStudent(t *testing.T) {
	for degrees, want := range map[int]float64{1: 12.706, 10: 2.228, 11: 2.201, 20: 2.086, 30: 2.042, 120: 1.980} {
		if got := student95(degrees); got < want-0.001 || got > want+0.001 {
			t.Errorf("%d degrees of freedom: %.4f, want %.3f", degrees, got, want)
		}
	}
}
