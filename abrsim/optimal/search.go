package optimal

import (
	"cmp"
	"math"
	"slices"

	"trailblazer/abrsim"
)

// search runs label-setting searches from one root, chunk by chunk.
type search struct {
	d        *dynamics
	m        *metric
	root     abrsim.State
	ceiling  *ceiling
	frontier *frontier
	open     []label
	order    []int32
	layers   [][]label
	labels   int
}

// outcome is what a search found.
type outcome struct {
	levels []int // nil: nothing above the floor
	value  float64
	// dropped is the largest hope of a label that was left out for want of
	// room.
	dropped float64
}

// run keeps the labels that hope for more than floor, and of each chunk at most
// width, those that promise most.
//
// What promises most is hope at a somewhat later time: every chunk still to
// come gains from rounding time down, about a cell in three.
func (x *search) run(d *dynamics, width int, floor float64) outcome {
	const bias = 0.3
	found := outcome{dropped: math.Inf(-1)}
	layer := x.rootLabels()
	x.layers = append(x.layers[:0], layer)
	for chunk := int(x.root.Chunk); chunk < d.chunks; chunk++ {
		x.expand(d, layer, chunk, floor+above)
		x.frontier.reset()
		kept := make([]label, 0, len(x.open))
		for _, i := range x.inOrder() {
			if l := &x.open[i]; x.frontier.add(l, chunk+1 == d.chunks) {
				kept = append(kept, *l)
			}
		}
		if len(kept) > width {
			biasS := float64(float64(d.chunks-chunk-1) * bias * x.ceiling.gridS)
			for i := range kept {
				kept[i].promise = x.ceiling.hope(chunk+1, &kept[i], biasS)
			}
			slices.SortFunc(kept, func(a, b label) int { return cmp.Compare(b.promise, a.promise) })
			for i := range kept[width:] {
				found.dropped = max(found.dropped, kept[width+i].hope)
			}
			kept = kept[:width]
		}
		layer = kept
		x.layers = append(x.layers, layer)
		x.labels += len(layer)
	}
	x.trace(&found)
	return found
}

func (x *search) rootLabels() []label {
	return []label{{place: place{x.root.Link, x.root.BufferMs}, level: x.root.LastLevel, parent: -1}}
}

// above is by how much a plan must be better to be looked for.
const above = 1e-9

// expand downloads chunk at every level from every label.
func (x *search) expand(d *dynamics, from []label, chunk int, floor float64) {
	x.open = x.open[:0]
	for i := range from {
		p := &from[i]
		for level := range d.levels {
			at, elapsedMs, stallMs := d.step(p.place, chunk, level)
			stallS := stallMs / 1000
			l := label{
				place: at, timeMs: p.timeMs + elapsedMs, stallS: p.stallS + stallS,
				value:  p.value + x.m.reward(level, int(p.level), stallS),
				smooth: p.smooth + x.m.value[level*d.levels+int(p.level)],
				parent: int32(i), level: int32(level),
			}
			if d.paper {
				l.timeMs -= d.rttMs
			}
			if l.hope = x.ceiling.hope(chunk+1, &l, 0); l.hope > floor {
				x.open = append(x.open, l)
			}
		}
	}
}

// inOrder lists the open labels so that none comes before one that dominates
// it. The result is valid until the next call.
func (x *search) inOrder() []int32 {
	x.order = x.order[:0]
	for i := range x.open {
		x.order = append(x.order, int32(i))
	}
	slices.SortFunc(x.order, func(i, j int32) int {
		a, b := &x.open[i], &x.open[j]
		switch {
		case a.timeMs < b.timeMs:
			return -1
		case a.timeMs > b.timeMs:
			return 1
		case a.stallS != b.stallS:
			return cmp.Compare(a.stallS, b.stallS)
		}
		return cmp.Or(cmp.Compare(b.smooth, a.smooth), cmp.Compare(i, j))
	})
	return x.order
}

// trace reads the best plan off the layers.
func (x *search) trace(found *outcome) {
	last := x.layers[len(x.layers)-1]
	if len(last) == 0 {
		return
	}
	at := 0
	for i := range last {
		if last[i].value > last[at].value {
			at = i
		}
	}
	found.value = last[at].value
	found.levels = make([]int, len(x.layers)-1)
	for i := len(x.layers) - 1; i > 0; i-- {
		found.levels[i-1] = int(x.layers[i][at].level)
		at = int(x.layers[i][at].parent)
	}
}
