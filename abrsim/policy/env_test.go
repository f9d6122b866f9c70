package policy_test

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"trailblazer/abrsim/abrenv"
	"trailblazer/abrsim/policy"
	"trailblazer/api/env"
	"trailblazer/internal/testabr"
	"trailblazer/internal/testdata"
)

// stage is a policy in an environment, in one row of a batch of two.
type stage struct {
	t      testing.TB
	env    env.Env
	policy env.Policy
	out    *env.Batch
	action env.Arrays
}

const row = 1

func newStage(t testing.TB, name string, factory *abrenv.Factory) *stage {
	t.Helper()
	e, err := factory.New(0, 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	p, err := policy.New(name, factory.Spec(), factory)
	if err != nil {
		t.Fatal(err)
	}
	return &stage{t: t, env: e, policy: p, out: env.NewBatch(e.Spec(), 2), action: env.NewArrays(env.Leaves(e.Spec().Action), 2)}
}

// play plays an episode and returns the rewards after each action.
func (s *stage) play(seed uint64) (rewards []float64) {
	s.t.Helper()
	if err := s.env.Reset(&seed, nil, s.out, row); err != nil {
		s.t.Fatal(err)
	}
	s.out.Terminated[row], s.out.Truncated[row] = false, false
	s.policy.Reset(seed)
	for !s.out.Done(row) {
		if err := s.policy.Act(s.out, row, s.action); err != nil {
			s.t.Fatal(err)
		}
		if err := s.env.Step(s.action, s.out, row); err != nil {
			s.t.Fatal(err)
		}
		rewards = append(rewards, s.out.Reward[row])
	}
	if e, ok := s.policy.(env.EpisodeEnder); ok {
		if err := e.EndEpisode(s.out, row); err != nil {
			s.t.Fatal(err)
		}
	}
	return rewards
}

func mean(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}

// TestPoliciesInTheEnvironment: through the environment, its info and its
// manifest, the reference's policies score what they do on the bare simulator.
func TestPoliciesInTheEnvironment(t *testing.T) {
	factory := testabr.OpenFactory(t, testdata.Dir(t), "abr/default-test", "")
	for name, want := range map[string]float64{"bba": 0.7641513827696078, "mpc": 0.8484549686275232} {
		s := newStage(t, name, factory)
		var all []float64
		for episode := range factory.Episodes() {
			all = append(all, s.play(uint64(episode))...)
		}
		if got := mean(all); len(all) != 4700 || math.Abs(got-want) > 1e-12 {
			t.Errorf("%s: mean %v of %d, want %v", name, got, len(all), want)
		}
		if _, ok := s.policy.(env.Rememberer); ok != (name == "mpc") {
			t.Errorf("%s remembers episodes: %v", name, ok)
		}
	}
}

// TestEveryPolicyPlays plays every policy in every kind of environment, twice,
// and compares the runs. What knows the future must reach the most.
func TestEveryPolicyPlays(t *testing.T) {
	for _, c := range []struct{ scenario, config string }{
		{"abr/default-test", ""},
		{"abr/train", ""}, // noise
		{"abr/custom", `{"player": {"buffer_cap_ms": 9000}}`}, // the agent chooses the first chunk too
		{"abr/custom", twoVideos},
	} {
		t.Run(c.scenario, func(t *testing.T) {
			factory := testabr.OpenFactory(t, "", c.scenario, c.config)
			noisy := factory.Config().Player.Noisy()
			means := map[string]float64{}
			for _, name := range policy.Names() {
				var first []float64
				for run := range 2 {
					s := newStage(t, name, factory)
					var all []float64
					for seed := range uint64(2) {
						all = append(all, s.play(seed)...)
					}
					if run == 0 {
						first = all
					} else if mean(first) != mean(all) || len(first) != len(all) {
						t.Errorf("%s: mean %v, then %v", name, mean(first), mean(all))
					}
				}
				means[name] = mean(first)
			}
			t.Log(means)
			for name, got := range means {
				if got > means["offline-optimum"]+1e-9 && !noisy {
					t.Errorf("%s reaches %v, the optimum %v", name, got, means["offline-optimum"])
				}
			}
			for _, name := range []string{"offline-beam", "offline-table"} {
				if least := means["offline-optimum"] - 0.05*math.Abs(means["offline-optimum"]); means[name] < least && !noisy {
					t.Errorf("%s reaches only %v of %v", name, means[name], means["offline-optimum"])
				}
			}
		})
	}
}

// TestHorizon: a plan that sees the whole video is as good as the optimum, and
// one that sees a part of it is not.
func TestHorizon(t *testing.T) {
	factory := testabr.OpenFactory(t, "", "abr/default-test", "")
	score := func(name string) (sum float64) {
		s := newStage(t, name, factory)
		for seed := range uint64(4) {
			sum += mean(s.play(seed)) / 4
		}
		return sum
	}
	most, whole, part, little := score("offline-optimum"), score("offline-horizon:48"), score("offline-horizon"), score("offline-horizon:1")
	t.Logf("optimum %v, horizon of 8 chunks %v, of one %v", most, part, little)
	if math.Abs(whole-most) > 1e-6 || !(little < part && part < most) {
		t.Errorf("optimum %v, whole horizon %v, 8 chunks %v, one chunk %v", most, whole, part, little)
	}
}

// twoVideos are a user's own, on rules that suit them.
const twoVideos = `{"player": {"rtt_ms": 0, "drain_quantum_ms": 0, "buffer_cap_ms": 7000}, ` + testabr.OwnData + `}`

func TestActAllocatesNothing(t *testing.T) {
	factory := testabr.OpenFactory(t, "", "abr/default-test", "")
	for _, name := range policy.Names() {
		if name == "offline-horizon" {
			continue // plans anew for every chunk
		}
		s := newStage(t, name, factory)
		if err := s.env.Reset(new(uint64), nil, s.out, row); err != nil {
			t.Fatal(err)
		}
		step := func() {
			if err := errors.Join(s.policy.Act(s.out, row, s.action), s.env.Step(s.action, s.out, row)); err != nil {
				t.Fatal(err)
			}
		}
		step()
		if n := testing.AllocsPerRun(20, step); n != 0 {
			t.Errorf("%s: %v allocations a decision", name, n)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	factory := testabr.OpenFactory(t, "", "abr/default-test", "")
	spec := factory.Spec()
	for _, d := range policy.Descriptions() {
		_, err := policy.New(d.Name, spec, nil)
		if _, field := errors.AsType[*env.FieldError](err); field != d.Privileged {
			t.Errorf("%s without worlds: %v", d.Name, err)
		}
	}
	other := *spec
	other.ID = "trailblazer/CC-v0"
	if _, err := policy.New("bba", &other, nil); err == nil || !strings.Contains(err.Error(), "ABR-v0") {
		t.Errorf("an environment without videos: %v", err)
	}
	other = *spec
	other.Info = &env.Dict{}
	if _, err := policy.New("bba", &other, nil); err == nil || !strings.Contains(err.Error(), `"quality"`) {
		t.Errorf("an environment without info: %v", err)
	}
	other = *spec
	other.Metadata = json.RawMessage(`{"videos": [{}]}`)
	if _, err := policy.New("bba", &other, nil); err == nil {
		t.Error("an empty video is accepted")
	}
}
