package feature

import (
	"fmt"
	"slices"

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
// it, but for an episode's first. Numbers that are not finite where a model gets
// them are an *env.FieldError. After an error the episode is as it was, but steps
// may have some of the row.
func (e *Episode) Observe(in *env.Batch, row int, to *model.Steps) error {
	goal, field := e.goal, "goal"
	if e.step > 0 && !e.given {
		goal, field = goal-in.Reward[row], "reward"
	}
	if c := &e.adapter.config.Condition; c.On() {
		if x := c.Scaled(goal); !finite(float64(x)) {
			return &env.FieldError{Field: field, Value: fmt.Sprintf("one after which the rest of the episode is to bring %g", goal),
				Remedy: "give sums of rewards as large as those that the model has learned from"}
		}
	}
	before := sizes(to)
	if err := e.adapter.Observe(in, row, to); err != nil {
		return err
	}
	for i, numbers := range inputs(to) {
		if k := slices.IndexFunc(numbers[before[i]:], func(x float32) bool { return !finite(float64(x)) }); k >= 0 {
			return &env.FieldError{Field: "observation", Value: fmt.Sprintf("one of which input %d is %g", k, numbers[before[i]+k]),
				Remedy: "show finite numbers, as large as those that the model has learned from"}
		}
	}
	e.goal, e.given = goal, false
	to.Times = append(to.Times, e.step)
	to.Offsets = append(to.Offsets, to.Offsets[len(to.Offsets)-1]+1)
	if c := &e.adapter.config.Condition; c.On() {
		to.Condition = append(to.Condition, c.Scaled(e.goal))
	}
	e.step++
	return nil
}

// inputs are the numbers of steps that a model computes with.
func inputs(s *model.Steps) [4][]float32 {
	return [...][]float32{s.Vector, s.Graph.Nodes, s.Graph.Jobs, s.Graph.Global}
}

// sizes is how many of each there are.
func sizes(s *model.Steps) (n [4]int) {
	for i, numbers := range inputs(s) {
		n[i] = len(numbers)
	}
	return n
}
