package rollout_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"trailblazer/api/env"
	"trailblazer/internal/rollout"
)

// greedy tries every choice in an environment of its own, and takes the one
// with the highest reward.
type greedy struct {
	env    env.Env
	out    *env.Batch
	action env.Arrays
}

func newGreedy(t *testing.T, factory env.Factory) *greedy {
	e, err := factory.New(0, 1)
	if err != nil {
		t.Fatal(err)
	}
	return &greedy{e, env.NewBatch(e.Spec(), 1), env.NewArrays(env.Leaves(e.Spec().Action), 1)}
}

func (*greedy) Reset(uint64) {}

func (*greedy) Act(*env.Batch, int, env.Arrays) error { return errors.New("no state") }

func (p *greedy) Plan(state []byte, in *env.Batch, row int, action env.Arrays) error {
	best := -1.0
	for choice := range int64(6) {
		if err := p.env.(env.Snapshotter).RestoreState(state, p.out, 0); err != nil {
			return err
		}
		for k := range in.Observation {
			if string(in.Observation[k].Bytes(row)) != string(p.out.Observation[k].Bytes(0)) {
				return errors.New("the state is not the one that is shown")
			}
		}
		env.Row[int64](&p.action[0], 0)[0] = choice
		if err := p.env.Step(p.action, p.out, 0); err != nil {
			return err
		}
		if p.out.Reward[0] > best {
			best = p.out.Reward[0]
			env.Row[int64](&action[0], row)[0] = choice
		}
	}
	return nil
}

// plain hides that its environments have snapshots.
type plain struct{ *source }

func (p plain) NewEnv(ctx context.Context) (env.Env, error) {
	e, err := p.source.NewEnv(ctx)
	return struct{ env.Env }{e}, err
}

func TestRunGivesPlannersTheState(t *testing.T) {
	s := newSource(t, nil)
	s.policies["greedy"] = func() env.Policy { return newGreedy(t, s.factory) }
	options := rollout.Options{Policies: []string{"greedy"}, Episodes: 3}
	result, err := rollout.Run(t.Context(), s, report{}, options)
	if err != nil {
		t.Fatal(err)
	}
	if got := result.Results[0].Metrics["reward"].Mean; got != 5 {
		t.Errorf("a planner that sees every reward gets %v, want 5", got)
	}
	if _, err := rollout.Run(t.Context(), plain{s}, report{}, options); err == nil || !strings.Contains(err.Error(), "policy greedy plans ahead") {
		t.Errorf("without snapshots: %v", err)
	}
}
