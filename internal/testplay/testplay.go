// Package testplay makes small data sets of trajectories for tests.
package testplay

import (
	"encoding/json"
	"testing"

	"trailblazer/api/env"
	"trailblazer/datasets/traj"
	"trailblazer/envserver/catalog"
)

// Play is some episodes of one policy.
type Play struct {
	Policy   string
	Episodes int
	// Steps leaves episodes after so many; 0 plays them to their end.
	Steps int
}

// Create plays episodes of a scenario on the built-in data and writes them to a
// directory, which it returns. Seeds count from 0.
func Create(tb testing.TB, id, scenario, config string, plays ...Play) string {
	tb.Helper()
	c, err := catalog.New(catalog.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	factory, err := c.Factory(id, scenario, json.RawMessage(config))
	if err != nil {
		tb.Fatal(err)
	}
	dir := tb.TempDir()
	w, err := traj.Create(dir, factory.Spec(), traj.Labels{}, traj.WriterOptions{})
	if err != nil {
		tb.Fatal(err)
	}
	for _, p := range plays {
		policy, err := c.Policy(p.Policy, factory)
		if err != nil {
			tb.Fatal(err)
		}
		for seed := range uint64(p.Episodes) {
			e := play(tb, w.Schema(), factory, policy, seed, p.Steps)
			e.Policy = p.Policy
			if _, err := w.Add(e); err != nil {
				tb.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return dir
}

func play(tb testing.TB, schema *traj.Schema, factory env.Factory, policy env.Policy, seed uint64, most int) *traj.Episode {
	tb.Helper()
	spec := factory.Spec()
	e, err := factory.New(0, 1)
	if err != nil {
		tb.Fatal(err)
	}
	defer e.Close()
	b, err := traj.NewBuilder(schema, spec)
	if err != nil {
		tb.Fatal(err)
	}
	out, action := env.NewBatch(spec, 1), env.NewArrays(env.Leaves(spec.Action), 1)
	if err := e.Reset(&seed, nil, out, 0); err != nil {
		tb.Fatal(err)
	}
	policy.Reset(seed)
	b.Start(out, 0)
	for !out.Done(0) && (most == 0 || b.Steps() < most) {
		if err := policy.Act(out, 0, action); err != nil {
			tb.Fatal(err)
		}
		if err := e.Step(action, out, 0); err != nil {
			tb.Fatal(err)
		}
		b.Step(action, 0, traj.Choice{}, out, 0)
	}
	episode := b.Finish()
	episode.Scenario, episode.ScenarioHash = spec.Scenario, spec.ContentHash
	episode.Seed, episode.Seeded, episode.PolicySeed = seed, true, seed
	return episode
}
