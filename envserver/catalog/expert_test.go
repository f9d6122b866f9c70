package catalog

import (
	"errors"
	"math"
	"testing"

	"trailblazer/abrsim/abrenv"
	"trailblazer/api/env"
	"trailblazer/ccemu/ccenv"
	"trailblazer/sparksim/sparkenv"
)

// labels plays an episode with a policy and hands every state with its label
// to check.
func labels(t *testing.T, c *Catalog, factory env.Factory, policy, expert string, check func(shown *env.Batch, action env.Arrays, value float64, advantage []float64)) {
	t.Helper()
	who, err := c.Expert(expert, factory)
	if err != nil {
		t.Fatal(err)
	}
	e, err := factory.New(0, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	labeller, err := who.New(e)
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.Policy(policy, factory)
	if err != nil {
		t.Fatal(err)
	}
	leaves := env.Leaves(e.Spec().Action)
	out, action, said := env.NewBatch(e.Spec(), 1), env.NewArrays(leaves, 1), env.NewArrays(leaves, 1)
	seed := uint64(3)
	if err := e.Reset(&seed, nil, out, 0); err != nil {
		t.Fatal(err)
	}
	p.Reset(seed)
	labeller.Reset(seed)
	for step := 0; step < 60 && !out.Done(0); step++ {
		value, advantage, err := labeller.Label(out, 0, said)
		if err != nil {
			t.Fatal(err)
		}
		if math.IsNaN(value) == who.Value || (advantage == nil) == who.Advantage {
			t.Fatalf("%s tells value %v and advantage %v, and says %+v", who.Name, value, advantage, who)
		}
		check(out, said, value, advantage)
		if err := p.Act(out, 0, action); err != nil {
			t.Fatal(err)
		}
		if err := e.Step(action, out, 0); err != nil {
			t.Fatal(err)
		}
	}
}

// TestTheCCExpertSaysTheTrueBandwidth: its label is what info showed before the
// step.
func TestTheCCExpertSaysTheTrueBandwidth(t *testing.T) {
	c := open(t, "")
	factory, err := c.Factory(ccenv.ID, "cc/train", []byte(`{"packets": true, "probes": true}`))
	if err != nil {
		t.Fatal(err)
	}
	steps := 0
	labels(t, c, factory, "gcc", "", func(shown *env.Batch, action env.Arrays, _ float64, _ []float64) {
		steps++
		rates := env.Row[float64](&action[0], 0)
		if want := env.Row[float64](shown.Info.Find("bottleneck_kbps"), 0)[0]; rates[0] != want || rates[1] != 0 {
			t.Errorf("the label is %v, info shows %v", rates, want)
		}
	})
	if steps != 60 {
		t.Errorf("%d steps", steps)
	}
}

// TestPoliciesLabel: one that plans ahead is given the state of the environment
// that others act in.
func TestPoliciesLabel(t *testing.T) {
	c := open(t, "")
	for _, test := range []struct{ id, policy, expert string }{
		{sparkenv.ID, "fifo", "lookahead"}, {sparkenv.ID, "random", "fair"}, {abrenv.ID, "random", "mpc-tuned"}, {abrenv.ID, "bba", "offline-beam:width=5"},
	} {
		factory, err := c.Factory(test.id, "", nil)
		if err != nil {
			t.Fatal(err)
		}
		checker := env.NewChecker("action", env.Leaves(factory.Spec().Action))
		labels(t, c, factory, test.policy, test.expert, func(_ *env.Batch, action env.Arrays, _ float64, _ []float64) {
			if err := checker.CheckRow(action, 0); err != nil {
				t.Errorf("%s: %v", test.expert, err)
			}
		})
	}
}

func TestExperts(t *testing.T) {
	c := open(t, "")
	for id, want := range map[string]string{abrenv.ID: "offline-table", sparkenv.ID: "", ccenv.ID: "oracle"} {
		factory, err := c.Factory(id, "", settings[id])
		if err != nil {
			t.Fatal(err)
		}
		list, otherwise, err := c.Experts(id)
		if err != nil || otherwise != want {
			t.Errorf("%s: default expert %q, want %q (%v)", id, otherwise, want, err)
		}
		for _, d := range list {
			if _, err := c.Expert(d.Name, factory); err != nil {
				t.Errorf("%s: %v", d.Name, err)
			}
		}
		expert, err := c.Expert("", factory)
		if err != nil || (expert != nil) != (want != "") || want != "" && expert.Name != want {
			t.Errorf("%s: %+v, %v", id, expert, err)
		}
		if expert, err := c.Expert(NoExpert, factory); expert != nil || err != nil {
			t.Errorf("%s: none is %+v, %v", id, expert, err)
		}
		var missing *env.NotFoundError
		if _, err := c.Expert("clairvoyant-cat", factory); !errors.As(err, &missing) {
			t.Errorf("%s: unknown expert: %v", id, err)
		}
		floor, best, err := c.References(id)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{floor, best} {
			if _, err := c.Policy(name, factory); err != nil {
				t.Errorf("%s: reference %s: %v", id, name, err)
			}
		}
	}
	factory, err := c.Factory(abrenv.ID, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	expert, err := c.Expert("mpc", factory)
	if err != nil || !expert.Remembers {
		t.Errorf("mpc as an expert: %+v, %v", expert, err)
	}
	var missing *env.NotFoundError
	if _, _, err := c.Experts("trailblazer/XYZ-v0"); !errors.As(err, &missing) {
		t.Errorf("unknown environment: %v", err)
	}
}
