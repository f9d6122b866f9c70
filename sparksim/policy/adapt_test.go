package policy_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"trailblazer/api/env"
	"trailblazer/sparksim/policy"
	"trailblazer/sparksim/policy/internal/testview"
)

// TestPoliciesDecideAsTheirRules shows random views in a row of a batch.
func TestPoliciesDecideAsTheirRules(t *testing.T) {
	const seed, executors = 6, 40
	spec := testview.Spec(executors)
	for _, name := range policy.Names() {
		p, err := policy.New(name, spec)
		if err != nil {
			t.Fatal(err)
		}
		rule, err := policy.NewRule(name)
		if err != nil {
			t.Fatal(err)
		}
		p.Reset(9)
		rule.Start(9)
		batch, action := env.NewBatch(spec, 2), env.NewArrays(env.Leaves(spec.Action), 2)
		random := rand.New(rand.NewPCG(seed, 0))
		for i := range 100 {
			v := testview.Random(random, executors, 8)
			testview.Show(v, batch, row)
			want, err := rule.Choose(v)
			if err != nil {
				t.Fatal(err)
			}
			if err := p.Act(batch, row, action); err != nil {
				t.Fatal(err)
			}
			got := policy.Decision{Stage: int(env.Row[int64](action.Find("stage"), row)[0]), Executors: int(env.Row[int64](action.Find("executors"), row)[0])}
			if got != want {
				t.Fatalf("%s: seed %d, view %d: got %+v, want %+v", name, seed, i, got, want)
			}
		}
		act := func() {
			if err := p.Act(batch, row, action); err != nil {
				t.Fatal(err)
			}
		}
		if n := testing.AllocsPerRun(20, act); n != 0 {
			t.Errorf("%s: %v allocations a decision", name, n)
		}
	}
}

func TestNewRefusesOtherEnvironments(t *testing.T) {
	spec := testview.Spec(10)
	spec.Observation = &env.Discrete{N: 2}
	if _, err := policy.New("fifo", spec); err == nil || !strings.Contains(err.Error(), `"committable"`) {
		t.Errorf("an environment of other observations: %v", err)
	}
}
