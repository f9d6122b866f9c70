package feature

import (
	"trailblazer/api/env"
	"trailblazer/trainer/model"
)

// Episode is one episode that is being played: it counts the steps, and what is
// left of the goal.
type Episode struct {
	adapter *Adapter
	step    int32
	goal    float64
	given   bool // for the step that comes
}

// NewEpisode begins an episode that aims at a sum of rewards, such as
// Condition.Target; it does not matter to a model without condition.
func (a *Adapter) NewEpisode(target float64) *Episode {
	return &Episode{adapter: a, goal: target}
}

// Goal is what the rest of the episode is to bring.
func (e *Episode) Goal() float64 { return e.goal }

// SetGoal says what the rest is to bring from the step that comes on, for those
// who estimate it anew.
func (e *Episode) SetGoal(goal float64) { e.goal, e.given = goal, true }

// Observe appends a step to steps, as a sequence of its own: what a row of in
// shows. Unless the goal was set for this step, it takes the row's reward off
// it, but for an episode's first.
func (e *Episode) Observe(in *env.Batch, row int, to *model.Steps) error {
	if err := e.adapter.Observe(in, row, to); err != nil {
		return err
	}
	if e.step > 0 && !e.given {
		e.goal -= in.Reward[row]
	}
	e.given = false
	to.Times = append(to.Times, e.step)
	to.Offsets = append(to.Offsets, to.Offsets[len(to.Offsets)-1]+1)
	if c := &e.adapter.config.Condition; c.On() {
		to.Condition = append(to.Condition, c.Scaled(e.goal))
	}
	e.step++
	return nil
}
