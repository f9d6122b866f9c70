package rl

import (
	"fmt"
	"math"
	"math/rand/v2"

	"trailblazer/api/env"
	"trailblazer/internal/rollout"
	"trailblazer/trainer/model"
)

// label is what an expert said of a step.
type label struct {
	// asked says that there is one, kept that it counts, and acts that it is done.
	asked, kept, acts bool
	advantage         []float64 // valid until the expert is asked again
}

// ask asks the expert of an environment where the options say so; one that looks
// back is asked everywhere, so as to see the whole episode. Draws come from the
// environment's own stream.
func (c *Collector) ask(s *shard, i int, in *env.Batch) (label, error) {
	o, row := &c.options, s.first+i
	random := s.seats[i].random
	var l label
	l.kept = o.Reward == RewardAdvantage || o.Label && chance(random, o.LabelShare)
	l.acts = chance(random, o.Beta)
	l.kept = l.kept || l.acts
	if l.asked = l.kept || c.world.LookBack && o.asks(); !l.asked {
		return l, nil
	}
	var err error
	if _, l.advantage, err = c.world.Experts[row].Label(in, row, c.labels); err != nil {
		return l, fmt.Errorf("environment %d: the expert: %w", row, err)
	}
	return l, nil
}

// chance draws only where there is something to be drawn.
func chance(random *rand.Rand, probability float64) bool {
	switch probability {
	case 0:
		return false
	case 1:
		return true
	}
	return random.Float64() < probability
}

// keep appends a step's label to the targets, or none.
func (c *Collector) keep(s *shard, i int, in *env.Batch, l *label) error {
	if !c.options.Label {
		return nil
	}
	row := s.first + i
	t := &c.lanes[row].targets
	if !l.kept {
		return none(s.task, t)
	}
	weight, err := s.adapter.Imitated(in, row, c.labels, row, &t.Actions)
	if err != nil {
		return fmt.Errorf("environment %d: the expert's action: %w", row, err)
	}
	if w, ok := c.world.Experts[row].(env.Weigher); ok {
		if weight, err = weighed(row, weight, w.Weight()); err != nil {
			return err
		}
	}
	if regresses(s.task) {
		if len(l.advantage) != s.task.Head.Choices {
			return unknown(row, len(l.advantage), s.task.Head.Choices)
		}
		first := len(t.Advantage)
		for _, x := range l.advantage {
			if x-x != 0 {
				weight = 0
			}
			t.Advantage = append(t.Advantage, float32(x))
		}
		if weight == 0 { // Nobody knows what is lost here.
			clear(t.Advantage[first:])
		}
	}
	t.Weight = append(t.Weight, weight)
	return nil
}

// weighed is a label's weight times how much its expert says that it matters.
func weighed(row int, weight float32, matters float64) (float32, error) {
	if !(matters >= 0) || math.IsInf(matters, 1) {
		return 0, &env.FieldError{Field: fmt.Sprintf("experts[%d].weight", row), Value: fmt.Sprint(matters),
			Remedy: "let the expert give a finite number, 0 for a label that is not to be learned"}
	}
	return weight * float32(matters), nil
}

// none appends a label that weighs nothing.
func none(task *model.Task, t *model.Targets) error {
	d := model.Decision{Choice: -1, Executors: 1}
	decided(&d, task.Head.Kind, &t.Actions)
	if regresses(task) {
		for range task.Head.Choices {
			t.Advantage = append(t.Advantage, 0)
		}
	}
	t.Weight = append(t.Weight, 0)
	return nil
}

// regresses reports whether a task learns what choices lose.
func regresses(task *model.Task) bool {
	return task.Objective.Kind == model.ObjectiveAdvantage || task.Objective.Kind == model.ObjectiveSoft
}

// shape is the reward of what was done, as the expert sees it.
func (c *Collector) shape(s *shard, i int, l *label) error {
	if c.options.Reward != RewardAdvantage {
		return nil
	}
	row := s.first + i
	r := &c.lanes[row].record
	choice := int(r.actions.Choice[len(r.actions.Choice)-1])
	if choice >= len(l.advantage) {
		return unknown(row, len(l.advantage), s.task.Head.Choices)
	}
	r.shaped = l.advantage[choice]
	return nil
}

func unknown(row, got, want int) error {
	return &env.FieldError{Field: fmt.Sprintf("experts[%d]", row), Value: fmt.Sprintf("one that says of %d choices what they lose", got),
		Remedy: fmt.Sprintf("name one that knows it of all %d, such as offline-table of ABR", want)}
}

var _ Follower = (*rollout.Actor)(nil)

// tell lets an expert know what was done in its place.
func (c *Collector) tell(row int, in *env.Batch) error {
	if f, ok := c.expert(row).(Follower); ok {
		return f.Took(in, row, c.action)
	}
	return nil
}

// end lets it know how the episode ended.
func (c *Collector) end(row int, in *env.Batch) error {
	if f, ok := c.expert(row).(Follower); ok {
		return f.End(in, row)
	}
	return nil
}

func (c *Collector) expert(row int) env.Expert {
	if c.world.Experts == nil {
		return nil
	}
	return c.world.Experts[row]
}
