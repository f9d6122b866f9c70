package feed

import (
	"fmt"
	"slices"

	"trailblazer/internal/jsonconfig"
	"trailblazer/trainer/feature"
	"trailblazer/trainer/model"
)

// start empties a batch for its first sequence, and keeps its memory.
func start(b *model.Batch, task int) {
	b.Task = task
	feature.Start(&b.Steps)
	t := &b.Targets
	feature.StartActions(&t.Actions)
	t.Advantage, t.Weight = t.Advantage[:0], t.Weight[:0]
}

// pack appends a window of a stream to a batch.
func (t *Task) pack(s *stream, w window, to *model.Batch) error {
	lead := w.low
	if s.recorded.Step[w.low] > 0 { // The episode began before the window.
		lead += t.Lead
	}
	for row := w.low; row < w.high; row++ {
		if err := t.packStep(s, row, row >= lead, to); err != nil {
			return s.data.err(fmt.Errorf("episode %d, step %d: %w", w.episode, s.recorded.Step[row], err))
		}
	}
	to.Offsets = append(to.Offsets, int32(len(to.Times)))
	return nil
}

// packStep appends a row.
func (t *Task) packStep(s *stream, row int, learn bool, to *model.Batch) error {
	r, a, targets := s.recorded, s.adapter, &to.Targets
	if err := a.Observe(r.Batch, row, &to.Steps); err != nil {
		return err
	}
	to.Times = append(to.Times, r.Step[row])
	if err := a.Taken(r.Batch, row, r.Action, row, &to.Actions); err != nil {
		return err
	}
	weight, err := float32(1), error(nil)
	switch {
	case r.Expert != nil:
		weight, err = a.Imitated(r.Batch, row, r.Expert, row, &targets.Actions)
	case r.Choices > 0 && r.Advantage != nil:
		weight = t.packAdvantage(r, row, targets)
	default:
		weight, err = a.Imitated(r.Batch, row, r.Action, row, &targets.Actions)
	}
	if err != nil {
		return err
	}
	if r.Condition != nil {
		x := r.Condition[row]
		if x-x != 0 { // Nobody knows.
			return jsonconfig.Refuse(a.Config().Condition.Field(), fmt.Sprint(x), "choose a condition that is known of every step, or filter out these episodes")
		}
		to.Condition = append(to.Condition, a.Config().Condition.Scaled(x))
	}
	if !learn || t.SkipExplored && r.Explored[row] {
		weight = 0
	}
	targets.Weight = append(targets.Weight, weight)
	return nil
}

// packAdvantage appends what every choice loses; a step of which the expert does
// not know it weighs nothing.
func (t *Task) packAdvantage(r *feature.Recorded, row int, to *model.Targets) (weight float32) {
	weight = 1
	first := len(to.Advantage)
	for _, x := range r.Advantage[row*r.Choices : (row+1)*r.Choices] {
		if x != x {
			weight = 0
		}
		to.Advantage = append(to.Advantage, float32(x))
	}
	if weight == 0 {
		clear(to.Advantage[first:])
	}
	return weight
}

// teaches reports whether anything is learned from a batch.
func teaches(b *model.Batch) bool {
	return slices.ContainsFunc(b.Targets.Weight, func(w float32) bool { return w > 0 })
}

// full reports whether a batch is as large as it gets.
func (t *Task) full(b *model.Batch) bool {
	return len(b.Offsets)-1 >= t.Batch || int(b.Graph.JobOffsets[len(b.Graph.JobOffsets)-1]) >= t.Nodes
}
