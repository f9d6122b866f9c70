package policy_test

import (
	"strconv"
	"testing"

	"trailblazer/api/env"
	"trailblazer/internal/testcjs"
	"trailblazer/internal/testdata"
	"trailblazer/sparksim/policy"
)

// TestReferencesDecisions plays whole episodes through the environment: every
// decision and every reward is the reference's.
func TestReferencesDecisions(t *testing.T) {
	for _, golden := range []struct{ policy, log, scenario string }{
		{"fifo", "fifo_default", "cjs/default-test"},
		{"fifo", "fifo_ood1", "cjs/ood1"},
		{"fair", "fair_default", "cjs/default-test"},
		{"fair", "fair_ood1", "cjs/ood1"},
	} {
		t.Run(golden.log, func(t *testing.T) {
			lines := testdata.ReadCSV(t, testcjs.Golden(t, golden.log+"_seed666_steps"))[1:]
			s := newStage(t, golden.policy, testdata.Dir(t), golden.scenario)
			s.reset(666)
			for i, line := range lines {
				s.act()
				want := policy.Decision{Stage: atoi(t, line[5]), Executors: atoi(t, line[6])}
				if got := s.decision(); got != want {
					t.Fatalf("decision %d: %+v, want %+v", i, got, want)
				}
				s.step()
				if want, err := strconv.ParseFloat(line[7], 64); err != nil || s.out.Reward[row] != want {
					t.Fatalf("decision %d: reward %v, want %v", i, s.out.Reward[row], line[7])
				}
			}
			if !s.out.Done(row) {
				t.Error("the episode goes on after the reference's last decision")
			}
		})
	}
}

func atoi(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestEveryPolicyPlays plays generated jobs with every policy, twice.
func TestEveryPolicyPlays(t *testing.T) {
	for _, name := range policy.Names() {
		var totals [2]float64
		for run := range totals {
			s := newStage(t, name, "", "cjs/custom")
			for s.reset(7); !s.out.Done(row); {
				s.act()
				s.step()
				totals[run] += s.out.Reward[row]
			}
		}
		t.Logf("%s: %.0f s of job time", name, -totals[0]/1000)
		if totals[0] != totals[1] || !(totals[0] < 0) {
			t.Errorf("%s: total rewards %v", name, totals)
		}
	}
}

// stage is a policy in an environment, in one row of a batch of two.
type stage struct {
	t      testing.TB
	env    env.Env
	policy env.Policy
	out    *env.Batch
	action env.Arrays
}

const row = 1

func newStage(t testing.TB, name, dir, scenario string) *stage {
	t.Helper()
	factory := testcjs.OpenFactory(t, dir, scenario, "")
	e, err := factory.New(0, 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	p, err := policy.New(name, factory.Spec())
	if err != nil {
		t.Fatal(err)
	}
	return &stage{t: t, env: e, policy: p, out: env.NewBatch(e.Spec(), 2), action: env.NewArrays(env.Leaves(e.Spec().Action), 2)}
}

func (s *stage) reset(seed uint64) {
	s.t.Helper()
	if err := s.env.Reset(&seed, nil, s.out, row); err != nil {
		s.t.Fatal(err)
	}
	s.policy.Reset(seed)
}

func (s *stage) act() {
	s.t.Helper()
	if err := s.policy.Act(s.out, row, s.action); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stage) step() {
	s.t.Helper()
	if err := s.env.Step(s.action, s.out, row); err != nil {
		s.t.Fatal(err)
	}
}

// decision is what the policy wrote.
func (s *stage) decision() policy.Decision {
	return policy.Decision{
		Stage:     int(env.Row[int64](s.action.Find("stage"), row)[0]),
		Executors: int(env.Row[int64](s.action.Find("executors"), row)[0]),
	}
}
