package replay

import (
	"errors"
	"fmt"

	"trailblazer/api/env"
	"trailblazer/datasets/traj"
	"trailblazer/internal/rollout"
)

// Policies makes the policy of a name for environments of a factory, as
// catalog.Catalog does.
type Policies func(name string, factory env.Factory) (env.Policy, error)

// Acts is what policies said when they were asked again.
type Acts struct {
	// Same counts the episodes in which they chose every action again, but for
	// those that exploration replaced; Different those in which they did not.
	Same      Count `json:"same"`
	Different Count `json:"different"`
	// Differences has the first action of each different episode.
	Differences []Difference `json:"differences,omitempty"`
	// Unasked counts, by reason, the episodes whose policies can't be asked.
	Unasked []Unverifiable `json:"unasked,omitempty"`
}

// crew is the policies of a player, made as they are needed.
type crew struct {
	make    Policies
	factory env.Factory
	members map[string]*member
}

// member is a policy in the player's environment.
type member struct {
	actor  *rollout.Actor
	action env.Arrays
	// reason says why it can't be asked; empty if it can.
	reason string
}

func (c *crew) member(name string, e env.Env) *member {
	if m := c.members[name]; m != nil {
		return m
	}
	m := &member{action: env.NewArrays(env.Leaves(e.Spec().Action), 1)}
	policy, err := c.make(name, c.factory)
	var missing *env.NotFoundError
	switch _, remembers := policy.(env.Rememberer); {
	case errors.As(err, &missing):
		m.reason = fmt.Sprintf("policy %s is not known here", name)
	case err != nil:
		m.reason = fmt.Sprintf("policy %s can't be made here: %v", name, err)
	case remembers:
		m.reason = fmt.Sprintf("policy %s remembers the episodes before", name)
	default:
		if m.actor, err = rollout.NewActor(name, policy, e); err != nil {
			m.reason = err.Error()
		}
	}
	c.members[name] = m
	return m
}

// questions asks the policies of one episode.
type questions struct {
	recorded *traj.Episode
	members  []*member
	reason   string
	// actions are the places of the action's fields in the steps.
	actions []int
	who     []int32
	free    []bool // where exploration acted
	// difference is the first action that is another one.
	difference *Difference
}

// ask begins the questions of an episode.
func (p *player) ask(recorded *traj.Episode) *questions {
	if p.crew == nil {
		return nil
	}
	names := recorded.Policies
	if len(names) == 0 {
		names = []string{recorded.Policy}
	}
	q := &questions{recorded: recorded, actions: p.fields,
		who: traj.Of[int32](recorded.Steps.Find(traj.FieldPolicy)), free: traj.Of[bool](recorded.Steps.Find(traj.FieldExplored))}
	for _, name := range names {
		m := p.crew.member(name, p.env)
		if m.reason != "" {
			q.reason = m.reason
			return q
		}
		m.actor.Reset(recorded.PolicySeed)
		q.members = append(q.members, m)
	}
	return q
}

// step asks all policies what to do in a step, as those who took turns in the
// episode were asked, and compares with what was done.
func (q *questions) step(row int, shown *env.Batch) {
	if q == nil || q.reason != "" || q.difference != nil {
		return
	}
	for i, m := range q.members {
		if err := m.actor.Act(shown, 0, m.action); err != nil {
			if i == int(q.who[row]) {
				q.difference = &Difference{Step: row, Column: "action", Recorded: "chosen", Replayed: "refused: " + err.Error()}
			}
			continue
		}
		if i != int(q.who[row]) || q.free[row] {
			continue
		}
		for k, at := range q.actions {
			if before, now := q.recorded.Steps.Bytes(at, row), m.action[k].Bytes(0); string(before) != string(now) {
				q.difference = difference(q.recorded.Steps.Fields[at], before, now)
				q.difference.Step = row
				break
			}
		}
	}
}

// tell lets those who were asked know of an action that was not their own, as
// collecting does.
func (q *questions) tell(row int, shown *env.Batch, action env.Arrays) {
	if q == nil || q.reason != "" || q.difference != nil {
		return
	}
	for i, m := range q.members {
		if i == int(q.who[row]) && !q.free[row] {
			continue
		}
		if err := m.actor.Took(shown, 0, action); err != nil {
			q.difference = &Difference{Step: row, Column: "action", Recorded: "taken", Replayed: "refused: " + err.Error()}
			return
		}
	}
}
