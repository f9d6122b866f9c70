package replay_test

import (
	"path/filepath"
	"reflect"
	"testing"

	"trailblazer/abrsim/abrenv"
	"trailblazer/api/env"
	"trailblazer/datasets/replay"
	"trailblazer/datasets/traj"
	"trailblazer/envserver/catalog"
)

// played is an episode of a policy, which the data set calls by another name.
type played struct {
	policy, name string
	// explored is a step in which level 0 replaces the policy's choice; -1 for
	// none.
	explored int
	flagged  bool
}

// collected makes a data set of such episodes of ABR.
func collected(t *testing.T, c *catalog.Catalog, episodes ...played) *traj.Set {
	t.Helper()
	factory, err := c.Factory(abrenv.ID, "abr/train", nil)
	if err != nil {
		t.Fatal(err)
	}
	spec := factory.Spec()
	dir := filepath.Join(t.TempDir(), "set")
	w := create(t, dir, spec)
	builder, err := traj.NewBuilder(w.Schema(), spec)
	if err != nil {
		t.Fatal(err)
	}
	e, err := factory.New(0, 1)
	if err != nil {
		t.Fatal(err)
	}
	out, action := env.NewBatch(spec, 1), env.NewArrays(env.Leaves(spec.Action), 1)
	for i, p := range episodes {
		policy, err := policies(c)(p.policy, factory)
		if err != nil {
			t.Fatal(err)
		}
		seed, policySeed := uint64(i), uint64(i+5)
		if err := e.Reset(&seed, nil, out, 0); err != nil {
			t.Fatal(err)
		}
		out.Terminated[0], out.Truncated[0] = false, false
		policy.Reset(policySeed)
		builder.Start(out, 0)
		for step := 0; !out.Done(0); step++ {
			if err := policy.Act(out, 0, action); err != nil {
				t.Fatal(err)
			}
			var choice traj.Choice
			if step == p.explored {
				env.Row[int64](&action[0], 0)[0] = 0
				choice.Explored = p.flagged
				if f, ok := policy.(env.Follower); ok {
					if err := f.Took(out, 0, action); err != nil {
						t.Fatal(err)
					}
				}
			}
			if err := e.Step(action, out, 0); err != nil {
				t.Fatal(err)
			}
			builder.Step(action, 0, choice, out, 0)
		}
		episode := builder.Finish()
		episode.Policy, episode.Scenario, episode.ScenarioHash = p.name, spec.Scenario, spec.ContentHash
		episode.Seed, episode.Seeded, episode.PolicySeed = seed, true, policySeed
		if _, err := w.Add(episode); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return open(t, dir)
}

// policies are the catalog's, and one that follows what is done in its place.
func policies(c *catalog.Catalog) replay.Policies {
	return func(name string, factory env.Factory) (env.Policy, error) {
		if name == "follower" {
			return new(follower), nil
		}
		return c.Policy(name, factory)
	}
}

// follower chooses level 2 until told that another was taken, and then that.
type follower struct{ level int64 }

func (f *follower) Reset(uint64) { f.level = 2 }

func (f *follower) Act(_ *env.Batch, row int, action env.Arrays) error {
	env.Row[int64](&action[0], row)[0] = f.level
	return nil
}

func (f *follower) Took(_ *env.Batch, row int, action env.Arrays) error {
	f.level = env.Row[int64](&action[0], row)[0]
	return nil
}

func TestPoliciesAreAskedAgain(t *testing.T) {
	c, err := catalog.New(catalog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	set := collected(t, c,
		played{"bba", "bba", -1, false},
		played{"random", "random", -1, false}, // Its seed is recorded.
		played{"fixed:level=3", "fixed:level=3", 7, true},
		played{"fixed:level=3", "fixed:level=3", 7, false}, // Who did this?
		played{"mpc", "my-own", -1, false},
		played{"fixed:level=2", "fixed:level=4", -1, false},
		played{"follower", "follower", 7, true},
	)
	result := verify(t, set, c, replay.Options{Act: policies(c)})
	if result.Exact != result.Selected {
		t.Fatalf("%+v", result)
	}
	steps := result.Selected.Steps / 7
	want := &replay.Acts{
		Same: replay.Count{Episodes: 4, Steps: 4 * steps}, Different: replay.Count{Episodes: 2, Steps: 2 * steps},
		Differences: []replay.Difference{
			{Episode: 3, Policy: "fixed:level=3", Scenario: "abr/train", Shard: "train-00000", Step: 7, Column: "action", Recorded: "0", Replayed: "3"},
			{Episode: 5, Policy: "fixed:level=4", Scenario: "abr/train", Shard: "train-00000", Column: "action", Recorded: "2", Replayed: "4"},
		},
		Unasked: []replay.Unverifiable{{Reason: "policy my-own is not known here", Count: replay.Count{Episodes: 1, Steps: steps}, First: 4}},
	}
	if !reflect.DeepEqual(result.Acts, want) {
		t.Errorf("%+v, want %+v", result.Acts, want)
	}
	if verify(t, set, c, replay.Options{}).Acts != nil {
		t.Error("policies were asked uncalled")
	}
}
