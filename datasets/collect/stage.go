package collect

import (
	"context"
	"fmt"
	"strings"

	"trailblazer/api/env"
	"trailblazer/datasets/traj"
	"trailblazer/internal/rollout"
)

// stage is an environment with all policies of a plan in it.
type stage struct {
	*plan
	env      env.Env
	actors   []*rollout.Actor
	actions  []env.Arrays // what each policy would do
	explorer *explorer
	explored env.Arrays
	expert   env.Expert // nil for none
	label    traj.Label
	out      *env.Batch
	builder  *traj.Builder
	// counted has the place of each policy in an episode's Policies, or -1.
	counted []int
}

func newStage(ctx context.Context, source rollout.Source, p *plan, schema *traj.Schema) (*stage, error) {
	e, err := source.NewEnv(ctx)
	if err != nil {
		return nil, err
	}
	s := &stage{plan: p, env: e, out: env.NewBatch(e.Spec(), 1), counted: make([]int, len(p.Policies))}
	if err := s.fill(source, schema); err != nil {
		e.Close()
		return nil, err
	}
	return s, nil
}

func (s *stage) fill(source rollout.Source, schema *traj.Schema) (err error) {
	leaves := env.Leaves(s.spec.Action)
	for _, name := range s.Policies {
		policy, err := source.NewPolicy(name)
		if err != nil {
			return err
		}
		actor, err := rollout.NewActor(name, policy, s.env)
		if err != nil {
			return err
		}
		s.actors, s.actions = append(s.actors, actor), append(s.actions, env.NewArrays(leaves, 1))
	}
	if s.Epsilon > 0 {
		s.explored = env.NewArrays(leaves, 1)
		if s.explorer, err = newExplorer(s.spec); err != nil {
			return err
		}
	}
	if s.Expert != nil {
		s.label.Action = env.NewArrays(leaves, 1)
		if s.expert, err = s.Expert.New(s.env); err != nil {
			return fmt.Errorf("expert %s: %w", s.Expert.Labels.Expert, err)
		}
	}
	s.builder, err = traj.NewBuilder(schema, s.env.Spec())
	return err
}

// play plays a job's episode. Where record is false it serves only the memory
// of those who play, and the episode is nil.
func (s *stage) play(ctx context.Context, j job, record bool) (*traj.Episode, error) {
	seed, policySeed := rollout.EpisodeSeed(s.spec, s.Seed, j.number), s.policySeed(j.number)
	if err := s.env.Reset(&seed, nil, s.out, 0); err != nil {
		return nil, err
	}
	s.out.Reward[0], s.out.Terminated[0], s.out.Truncated[0] = 0, false, false
	at, to := s.watching(j)
	for i := at; i < to; i++ {
		s.actors[i].Reset(policySeed)
	}
	if s.expert != nil {
		s.expert.Reset(policySeed)
	}
	if record {
		s.builder.Start(s.out, 0)
	}
	names, err := s.steps(ctx, j, record)
	if err != nil {
		return nil, err
	}
	for i := at; i < to; i++ {
		if err := s.actors[i].End(s.out, 0); err != nil {
			return nil, err
		}
	}
	if ender, ok := s.expert.(*rollout.Actor); ok {
		if err := ender.End(s.out, 0); err != nil {
			return nil, err
		}
	}
	if !record {
		return nil, nil
	}
	e := s.builder.Finish()
	e.Header.Source, e.Header.Policy, e.Policies = s.source(j.index), s.acted(), names
	e.Scenario, e.ScenarioHash = s.spec.Scenario, s.spec.ContentHash
	e.Seed, e.Seeded, e.PolicySeed = seed, true, policySeed
	return e, nil
}

// watching is the range of policies that see an episode.
func (s *stage) watching(j job) (at, to int) {
	if s.Switch > 0 {
		return 0, len(s.actors)
	}
	return j.policy, j.policy + 1
}

// steps plays from the reset to the end, and returns the names of those who
// acted in the order in which they first did.
func (s *stage) steps(ctx context.Context, j job, record bool) (names []string, err error) {
	for i := range s.counted {
		s.counted[i] = -1
	}
	active := j.policy
	for step := 0; !s.out.Done(0); step++ {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if s.Switch > 0 && step > 0 && j.draws.Chance(s.Switch) {
			active = s.pick(j.draws, active)
		}
		at, to := s.watching(j)
		for i := at; i < to; i++ {
			if err := s.actors[i].Act(s.out, 0, s.actions[i]); err != nil {
				return nil, fmt.Errorf("policy %s: %w", s.Policies[i], err)
			}
		}
		var choice traj.Choice
		if s.expert != nil {
			if s.label.Value, s.label.Advantage, err = s.expert.Label(s.out, 0, s.label.Action); err != nil {
				return nil, fmt.Errorf("expert %s: %w", s.Expert.Labels.Expert, err)
			}
			choice.Label = &s.label
		}
		if s.counted[active] < 0 {
			s.counted[active] = len(names)
			names = append(names, s.Policies[active])
		}
		choice.Policy = s.counted[active]
		action := s.actions[active]
		if s.Epsilon > 0 && j.draws.Chance(s.Epsilon) {
			s.explored.CopyRow(0, action, 0)
			if choice.Explored = s.explorer.explore(j.draws, s.out, s.explored); choice.Explored {
				action = s.explored
			}
		}
		if err := s.tell(j, active, action, choice.Explored); err != nil {
			return nil, err
		}
		if err := s.env.Step(action, s.out, 0); err != nil {
			return nil, err
		}
		if record {
			s.builder.Step(action, 0, choice, s.out, 0)
		}
	}
	return names, nil
}

// tell lets those who watch know of an action that is not their own.
func (s *stage) tell(j job, active int, action env.Arrays, explored bool) error {
	at, to := s.watching(j)
	for i := at; i < to; i++ {
		if i == active && !explored {
			continue
		}
		if err := s.actors[i].Took(s.out, 0, action); err != nil {
			return fmt.Errorf("policy %s: %w", s.Policies[i], err)
		}
	}
	if labeller, ok := s.expert.(interface {
		Took(shown *env.Batch, row int, action env.Arrays) error
	}); ok {
		if err := labeller.Took(s.out, 0, action); err != nil {
			return fmt.Errorf("expert %s: %w", s.Expert.Labels.Expert, err)
		}
	}
	return nil
}

// acted names those who acted, in the order of the plan's policies.
func (s *stage) acted() string {
	var names []string
	for i, at := range s.counted {
		if at >= 0 {
			names = append(names, s.Policies[i])
		}
	}
	return strings.Join(names, "+")
}

func (s *stage) close() error { return s.env.Close() }
