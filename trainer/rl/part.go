package rl

import (
	"math/rand/v2"
	"slices"

	"trailblazer/trainer/feature"
	"trailblazer/trainer/model"
)

// part is some steps of an experience, put together to learn from.
type part struct {
	steps model.Steps
	// rows are their places in the experience.
	rows []int32
}

// gather puts pieces of steps together; piece i is the steps from bounds[i] up
// to, not including, bounds[i+1].
func (b *part) gather(from *model.Steps, bounds, pieces []int32) {
	feature.Start(&b.steps)
	b.rows = b.rows[:0]
	for _, i := range pieces {
		low, high := bounds[i], bounds[i+1]
		b.steps.AppendSequence(from, low, high)
		for t := low; t < high; t++ {
			b.rows = append(b.rows, t)
		}
	}
}

// stepwise reports whether the model decides by each step alone, so that steps
// can be shuffled.
func (l *Learner) stepwise() bool { return stepwise(l.options.Model.Config(), l.options.Task) }

func stepwise(c model.Config, task int) bool {
	t := &c.Tasks[task]
	return c.Backbone.Positions != model.PositionsLearned && (c.Backbone.Layers == 0 || t.Context == 1 && !t.ActionTokens)
}

// pieces are what minibatches are made of: steps, or whole sequences.
func (l *Learner) pieces(e *Experience) (bounds []int32) {
	if l.stepwise() {
		return each(e.Len())
	}
	return e.Offsets
}

// each bounds n pieces of one.
func each(n int) []int32 {
	bounds := make([]int32, n+1)
	for i := range bounds {
		bounds[i] = int32(i)
	}
	return bounds
}

// shuffled are all pieces in a random order, cut into parts of about so many
// steps.
func shuffled(random *rand.Rand, bounds []int32, steps int) [][]int32 {
	pieces := make([]int32, len(bounds)-1)
	for i := range pieces {
		pieces[i] = int32(i)
	}
	random.Shuffle(len(pieces), func(i, j int) { pieces[i], pieces[j] = pieces[j], pieces[i] })
	return cut(pieces, bounds, steps)
}

// cut makes parts of pieces of about so many steps, all as large as that
// allows; 0 makes one.
func cut(pieces, bounds []int32, steps int) (parts [][]int32) {
	total := int(bounds[len(bounds)-1])
	count := 1
	if steps > 0 {
		count = max((total+steps/2)/steps, 1)
	}
	low, done := 0, 0
	for i, piece := range pieces {
		done += int(bounds[piece+1] - bounds[piece])
		if i+1 == len(pieces) || done*count >= total*(len(parts)+1) {
			parts = append(parts, pieces[low:i+1])
			low = i + 1
		}
	}
	return parts
}

// pick copies the numbers of some rows.
func pick(to, from []float32, rows []int32) []float32 {
	to = slices.Grow(to[:0], len(rows))
	for _, r := range rows {
		to = append(to, from[r])
	}
	return to
}

// labelled copies the labels of some rows, and reports whether there is any.
func labelled(from *model.Targets, rows []int32, to *model.Targets) bool {
	any := false
	for _, r := range rows {
		any = any || anyWeight(from, r, r+1)
	}
	if any {
		for _, r := range rows {
			appendLabel(to, from, r)
		}
	}
	return any
}
