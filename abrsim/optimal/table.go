package optimal

import (
	"fmt"
	"math"
	"slices"

	"trailblazer/abrsim"
)

// Table knows what every state of a world is worth to a player who knows the
// link's future and plays on without noise. It holds V[chunk][last level][time
// on the link][buffer] on a grid and interpolates linearly in time and buffer;
// Q(s, a) steps the world exactly and only then reads the grid, so that its
// error is that of one state later. How large that is says DESIGN.md, and what
// the values mean in a world with noise the package comment.
//
// A Table is immutable, but for [TableOptions.Reuse], and safe for concurrent use.
type Table struct {
	d    *dynamics
	m    *metric
	time axis // seconds on the link, around
	room axis // buffer in milliseconds
	band band
	// value is [((chunk−1)*levels + last)*times*rooms + time*rooms + room],
	// for chunks from 1 and the times of the band.
	value []float32
}

// TableOptions sets a table's grid.
type TableOptions struct {
	// TimeStepS and BufferStepS are the spacings wanted, in seconds. 0 means
	// 1. They come out a little smaller, so that a whole number of them fits.
	TimeStepS, BufferStepS float64
	// MostBytes refuses larger tables. 0 means 512 MiB; the reference's traces
	// need 20 MB each.
	MostBytes int
	// SlackS, if not 0, fills only what a player comes through whose line is
	// within so many seconds of LineS, which takes a fraction of the whole; see
	// [Line]. Values of players who leave that are those at its edge.
	LineS, SlackS float64
	// Reuse is a table that nobody reads any more, whose memory the new one may
	// take; nil for none. Fresh memory costs as much time as filling it.
	Reuse *Table
}

const (
	defaultMostBytes = 512 << 20
	leastStepS       = 1e-3
)

// axis is a uniform grid of n points.
type axis struct {
	low, step float64
	n         int
}

// NewTable fills the table of a world. The effort is proportional to chunks,
// levels, and the grid's times and buffers.
func NewTable(w *abrsim.World, q *abrsim.QoE, o TableOptions) (*Table, error) {
	if n := len(q.Quality()); n != w.Levels() {
		return nil, fmt.Errorf("optimal: the metric is for %d levels, but the video has %d", n, w.Levels())
	}
	for _, step := range []*float64{&o.TimeStepS, &o.BufferStepS} {
		if *step == 0 {
			*step = 1
		}
		if !(*step >= leastStepS) {
			return nil, fmt.Errorf("optimal: a grid step of %v s is too small; use at least %v, or 0 for 1", *step, leastStepS)
		}
	}
	if !(o.SlackS >= 0) || math.IsInf(o.SlackS, 0) || math.IsNaN(o.LineS) || math.IsInf(o.LineS, 0) {
		return nil, fmt.Errorf("optimal: a slack of %v s around the line %v s; use finite numbers, and 0 for the whole table", o.SlackS, o.LineS)
	}
	if o.MostBytes == 0 {
		o.MostBytes = defaultMostBytes
	}
	t := &Table{d: newDynamics(w), m: newMetric(q, w.Levels())}
	t.layOut(o)
	grid := float64(t.d.levels) * float64(t.band.n) * float64(t.room.n)
	cells := grid * float64(t.d.chunks-1)
	if max(cells, grid)*4 > float64(o.MostBytes) {
		return nil, fmt.Errorf("optimal: a table for trace %q would take %.0f MB, with %d times and %d buffers; use larger steps, a shorter trace or more than %d bytes",
			w.Link().Name(), max(cells, grid)*4/1e6, t.band.n, t.room.n, o.MostBytes)
	}
	if old := o.Reuse; old != nil && cap(old.value) >= int(cells) {
		t.value, old.value = old.value[:int(cells)], nil
	} else {
		t.value = make([]float32, int(cells))
	}
	return t, t.fill()
}

// layOut spans the grid: one pass of the link, and the buffers that a player
// can have after a chunk.
func (t *Table) layOut(o TableOptions) {
	d := t.d
	passS := d.link.PassS()
	t.time.n = max(int(math.Ceil(passS/o.TimeStepS)), 1)
	t.time.step = passS / float64(t.time.n)
	low := min(d.chunkMs, d.capMs-d.quantumMs)
	high := max(min(d.capMs, d.chunkMs*float64(d.chunks)), low)
	steps := math.Ceil((high - low) / 1000 / o.BufferStepS)
	t.room = axis{low: low, step: 1, n: int(steps) + 1}
	if steps > 0 {
		t.room.step = (high - low) / steps
	}
	t.band = t.newBand(o.LineS, o.SlackS)
}

// at is the place of x on the axis: between points i and i+1, share of the
// way. Beyond the ends it is at the end.
func (a *axis) at(x float64) (i int, share float64) {
	y := (x - a.low) / a.step
	i = int(y)
	switch {
	case !(y > 0) || a.n == 1:
		return 0, 0
	case i >= a.n-1:
		return a.n - 2, 1
	}
	return i, y - float64(i)
}

// point is the i-th point.
func (a *axis) point(i int) float64 { return a.low + float64(float64(i)*a.step) }

// from is the first point that is not below x, or n.
func (a *axis) from(x float64) int {
	return int(min(max(math.Ceil((x-a.low)/a.step), 0), float64(a.n)))
}

// layer holds V[chunk][last].
func (t *Table) layer(chunk, last int) []float32 {
	size := t.band.n * t.room.n
	return t.value[((chunk-1)*t.d.levels+last)*size:][:size]
}

// read interpolates V[chunk][last] at a place. Nothing is left after the last
// chunk.
func (t *Table) read(chunk, last int, p place) float64 {
	if chunk == t.d.chunks {
		return 0
	}
	v := t.layer(chunk, last)
	i, next, f := t.around(chunk, p.link.TimeS)
	j, g := t.room.at(p.bufferMs)
	a, b := v[i*t.room.n:][:t.room.n], v[next*t.room.n:][:t.room.n]
	k := min(j+1, t.room.n-1)
	early := float64(a[j]) + float64(g*float64(a[k]-a[j]))
	late := float64(b[j]) + float64(g*float64(b[k]-b[j]))
	return early + float64(f*(late-early))
}

// AppendQ appends Q*(s, a) for every level a: what the rest of the video is
// worth if its next chunk is downloaded at that level and all others at the
// best. At the end of the video all are 0. s must be a state of the table's
// world. It allocates nothing if dst has room.
func (t *Table) AppendQ(dst []float64, s abrsim.State) []float64 {
	for level := range t.d.levels {
		if int(s.Chunk) >= t.d.chunks {
			dst = append(dst, 0)
			continue
		}
		next, _, stallMs := t.d.step(place{s.Link, s.BufferMs}, int(s.Chunk), level)
		dst = append(dst, t.m.reward(level, int(s.LastLevel), stallMs/1000)+t.read(int(s.Chunk)+1, level, next))
	}
	return dst
}

// Q returns what [Table.AppendQ] appends.
func (t *Table) Q(s abrsim.State) []float64 { return t.AppendQ(make([]float64, 0, t.d.levels), s) }

// AppendAdvantage appends A*(s, a) = Q*(s, a) − max Q*(s, ·) for every level: 0
// for the best, and for the others what they lose.
func (t *Table) AppendAdvantage(dst []float64, s abrsim.State) []float64 {
	from := len(dst)
	dst = t.AppendQ(dst, s)
	most := slices.Max(dst[from:])
	for i := range dst[from:] {
		dst[from+i] -= most
	}
	return dst
}

// Best is the level with the largest Q*(s, ·), the lowest of equals, and that
// value.
func (t *Table) Best(s abrsim.State) (level int, value float64) {
	value = math.Inf(-1)
	for a := range t.d.levels {
		if int(s.Chunk) >= t.d.chunks {
			return 0, 0
		}
		next, _, stallMs := t.d.step(place{s.Link, s.BufferMs}, int(s.Chunk), a)
		if q := t.m.reward(a, int(s.LastLevel), stallMs/1000) + t.read(int(s.Chunk)+1, a, next); q > value {
			level, value = a, q
		}
	}
	return level, value
}

// Bytes is the memory that the grid takes.
func (t *Table) Bytes() int { return 4 * len(t.value) }
