package optimal

import (
	"math"

	"trailblazer/abrsim"
)

// ceiling bounds from above what the rest of a video is worth, so that a
// search can drop most labels.
//
// It is a backward dynamic programme over (chunk, standstill, time, last
// level) that rounds in the player's favour only: times and standstills down
// to a grid. Time is the link's, in seconds since the root, pauses included;
// where the round trip does not pass on the link (paper profile) it is taken
// off the deadlines instead. With
//
//	late(k, t) = t + rtt − b − (k−1−root)·(L − rtt)
//
// the standstill that is needed if chunk k−1 arrives at t, where b is the
// buffer at the root, L a chunk's length and rtt the round trip that does not
// pass on the link, the standstill since the root is the largest late() so
// far. The buffer follows from time and standstill (see [frontier]), so these
// and the last level are all that the future depends on.
//
// A value counts the qualities and changes still to come and the cost of all
// standstill since the root. It falls with time and with standstill, which is
// why rounding these down bounds it. Standstill is a maximum, not a sum: its
// rounding costs at most one cell in the end.
type ceiling struct {
	m              *metric
	root, chunks   int
	levels         int
	gridS          float64
	bufferS, stepS float64 // b and L − rtt
	offLinkS       float64 // rtt
	overS          float64 // a chunk less the cap
	pausedS        float64 // by how much a pause can end later than standstill tells
	stalls         []float64
	earliestS      []float64 // by chunk − root
	layers         []layer   // by chunk − root
}

// layer holds a chunk's values, [(stall*bins + bin−first)*levels + last].
type layer struct {
	first, bins int
	value       []float64
}

const (
	// gridsPerChunk is how many cells of time a chunk's length has.
	gridsPerChunk = 16
	// mostCells bounds a ceiling's memory; beyond it the grid gets coarser.
	mostCells = 4 << 20
	// firstStallS and stallRatio make the grid of standstills: 0, 0.1 s, 0.3 s
	// and so on.
	firstStallS, stallRatio = 0.1, 3
	// mostStallS bounds it for a metric that hardly minds standstill.
	mostStallS = 120
	// instantS is more than what sums of times are off by.
	instantS = 1e-9
)

// newCeiling makes the ceiling of a root. known is the value of some plan.
func newCeiling(d *dynamics, m *metric, root abrsim.State, known float64) *ceiling {
	c := &ceiling{
		m: m, root: int(root.Chunk), chunks: d.chunks, levels: d.levels,
		bufferS: root.BufferMs / 1000, stepS: d.chunkMs / 1000, overS: (d.chunkMs - d.capMs) / 1000, pausedS: max(d.chunkMs-d.capMs+d.quantumMs, 0) / 1000,
		gridS: d.chunkMs / 1000 / gridsPerChunk,
	}
	if d.paper {
		c.offLinkS = d.rttMs / 1000
		c.stepS -= c.offLinkS
	}
	unavoidable := c.measure(d, root)
	c.stalls = stallGrid(unavoidable, c.mostStall(int(root.LastLevel), known, unavoidable))
	for c.layOut(); c.cells() > mostCells; c.layOut() {
		c.gridS *= 2
	}
	bins := 1
	for _, l := range c.layers {
		bins = max(bins, l.first+l.bins)
	}
	reach := newReach(d, root.Link, c.gridS, bins)
	for chunk := d.chunks - 1; chunk > c.root; chunk-- {
		c.fill(chunk, reach, d.sizes[chunk*d.levels:][:d.levels])
	}
	return c
}

// measure finds the earliest time at each chunk, and the standstill that no
// plan avoids: those of the smallest chunks without a pause.
func (c *ceiling) measure(d *dynamics, root abrsim.State) (unavoidable float64) {
	c.earliestS = make([]float64, c.chunks-c.root+1)
	at, timeS := root.Link, 0.0
	for chunk := c.root; chunk < c.chunks; chunk++ {
		if !d.paper {
			at, _ = d.link.Advance(at, d.rttMs)
			timeS += d.rttMs / 1000
		}
		smallest := math.Inf(1)
		for _, size := range d.sizes[chunk*d.levels:][:d.levels] {
			smallest = min(smallest, size)
		}
		var delayS float64
		delayS, at = d.link.Transfer(at, smallest)
		timeS += delayS
		c.earliestS[chunk+1-c.root] = timeS
		unavoidable = max(unavoidable, c.late(chunk+1, timeS))
	}
	return unavoidable
}

// mostStall is the standstill, beyond the unavoidable, with which even an
// otherwise perfect plan is worth less than known.
func (c *ceiling) mostStall(last int, known, unavoidable float64) float64 {
	if c.m.penalty == 0 {
		return mostStallS
	}
	perfect, next := make([]float64, c.levels), make([]float64, c.levels)
	for range c.chunks - c.root {
		c.m.best(next, perfect)
		perfect, next = next, perfect
	}
	return min(max((perfect[last]-known)/c.m.penalty-unavoidable, 0), mostStallS)
}

func stallGrid(from, most float64) []float64 {
	grid := []float64{from}
	for s := firstStallS; s < most; s *= stallRatio {
		grid = append(grid, from+s)
	}
	return append(grid, from+most)
}

// layOut gives each layer the times that it covers: from the earliest at which
// a player can be there, whose buffer is not above the cap, to the one that
// takes the longest standstill of the grid. Later ones count as that.
func (c *ceiling) layOut() {
	c.layers = make([]layer, c.chunks-c.root+1)
	for i := range c.layers {
		from := max(c.earliestS[i], c.onTime(c.root+i, c.overS), 0)
		to := max(c.onTime(c.root+i, c.stalls[len(c.stalls)-1]+c.pausedS), from)
		c.layers[i].first = int(from / c.gridS)
		c.layers[i].bins = int(to/c.gridS) + 1 - c.layers[i].first
	}
}

func (c *ceiling) cells() int {
	n := 0
	for _, l := range c.layers {
		n += l.bins * len(c.stalls) * c.levels
	}
	return n
}

// late is explained at [ceiling].
func (c *ceiling) late(chunk int, timeS float64) float64 {
	return timeS + c.offLinkS - c.bufferS - float64(float64(chunk-1-c.root)*c.stepS)
}

// onTime is the time at which late is stallS.
func (c *ceiling) onTime(chunk int, stallS float64) float64 {
	return stallS - c.offLinkS + c.bufferS + float64(float64(chunk-1-c.root)*c.stepS)
}

// stallCell is the last standstill of the grid that is at most stallS, or the
// first.
func (c *ceiling) stallCell(stallS float64) int {
	i := 0
	for i+1 < len(c.stalls) && c.stalls[i+1] <= stallS {
		i++
	}
	return i
}

// fill computes a chunk's layer from the next one's.
func (c *ceiling) fill(chunk int, reach *reach, sizes []float64) {
	levels := c.levels
	at, next := &c.layers[chunk-c.root], &c.layers[chunk+1-c.root]
	at.value = make([]float64, len(c.stalls)*at.bins*levels)
	arrivals := make([]int, levels) // bins; they only move forward
	cells := make([]int, levels)
	future := make([]float64, levels)
	for i := range at.bins {
		bin := at.first + i
		for level, size := range sizes {
			arrivals[level] = reach.arrival(bin, size, arrivals[level])
			cells[level] = c.stallCell(c.late(chunk+1, float64(float64(arrivals[level])*c.gridS)))
		}
		// Whoever is here has stood still for what was late before a pause.
		late := c.late(chunk, float64(float64(bin)*c.gridS)) - c.pausedS
		for s := c.stallCell(late); s < len(c.stalls); s++ {
			for level := range future {
				cell := max(s, cells[level])
				if chunk+1 == c.chunks {
					future[level] = -c.m.penalty * c.stalls[cell]
					continue
				}
				// The next layer begins after pauses.
				j := min(max(arrivals[level]-next.first, 0), next.bins-1)
				future[level] = next.value[(cell*next.bins+j)*levels+level]
			}
			c.m.best(at.value[(s*at.bins+i)*levels:][:levels], future)
		}
	}
}

// hope is the most that a plan can be worth in the end that has come to a
// chunk at a time with a standstill and smooth (its value but for the
// standstill's cost). A time that is shifted by biasS only guides.
func (c *ceiling) hope(chunk int, l *label, biasS float64) float64 {
	if chunk == c.chunks {
		return l.smooth - float64(c.m.penalty*l.stallS)
	}
	layer := &c.layers[chunk-c.root]
	timeS := l.timeMs/1000 - instantS + biasS
	bin := min(max(int(timeS/c.gridS)-layer.first, 0), layer.bins-1)
	return l.smooth + layer.value[(c.stallCell(l.stallS)*layer.bins+bin)*c.levels+int(l.level)]
}

// reach knows what a link has carried at each time of a grid.
type reach struct {
	carried  []float64 // bytes since the root
	afterRTT []float64 // bytes a round trip later, where that passes on the link
}

func newReach(d *dynamics, root abrsim.Cursor, gridS float64, bins int) *reach {
	r := &reach{carried: make([]float64, bins), afterRTT: make([]float64, bins)}
	at, sum := root, 0.0
	for i := range bins {
		r.carried[i], r.afterRTT[i] = sum, sum
		if !d.paper {
			more, _ := d.link.Capacity(at, d.rttMs)
			r.afterRTT[i] += more
		}
		var bytes float64
		bytes, at = d.link.Capacity(at, gridS*1000)
		sum += bytes
	}
	return r
}

// arrival is the last bin that begins before a chunk has arrived that was
// asked for at the start of a bin; hint is a bin that is not later.
func (r *reach) arrival(bin int, size float64, hint int) int {
	target := r.afterRTT[bin] + size
	j := max(bin, hint)
	for j+1 < len(r.carried) && r.carried[j+1] < target {
		j++
	}
	return j
}
