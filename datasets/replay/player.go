package replay

import (
	"context"
	"errors"
	"fmt"

	"trailblazer/api/env"
	"trailblazer/datasets/traj"
)

// player plays episodes of one scenario again, one after the other.
type player struct {
	env     env.Env
	builder *traj.Builder
	out     *env.Batch
	action  env.Arrays
	// fields are the places of the action's arrays among the schema's fields.
	fields []int
	// crew is nil where nobody asks policies.
	crew *crew
}

func newPlayer(s *stage, schema *traj.Schema, policies Policies) (*player, error) {
	e, err := s.factory.New(0, 1)
	if err != nil {
		return nil, err
	}
	spec := e.Spec()
	p := &player{env: e, out: env.NewBatch(spec, 1), action: env.NewArrays(env.Leaves(spec.Action), 1), fields: schema.Role(traj.RoleAction)}
	if policies != nil {
		p.crew = &crew{make: policies, factory: s.factory, members: map[string]*member{}}
	}
	if p.builder, err = traj.NewBuilder(schema, spec); err != nil {
		e.Close()
		return nil, err
	}
	if len(p.fields) != len(p.action) {
		e.Close()
		return nil, fmt.Errorf("%s acts with %d arrays, and the data set has %d: it was recorded with other spaces", spec.ID, len(p.action), len(p.fields))
	}
	return p, nil
}

func (p *player) close() { p.env.Close() }

// checkEvery is after how many steps an episode looks whether it is to stop.
const checkEvery = 1024

// play plays an episode again, and returns where it parts; nil if it does not.
// Meanwhile the policies are asked, if there are questions.
func (p *player) play(ctx context.Context, recorded *traj.Episode, q *questions) (*Difference, error) {
	if d, err := p.begin(recorded); d != nil || err != nil {
		return d, err
	}
	p.builder.Start(p.out, 0)
	steps := recorded.Steps
	var refusal error
	for row := 0; row < steps.Rows && refusal == nil; row++ {
		if row%checkEvery == checkEvery-1 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		q.step(row, p.out)
		for k, at := range p.fields {
			p.act(k, steps.Bytes(at, row))
		}
		q.tell(row, p.out, p.action)
		if refusal = p.env.Step(p.action, p.out, 0); refusal == nil {
			p.builder.Step(p.action, 0, traj.Choice{}, p.out, 0)
		}
	}
	replayed := p.builder.Finish()
	if replayed == nil {
		return refused(0, refusal), nil
	}
	if d := compare(recorded, replayed); d != nil {
		return d, nil
	}
	if refusal != nil {
		return refused(replayed.Header.Steps, refusal), nil
	}
	return nil, nil
}

// refused is the difference that the environment does not take an action any
// more.
func refused(step int, err error) *Difference {
	return &Difference{Step: step, Column: "action", Recorded: "taken", Replayed: "refused: " + err.Error()}
}

// begin brings the environment to where the episode began.
func (p *player) begin(recorded *traj.Episode) (*Difference, error) {
	p.out.Reward[0], p.out.Terminated[0], p.out.Truncated[0] = 0, false, false
	if recorded.Seeded {
		if err := p.env.Reset(&recorded.Seed, recorded.ResetOptions, p.out, 0); err != nil {
			return &Difference{Column: "reset_options", Recorded: string(recorded.ResetOptions), Replayed: "refused: " + err.Error()}, nil
		}
		return nil, nil
	}
	s, ok := p.env.(env.Snapshotter)
	if !ok {
		return nil, errors.New("it begins with a state, and the environment can't go to one")
	}
	if err := s.RestoreState(recorded.Start, p.out, 0); err != nil {
		return &Difference{Column: "start", Recorded: fmt.Sprintf("%d bytes", len(recorded.Start)), Replayed: "refused: " + err.Error()}, nil
	}
	return nil, nil
}

// act writes one array of the action.
func (p *player) act(k int, value []byte) {
	if a := &p.action[k]; a.Leaf.Ragged {
		a.Rows[0] = append(a.Rows[0][:0], value...)
	} else {
		copy(a.Bytes(0), value)
	}
}
