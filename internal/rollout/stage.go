package rollout

import (
	"context"

	"trailblazer/api/env"
	"trailblazer/internal/stats"
)

// stage is an environment with a policy in it.
type stage struct {
	*player
	env    env.Env
	actor  *Actor
	out    *env.Batch
	before *env.Batch // what out was before a step, if steps are logged
	action env.Arrays
}

func newStage(p *player, e env.Env, policy env.Policy) (*stage, error) {
	actor, err := NewActor(p.policy, policy, e)
	if err != nil {
		return nil, err
	}
	return &stage{player: p, env: e, actor: actor,
		out:    env.NewBatch(e.Spec(), 1),
		before: env.NewBatch(e.Spec(), 1),
		action: env.NewArrays(env.Leaves(e.Spec().Action), 1),
	}, nil
}

func (s *stage) episode(ctx context.Context, k int) (*episode, error) {
	seed := EpisodeSeed(s.source.Spec(), s.options.Seed, k)
	e := &episode{index: k, parts: make([]stats.Part, len(s.report.Metrics()))}
	var err error
	if e.record, err = s.files.newRecord(k); err != nil {
		return nil, err
	}
	if err := s.env.Reset(&seed, nil, s.out, 0); err != nil {
		return nil, err
	}
	s.out.Reward[0], s.out.Terminated[0], s.out.Truncated[0] = 0, false, false
	s.actor.Reset(s.options.Seed + uint64(k))
	if err := s.note(e, -1); err != nil {
		return nil, err
	}
	for !s.out.Done(0) {
		if err := ctx.Err(); err != nil {
			return nil, context.Cause(ctx)
		}
		if err := s.actor.Act(s.out, 0, s.action); err != nil {
			return nil, err
		}
		if s.files.log != nil {
			s.before.Observation.CopyRow(0, s.out.Observation, 0)
			s.before.Info.CopyRow(0, s.out.Info, 0)
		}
		if err := s.env.Step(s.action, s.out, 0); err != nil {
			return nil, err
		}
		if err := s.note(e, e.steps); err != nil {
			return nil, err
		}
		e.steps++
	}
	if err := s.actor.End(s.out, 0); err != nil {
		return nil, err
	}
	return e, nil
}

// note takes down what a reset (step -1) or a step brought.
func (s *stage) note(e *episode, index int) error {
	s.report.Measure(s.out, 0, index < 0, e.parts)
	if e.record != nil {
		if err := e.record.Add(s.out, 0); err != nil {
			return err
		}
	}
	if s.files.log == nil {
		return nil
	}
	step := Step{Index: index, Before: s.before, Action: s.action, After: s.out}
	if line, ok := s.report.AppendLog(nil, &step); ok {
		e.lines = append(e.lines, line)
	}
	return nil
}
