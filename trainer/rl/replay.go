package rl

import (
	"math/rand/v2"
	"sort"

	"trailblazer/trainer/feature"
	"trailblazer/trainer/model"
)

// Replay keeps what experts have labelled in the last experiences, to learn from
// again: DAgger learns from all states that the model has come through, of which
// the last ones are those it comes through now.
type Replay struct {
	keep     int
	stepwise bool
	last     []*remembered
	// before has how many pieces there are before each of last, and their number.
	before []int
}

// remembered is the labelled pieces of one experience.
type remembered struct {
	steps   model.Steps
	targets model.Targets
}

// NewReplay keeps the labels of so many experiences, at least one, for the model
// of the learner: where that looks at a step alone, labelled steps, else whole
// sequences with at least one.
func (l *Learner) NewReplay(keep int) *Replay {
	return &Replay{keep: max(keep, 1), stepwise: l.stepwise()}
}

// Add copies what is labelled of an experience, in the place of the oldest where
// there are enough.
func (r *Replay) Add(e *Experience) {
	bounds := e.Offsets
	if r.stepwise {
		bounds = each(e.Len())
	}
	m := new(remembered)
	feature.Start(&m.steps)
	for i := range len(bounds) - 1 {
		if low, high := bounds[i], bounds[i+1]; anyWeight(&e.Targets, low, high) {
			m.steps.AppendSequence(&e.Steps, low, high)
			for t := low; t < high; t++ {
				appendLabel(&m.targets, &e.Targets, t)
			}
		}
	}
	if len(r.last) == r.keep {
		r.last = append(r.last[:0], r.last[1:]...)
	}
	r.last = append(r.last, m)
	r.before = append(r.before[:0], 0)
	for i, m := range r.last {
		r.before = append(r.before, r.before[i]+len(m.steps.Offsets)-1)
	}
}

// Len is how many labelled pieces it has.
func (r *Replay) Len() int {
	if len(r.before) == 0 {
		return 0
	}
	return r.before[len(r.last)]
}

// draw puts pieces together until they have so many steps, each drawn from all,
// so that one may come twice.
func (r *Replay) draw(random *rand.Rand, steps int, b *model.Batch) {
	feature.Start(&b.Steps)
	t := &b.Targets
	feature.StartActions(&t.Actions)
	t.Advantage, t.Weight = t.Advantage[:0], t.Weight[:0]
	for len(t.Weight) < steps {
		piece := random.IntN(r.Len())
		i := sort.SearchInts(r.before, piece+1) - 1
		m := r.last[i]
		at := piece - r.before[i]
		low, high := m.steps.Offsets[at], m.steps.Offsets[at+1]
		b.AppendSequence(&m.steps, low, high)
		for s := low; s < high; s++ {
			appendLabel(t, &m.targets, s)
		}
	}
}

// anyWeight reports whether any of some steps has a label.
func anyWeight(t *model.Targets, low, high int32) bool {
	if len(t.Weight) == 0 {
		return false
	}
	for _, w := range t.Weight[low:high] {
		if w > 0 {
			return true
		}
	}
	return false
}

// appendLabel copies the label of a step.
func appendLabel(to, from *model.Targets, t int32) {
	choices := len(from.Advantage) / len(from.Weight)
	to.Weight = append(to.Weight, from.Weight[t])
	to.Advantage = append(to.Advantage, from.Advantage[int(t)*choices:(int(t)+1)*choices]...)
	to.Actions.Append(&from.Actions, t, t+1)
}
