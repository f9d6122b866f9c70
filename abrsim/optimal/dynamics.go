package optimal

import (
	"math"

	"trailblazer/abrsim"
)

// dynamics is [abrsim.World.Step] without noise, taken apart so that the
// drain quantum can be set to 0: a player that pauses exactly until its buffer
// is at the cap. With the world's own quantum it computes the same doubles.
type dynamics struct {
	world     *abrsim.World
	link      *abrsim.Link
	sizes     []float64 // bytes, [chunk*levels + level]
	levels    int
	chunks    int
	chunkMs   float64
	rttMs     float64
	capMs     float64
	quantumMs float64
	paper     bool
}

func newDynamics(w *abrsim.World) *dynamics {
	c := w.Config()
	d := &dynamics{
		world: w, link: w.Link(), levels: w.Levels(), chunks: w.Chunks(), chunkMs: float64(w.ChunkMs()),
		rttMs: *c.RTTMs, capMs: c.BufferCapMs, quantumMs: *c.DrainQuantumMs, paper: c.Profile == abrsim.ProfilePaper,
	}
	d.sizes = make([]float64, 0, d.chunks*d.levels)
	for chunk := range d.chunks {
		for level := range d.levels {
			d.sizes = append(d.sizes, w.SizeBytes(chunk, level))
		}
	}
	return d
}

// place is where a player stands, apart from the chunk it is at.
type place struct {
	link     abrsim.Cursor
	bufferMs float64
}

// transfer downloads a chunk: how long that takes, round trip included, and
// where the link is after it.
func (d *dynamics) transfer(at abrsim.Cursor, chunk, level int) (delayMs float64, next abrsim.Cursor) {
	if !d.paper {
		at, _ = d.link.Advance(at, d.rttMs)
	}
	delayS, next := d.link.Transfer(at, d.sizes[chunk*d.levels+level])
	return float64(delayS*1000) + d.rttMs, next
}

// pause is how long a player with a buffer waits before it goes on.
func (d *dynamics) pause(bufferMs float64) float64 {
	if bufferMs <= d.capMs {
		return 0
	}
	overMs := bufferMs - d.capMs
	if d.quantumMs > 0 {
		return float64(math.Ceil(overMs/d.quantumMs) * d.quantumMs)
	}
	return overMs
}

// step downloads a chunk: the place after it, how long that took, pause
// included, and how much of it playback stood still.
func (d *dynamics) step(p place, chunk, level int) (next place, elapsedMs, stallMs float64) {
	delayMs, at := d.transfer(p.link, chunk, level)
	stallMs = max(delayMs-p.bufferMs, 0)
	bufferMs := max(p.bufferMs-delayMs, 0) + d.chunkMs
	pauseMs := d.pause(bufferMs)
	if pauseMs > 0 {
		bufferMs -= pauseMs
		at, _ = d.link.Advance(at, pauseMs)
	}
	return place{at, bufferMs}, delayMs + pauseMs, stallMs
}
