package policy_test

import (
	"fmt"
	"testing"

	"trailblazer/api/env"
	"trailblazer/ccemu/policy"
	"trailblazer/internal/testcc"
)

// TestRequestRateErrsMoreInPoorConditions: the paper's light policy is as good
// as the oracle in good conditions, and the worse the more sessions are in
// poor ones (L2).
func TestRequestRateErrsMoreInPoorConditions(t *testing.T) {
	last := -1.0
	for share := 0; share <= 100; share += 20 {
		mape, poor := playMix(t, fmt.Sprintf("cc/mix-%d", share), 40)
		t.Logf("%3d %% of the sessions poor: MAPE %.3f, %.3f of the steps poor", share, mape, poor)
		if mape <= last {
			t.Errorf("with %d %% poor sessions the error is %v, with fewer %v", share, mape, last)
		}
		if share == 0 && mape > 0.01 {
			t.Errorf("in good conditions the error is %v", mape)
		}
		if want := float64(share) / 100; poor < want-0.05 || poor > want+0.05 {
			t.Errorf("%d %% of the sessions are poor, and %v of the steps", share, poor)
		}
		last = mape
	}
}

func playMix(t *testing.T, set string, sessions uint64) (mape, poor float64) {
	t.Helper()
	factory := testcc.OpenFactory(t, "", set, `{"packets": true}`)
	e, err := factory.New(0, 1)
	if err != nil {
		t.Fatal(err)
	}
	p, err := policy.New("request-rate", factory.Spec())
	if err != nil {
		t.Fatal(err)
	}
	out, action := env.NewBatch(factory.Spec(), 1), env.NewArrays(env.Leaves(factory.Spec().Action), 1)
	number := func(path string) float64 { return env.Row[float64](out.Info.Find(path), 0)[0] }
	counted, steps := 0.0, 0.0
	for seed := range sessions {
		if err := e.Reset(&seed, nil, out, 0); err != nil {
			t.Fatal(err)
		}
		p.Reset(seed)
		for out.Truncated[0] = false; !out.Truncated[0]; steps++ {
			if err := p.Act(out, 0, action); err != nil {
				t.Fatal(err)
			}
			if err := e.Step(action, out, 0); err != nil {
				t.Fatal(err)
			}
			mape += number("ape")
			counted += number("ape_counts")
			poor += 1 - number("good_conditions")
		}
	}
	return mape / counted, poor / steps
}
