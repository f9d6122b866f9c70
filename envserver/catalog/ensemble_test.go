package catalog

import (
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trailblazer/abrsim/abrenv"
	"trailblazer/api/env"
	"trailblazer/internal/testrun"
	"trailblazer/sparksim/sparkenv"
)

// TestExpertsLabelTogether: by the mean of what each says that choices lose.
func TestExpertsLabelTogether(t *testing.T) {
	c := open(t, "")
	factory, err := c.Factory(abrenv.ID, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"offline-table", filepath.Join(t.TempDir(), "a"), filepath.Join(t.TempDir(), "b")}
	for i, dir := range names[1:] {
		testrun.Write(t, dir, testrun.Options{Shrink: true, Seed: uint64(i)}, factory.Spec())
	}
	said := make([][][]float64, len(names))
	for i, name := range names {
		labels(t, c, factory, "bba", name, func(_ *env.Batch, _ env.Arrays, _ float64, advantage []float64) {
			said[i] = append(said[i], slices.Clone(advantage))
		})
	}
	step := 0
	labels(t, c, factory, "bba", strings.Join(names, "+"), func(_ *env.Batch, action env.Arrays, _ float64, advantage []float64) {
		mean := make([]float64, len(advantage))
		for i := range names {
			for k, loss := range said[i][step] {
				mean[k] += loss / float64(len(names))
			}
		}
		best := slices.Max(mean)
		for k := range mean {
			if math.Abs(advantage[k]-(mean[k]-best)) > 1e-9 {
				t.Errorf("step %d: choice %d loses %v, want %v", step, k, advantage[k], mean[k]-best)
			}
		}
		if level := env.Row[int64](&action[0], 0)[0]; mean[level] != best {
			t.Errorf("step %d: the label is %d of %v", step, level, mean)
		}
		step++
	})
	if step != len(said[0]) || step == 0 {
		t.Errorf("%d steps, and %d alone", step, len(said[0]))
	}
}

// TestWhoKnowsNoLossesLabelsAlone: nothing could be averaged.
func TestWhoKnowsNoLossesLabelsAlone(t *testing.T) {
	c := open(t, "")
	for id, name := range map[string]string{abrenv.ID: "offline-table+bba", sparkenv.ID: "fair+fifo"} {
		factory, err := c.Factory(id, "", nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Expert(name, factory); err == nil || !strings.Contains(err.Error(), "what every choice loses") {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := c.ExpertFor(name, factory.Spec()); err == nil || !strings.Contains(err.Error(), "what every choice loses") {
			t.Errorf("%s elsewhere: %v", name, err)
		}
		if _, err := c.Expert(name[:strings.Index(name, "+")+1], factory); err == nil || !strings.Contains(err.Error(), "both sides") {
			t.Errorf("a name that ends with a plus sign: %v", err)
		}
	}
}

// TestRunsPlayTogether: they take what their mean would, and are recorded each by
// its weights.
func TestRunsPlayTogether(t *testing.T) {
	c := open(t, "")
	factory, err := c.Factory(abrenv.ID, "abr/train", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	for i, dir := range []string{"a", "b", "c"} {
		testrun.Write(t, dir, testrun.Options{Shrink: true, Seed: uint64(i)}, factory.Spec())
	}
	const together = "a+b+./c"
	play := map[string]func() (env.Policy, error){
		"here":      func() (env.Policy, error) { return c.Policy(together, factory) },
		"elsewhere": func() (env.Policy, error) { return c.PolicyFor(together, factory.Spec()) },
	}
	taken := env.NewArrays(env.Leaves(factory.Spec().Action), 1)
	for where, open := range play {
		p, err := open()
		if err != nil {
			t.Fatal(err)
		}
		p.Reset(3)
		played := 0
		levels := make(map[int64]bool)
		// The expert labels what this policy comes through.
		labels(t, c, factory, together, together, func(in *env.Batch, said env.Arrays, _ float64, _ []float64) {
			if err := p.Act(in, 0, taken); err != nil {
				t.Fatal(err)
			}
			if got, want := env.Row[int64](&taken[0], 0)[0], env.Row[int64](&said[0], 0)[0]; got != want {
				t.Errorf("%s, step %d: plays %d, and its members in the mean say %d", where, played, got, want)
			} else {
				levels[got] = true
			}
			played++
		})
		if played == 0 || len(levels) < 2 {
			t.Errorf("%s: played %d steps, levels %v", where, played, levels)
		}
		one, err := c.Policy("a", factory)
		if err != nil {
			t.Fatal(err)
		}
		if in := env.InputsOf(p); in != env.InputsOf(one) {
			t.Errorf("%s: looks at %+v", where, in)
		}
	}
	info, err := c.Describe(together)
	if err != nil || !slices.Equal(info.Environments, []string{abrenv.ID}) || len(info.ContentHash) != 64 {
		t.Errorf("described as %+v, %v", info, err)
	}
	recorded, err := c.RecordedName(abrenv.ID, together)
	if err != nil {
		t.Fatal(err)
	}
	for i, part := range strings.Split(recorded, "+") {
		if name, pin, ok := strings.Cut(part, "@"); !ok || name != string(rune('a'+i)) || len(pin) != 8 {
			t.Errorf("recorded as %s", recorded)
		}
	}
	for _, test := range []struct{ name, want string }{
		{"a+", "both sides"},
		{"a+mpc", `"mpc" is none`},
		{"a+./nothing", "no run"},
	} {
		if _, err := c.Policy(test.name, factory); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want it to say %s", test.name, err, test.want)
		}
	}
}
