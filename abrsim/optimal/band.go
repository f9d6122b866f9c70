package optimal

import (
	"math"

	"trailblazer/abrsim"
)

// Line is the time on the link at which a player would have arrived at its first
// chunk with an empty buffer, had it neither paused nor stood still since: the
// time of the link plus the buffer, less the length of the chunks so far. Every
// second either plays a second of the buffer or stands still, so that a player
// leaves its line by standstill alone, and by what passes on its clock and not
// on the link's: in the paper profile round trips and noise.
//
// So of a whole table a player comes through a narrow band: at each chunk, what
// lies between an empty and a full buffer before its line.
func Line(w *abrsim.World, s abrsim.State) float64 {
	return s.Link.TimeS + s.BufferMs/1000 - float64(float64(s.Chunk)*float64(w.ChunkMs()))/1000
}

// band is the part of a table's times that is filled: all, or so many from a
// first one at each chunk.
type band struct {
	whole bool
	n     int
	first []int // by chunk, from 1; not reduced to one pass
}

// last is the last time that is filled.
func (b *band) last() int { return b.first[len(b.first)-1] + b.n - 1 }

// newBand lays out a band around a line.
func (t *Table) newBand(lineS, slackS float64) band {
	d := t.d
	b := band{n: t.time.n, whole: true, first: make([]int, max(d.chunks, 2))}
	if slackS == 0 {
		return b
	}
	lowS, highS := t.room.point(0)/1000, t.room.point(t.room.n-1)/1000
	widthS := highS - lowS + 2*slackS
	if n := int(math.Ceil(widthS/t.time.step)) + 2; n < t.time.n {
		b.n, b.whole = n, false
		passS := d.link.PassS()
		fromS := math.Mod(lineS-highS-slackS, passS)
		if fromS < 0 {
			fromS += passS
		}
		for chunk := 1; chunk < d.chunks; chunk++ {
			b.first[chunk] = int((fromS + float64(float64(chunk)*d.chunkMs)/1000) / t.time.step)
		}
	}
	return b
}

// around is the place of a time on the link among those that are filled for a
// chunk, which go around with the link where they are all: between i and next,
// share of the way. Outside the band it is at the nearer edge.
func (t *Table) around(chunk int, timeS float64) (i, next int, share float64) {
	y := timeS / t.time.step
	floor := math.Floor(y)
	i, share = int(floor)%t.time.n, y-floor
	if t.band.whole {
		if next = i + 1; next == t.time.n {
			next = 0
		}
		return i, next, share
	}
	n := t.band.n
	if i = (i - t.band.first[chunk]) % t.time.n; i < 0 {
		i += t.time.n
	}
	switch {
	case i < n-1:
		return i, i + 1, share
	case i-(n-1) < t.time.n-i:
		return n - 1, n - 1, 0
	default:
		return 0, 0, 0
	}
}
