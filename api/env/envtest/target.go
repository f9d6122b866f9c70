package envtest

import (
	"math/rand/v2"
	"testing"

	"trailblazer/api/env"
	"trailblazer/api/env/vector"
)

// Target is what a conformance run looks at.
type Target struct {
	// Factory makes the environment in this process. It is the reference for
	// the functions below.
	Factory env.Factory
	// NewEnv makes an environment; nil uses the factory.
	NewEnv func(t testing.TB) env.Env
	// NewVector makes a vector; nil steps the factory's environments here.
	NewVector func(t testing.TB, n int, mode env.AutoresetMode) env.Vector
	// Seeds are tried one after another; nil stands for a few small ones.
	Seeds []uint64
	// MaxSteps bounds the steps of one check; 0 stands for 1,000.
	MaxSteps int
	// Act writes an action that is legal after what row i of b shows; nil
	// samples the action space.
	Act func(b *env.Batch, i int, action env.Arrays, random *rand.Rand)
}

func (target *Target) withDefaults() Target {
	out := *target
	factory := target.Factory
	if out.NewEnv == nil {
		out.NewEnv = func(t testing.TB) env.Env {
			t.Helper()
			e, err := factory.New(0, 1)
			if err != nil {
				t.Fatalf("make: %v", err)
			}
			return e
		}
	}
	if out.NewVector == nil {
		out.NewVector = func(t testing.TB, n int, mode env.AutoresetMode) env.Vector {
			t.Helper()
			pool := vector.NewPool(0)
			t.Cleanup(pool.Close)
			v, err := vector.New(factory, n, mode, pool)
			if err != nil {
				t.Fatalf("make %d environments: %v", n, err)
			}
			return v
		}
	}
	if out.Seeds == nil {
		out.Seeds = []uint64{0, 1, 666}
	}
	if out.MaxSteps == 0 {
		out.MaxSteps = 1000
	}
	if out.Act == nil {
		out.Act = func(_ *env.Batch, i int, action env.Arrays, random *rand.Rand) { env.Sample(action, i, random) }
	}
	return out
}

// Run runs the whole suite.
func Run(t *testing.T, target Target) {
	full := target.withDefaults()
	t.Run("Spec", full.testSpec)
	t.Run("Spaces", full.testSpaces)
	t.Run("Episode", full.testEpisode)
	t.Run("CallOrder", full.testCallOrder)
	t.Run("Determinism", full.testDeterminism)
	t.Run("BadActions", full.testBadActions)
	t.Run("BadOptions", full.testBadOptions)
	t.Run("Snapshot", full.testSnapshot)
	for _, mode := range []env.AutoresetMode{env.NextStep, env.SameStep, env.Disabled} {
		t.Run("Vector/"+mode.String(), func(t *testing.T) { full.testVector(t, mode) })
	}
	t.Run("VectorSeeds", full.testVectorSeeds)
	t.Run("VectorRefusals", full.testVectorRefusals)
	t.Run("VectorSnapshot", full.testVectorSnapshot)
	t.Run("Fork", full.testFork)
}
