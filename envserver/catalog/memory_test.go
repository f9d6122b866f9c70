package catalog

import (
	"slices"
	"testing"

	"trailblazer/abrsim/abrenv"
	"trailblazer/api/env"
	"trailblazer/ccemu/ccenv"
	"trailblazer/sparksim/sparkenv"
)

// TestWhoLooksBack: an expert that does not say that it looks back labels alike
// when it begins anew at every state.
func TestWhoLooksBack(t *testing.T) {
	c := open(t, "")
	for id, config := range map[string]string{abrenv.ID: "", sparkenv.ID: `{"arrivals": {"jobs": 4}}`, ccenv.ID: `{"packets": true, "probes": true}`} {
		factory, err := c.Factory(id, "", []byte(config))
		if err != nil {
			t.Fatal(err)
		}
		policies, err := c.PolicyDescriptions(id)
		if err != nil {
			t.Fatal(err)
		}
		immediate := 0
		for _, d := range policies {
			expert, err := c.Expert(d.Name, factory)
			if err != nil || expert.LooksBack {
				continue // Or its network is not built in.
			}
			immediate++
			if step := forgets(t, factory, expert); step >= 0 {
				t.Errorf("%s: %s labels otherwise when it begins at step %d", id, d.Name, step)
			}
		}
		if immediate < 3 {
			t.Errorf("%s: all but %d policies look back", id, immediate)
		}
	}
}

// forgets returns the first step at which an expert that begins there labels
// otherwise than one that has seen the episode; -1 for none.
func forgets(t *testing.T, factory env.Factory, expert *Expert) int {
	t.Helper()
	e, err := factory.New(0, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	var both [2]env.Expert
	for i := range both {
		if both[i], err = expert.New(e); err != nil {
			t.Fatal(err)
		}
	}
	leaves := env.Leaves(e.Spec().Action)
	out, labels := env.NewBatch(e.Spec(), 1), [2]env.Arrays{env.NewArrays(leaves, 1), env.NewArrays(leaves, 1)}
	seed := uint64(3)
	if err := e.Reset(&seed, nil, out, 0); err != nil {
		t.Fatal(err)
	}
	both[0].Reset(seed)
	for step := 0; step < 40 && !out.Done(0); step++ {
		both[1].Reset(seed)
		var values [2]float64
		var lost [2][]float64
		for i := range both {
			if values[i], lost[i], err = both[i].Label(out, 0, labels[i]); err != nil {
				t.Fatal(err)
			}
		}
		if values[0] == values[0] && values[0] != values[1] || !slices.Equal(lost[0], lost[1]) {
			return step
		}
		for k := range leaves {
			if !slices.Equal(labels[0][k].Bytes(0), labels[1][k].Bytes(0)) {
				return step
			}
		}
		if err := e.Step(labels[0], out, 0); err != nil {
			t.Fatal(err)
		}
	}
	return -1
}
