// Package testtraj makes episodes and data sets for tests, of the environments
// of package testenv or any others.
package testtraj

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"

	"trailblazer/api/env"
	"trailblazer/datasets/traj"
	"trailblazer/internal/testenv"
)

// Factory finds a test environment whose episodes have so many steps.
func Factory(t testing.TB, id string, steps int) env.Factory {
	t.Helper()
	factory, err := new(testenv.Catalog).Factory(id, "", json.RawMessage(fmt.Sprintf(`{"steps": %d}`, steps)))
	if err != nil {
		t.Fatal(err)
	}
	return factory
}

// Play plays an episode with random actions, both drawn from a seed, for at most
// so many steps; 0 plays it to its end.
func Play(t testing.TB, factory env.Factory, policy string, seed uint64, steps int) *traj.Episode {
	t.Helper()
	e, err := factory.New(0, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	spec := e.Spec()
	schema, err := traj.NewSchema(spec, traj.Labels{})
	if err != nil {
		t.Fatal(err)
	}
	builder, err := traj.NewBuilder(schema, spec)
	if err != nil {
		t.Fatal(err)
	}
	out, action := env.NewBatch(spec, 1), env.NewArrays(env.Leaves(spec.Action), 1)
	random := rand.New(rand.NewPCG(seed, 0))
	if err := e.Reset(&seed, nil, out, 0); err != nil {
		t.Fatal(err)
	}
	builder.Start(out, 0)
	for n := 0; !out.Done(0) && (steps == 0 || n < steps); n++ {
		env.Sample(action, 0, random)
		if err := e.Step(action, out, 0); err != nil {
			t.Fatal(err)
		}
		builder.Step(action, 0, traj.Choice{}, out, 0)
	}
	episode := builder.Finish()
	episode.Policy, episode.Seed, episode.Seeded = policy, seed, true
	episode.Scenario, episode.ScenarioHash = spec.Scenario, spec.ContentHash
	return episode
}

// Fill makes a data set of n episodes with 1 to 19 steps of a test environment,
// by the policies "a" and "b", in row groups and shards that are small.
func Fill(t testing.TB, dir, id string, n int) {
	t.Helper()
	FillFrom(t, dir, id, 0, n)
}

// FillFrom adds episodes first up to, not including, end to what Fill made. It
// closes the data set after each 20, which ends a shard.
func FillFrom(t testing.TB, dir, id string, first, end int) {
	t.Helper()
	factory := Factory(t, id, 100)
	for at := first; at < end; {
		w, err := traj.Create(dir, factory.Spec(), traj.Labels{}, traj.WriterOptions{GroupSteps: 40})
		if err != nil {
			t.Fatal(err)
		}
		for range min(20, end-at) {
			if _, err := w.Add(Play(t, factory, []string{"a", "b"}[at%2], uint64(at), 1+at*7%19)); err != nil {
				t.Fatal(err)
			}
			at++
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// Record makes a data set of n whole episodes, from seed 0 on.
func Record(t testing.TB, dir string, factory env.Factory, n int) {
	t.Helper()
	w, err := traj.Create(dir, factory.Spec(), traj.Labels{}, traj.WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(n) {
		if _, err := w.Add(Play(t, factory, "random", seed, 0)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}
