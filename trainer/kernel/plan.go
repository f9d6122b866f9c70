package kernel

import (
	"math"

	"trailblazer/trainer/kernel/vec"
)

// tileRows is how many queries a tile has at most.
const tileRows = 64

// plan is how attention over a layout is cut into tiles.
type plan struct {
	layout *Layout
	// steps, positions and transient are those of all tokens; transient is nil
	// where none is.
	steps, positions []int32
	transient        []bool
	tiles            []tile
	// first has one entry more than there are sequences: sequence s owns the
	// tiles from first[s] up to, not including, first[s+1].
	first []int32
	// chosen are the keys of tiles that leave some out, with their steps and
	// whether they are transient.
	chosen          []int32
	chosenSteps     []int32
	chosenTransient []bool
	// weights is how many the tiles of one head have together, largest and
	// mostKeys what one tile has at most.
	weights, largest, mostKeys int
}

// tile is queries that stand side by side, and all keys that any of them sees:
// the last ones are those of the queries themselves.
type tile struct {
	low, high int // queries
	keys      int // how many
	from      int // the first key, or its place in chosen
	choice    bool
	weights   int // where its weights begin
}

func (t tile) rows() int { return t.high - t.low }

// planOf is the plan of a layout; one for all layers of a pass.
func (t *Tape) planOf(l *Layout) *plan {
	if t.plans.step == t.step {
		for _, p := range t.plans.records[:t.plans.used] {
			if p.layout == l {
				return p
			}
		}
	}
	p := t.plans.take(t)
	p.make(l)
	return p
}

func (p *plan) make(l *Layout) {
	*p = plan{layout: l, steps: p.steps[:0], positions: p.positions[:0], tiles: p.tiles[:0], first: append(p.first[:0], 0),
		transient: l.Transient, chosen: p.chosen[:0], chosenSteps: p.chosenSteps[:0], chosenTransient: p.chosenTransient[:0]}
	for s := range l.Offsets[1:] {
		for i := l.Offsets[s]; i < l.Offsets[s+1]; i++ {
			p.steps = append(p.steps, l.step(int(i), int(i-l.Offsets[s])))
			p.positions = append(p.positions, l.position(int(i), i-l.Offsets[s]))
		}
		p.cut(int(l.Offsets[s]), int(l.Offsets[s+1]), l.Context)
		p.first = append(p.first, int32(len(p.tiles)))
	}
}

// cut adds the tiles of a sequence.
func (p *plan) cut(low, high, context int) {
	first := low
	for at := low; at < high; at += tileRows {
		t := tile{low: at, high: min(at+tileRows, high), weights: p.weights}
		for context > 0 && int(p.steps[first]) <= int(p.steps[at])-context {
			first++
		}
		t.from, t.keys = first, t.high-first
		if p.transient != nil {
			p.choose(&t)
		}
		p.tiles = append(p.tiles, t)
		p.weights += t.rows() * t.keys
		p.largest = max(p.largest, t.rows()*t.keys)
		p.mostKeys = max(p.mostKeys, t.keys)
	}
}

// choose leaves out the transient keys of steps before the tile's first.
func (p *plan) choose(t *tile) {
	from := len(p.chosen)
	for j := t.from; j < t.high; j++ {
		if !p.transient[j] || p.steps[j] >= p.steps[t.low] {
			p.chosen = append(p.chosen, int32(j))
			p.chosenSteps = append(p.chosenSteps, p.steps[j])
			p.chosenTransient = append(p.chosenTransient, p.transient[j])
		}
	}
	if count := len(p.chosen) - from; count < t.keys {
		t.from, t.keys, t.choice = from, count, true
		return
	}
	p.chosen, p.chosenSteps, p.chosenTransient = p.chosen[:from], p.chosenSteps[:from], p.chosenTransient[:from]
}

// softmax turns a tile's products into weights.
func (p *plan) softmax(weights []float32, t tile) {
	steps, transient := p.steps, p.transient
	if t.choice {
		steps, transient = p.chosenSteps, p.chosenTransient
	}
	steps = steps[t.from:][:t.keys]
	if transient != nil {
		transient = transient[t.from:][:t.keys]
	}
	maskedSoftmax(weights, t.rows(), steps, transient, p.layout.Context)
}

// maskedSoftmax takes each row's softmax over the keys that it sees, and sets
// the others to 0. The last keys are those of the rows themselves. transient is
// nil where no key is.
func maskedSoftmax(weights []float32, rows int, steps []int32, transient []bool, context int) {
	keys, first := len(steps), 0
	for i := range rows {
		own := keys - rows + i
		for context > 0 && int(steps[first]) <= int(steps[own])-context {
			first++
		}
		row := weights[i*keys : (i+1)*keys]
		clear(row[:first])
		clear(row[own+1:])
		seen := row[first : own+1]
		for j := range transient[min(first, len(transient)):min(own, len(transient))] {
			if transient[first+j] && steps[first+j] != steps[own] {
				seen[j] = float32(math.Inf(-1))
			}
		}
		vec.Softmax(seen, seen)
	}
}
