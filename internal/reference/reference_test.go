package reference

import (
	"encoding/json"
	"math"
	"os"
	"strings"
	"testing"

	"trailblazer/api/env"
	"trailblazer/api/env/envtest"
)

func TestConformance(t *testing.T) {
	for _, factory := range []env.Factory{CartPole(), Bandit(), Chain(5), Aim(7), Driven(11)} {
		t.Run(strings.TrimPrefix(factory.Spec().ID, "trailblazer/"), func(t *testing.T) {
			envtest.Run(t, envtest.Target{Factory: factory})
		})
	}
}

// TestCartPole compares with episodes of Gymnasium (testdata/make_cartpole.py).
func TestCartPole(t *testing.T) {
	raw, err := os.ReadFile("testdata/cartpole.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden struct {
		Episodes []struct {
			Seed                  uint64
			Actions               string
			Steps                 int
			Terminated, Truncated bool
			First                 []float32
			Last                  [][]float32
		}
	}
	if err := json.Unmarshal(raw, &golden); err != nil {
		t.Fatal(err)
	}
	for _, want := range golden.Episodes {
		e, err := CartPole().New(0, 1)
		if err != nil {
			t.Fatal(err)
		}
		out, action := env.NewBatch(e.Spec(), 1), env.NewArrays(env.Leaves(e.Spec().Action), 1)
		if err := e.Reset(&want.Seed, nil, out, 0); err != nil {
			t.Fatal(err)
		}
		near(t, want.Seed, env.Row[float32](&out.Observation[0], 0), want.First)
		for step := range want.Steps {
			choice := int64(0)
			if want.Actions != "rule" {
				choice = int64(want.Actions[step%len(want.Actions)] - '0')
			} else if o := env.Row[float32](&out.Observation[0], 0); float64(o[2])+0.5*float64(o[3])+0.05*float64(o[0])+0.1*float64(o[1]) > 0 {
				choice = 1
			}
			env.Row[int64](&action[0], 0)[0] = choice
			if err := e.Step(action, out, 0); err != nil {
				t.Fatalf("seed %d, step %d: %v", want.Seed, step, err)
			}
			if at := step - want.Steps + len(want.Last); at >= 0 {
				near(t, want.Seed, env.Row[float32](&out.Observation[0], 0), want.Last[at])
			}
			if out.Reward[0] != 1 {
				t.Errorf("reward %v", out.Reward[0])
			}
		}
		if out.Terminated[0] != want.Terminated || out.Truncated[0] != want.Truncated {
			t.Errorf("seed %d: terminated %v and truncated %v after %d steps, Gymnasium says %v and %v", want.Seed, out.Terminated[0], out.Truncated[0], want.Steps, want.Terminated, want.Truncated)
		}
	}
}

func near(t *testing.T, seed uint64, got, want []float32) {
	t.Helper()
	for i := range want {
		if math.Abs(float64(got[i]-want[i])) > 1e-6*(1+math.Abs(float64(want[i]))) {
			t.Errorf("seed %d shows %v, Gymnasium %v", seed, got, want)
			return
		}
	}
}
