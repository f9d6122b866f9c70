package optimal

import (
	"math"

	"trailblazer/abrsim"
)

// filler computes a table's layers, the last chunk's first.
type filler struct {
	*Table
	places []abrsim.Cursor // on the link, by time of the grid
	// Of one chunk at one time, [level*rooms + room]: what is still to come if
	// the chunk is downloaded at a level, standstill included.
	future []float64
	row    []float64 // V[chunk+1][level] at the time of arrival, by room
	reach  []float64
}

func (t *Table) fill() error {
	f := &filler{Table: t, places: make([]abrsim.Cursor, t.time.n),
		future: make([]float64, t.d.levels*t.room.n), row: make([]float64, t.room.n), reach: make([]float64, t.room.n)}
	for i := range f.places {
		at, err := t.d.link.At(float64(i) * t.time.step)
		if err != nil {
			return err
		}
		f.places[i] = at
	}
	for chunk := t.d.chunks - 1; chunk >= 1; chunk-- {
		for i := range f.places {
			for level := range t.d.levels {
				f.download(chunk, level, i)
			}
			f.choose(chunk, i)
		}
	}
	return nil
}

// download computes future for a level, chunk and time, for all buffers at
// once: how long the download takes does not depend on them.
func (f *filler) download(chunk, level, i int) {
	d, rooms := f.d, f.room.n
	into := f.future[level*rooms:][:rooms]
	delayMs, at := d.transfer(f.places[i], chunk, level)
	if chunk+1 < d.chunks {
		v := f.layer(chunk+1, level)
		i, next, share := f.time.around(at.TimeS)
		early, late := v[i*rooms:][:rooms], v[next*rooms:][:rooms]
		for j := range f.row {
			f.row[j] = float64(early[j]) + float64(share*float64(late[j]-early[j]))
		}
	}
	for j := range into {
		bufferMs := f.room.low + float64(float64(j)*f.room.step)
		stallMs := max(delayMs-bufferMs, 0)
		bufferMs = max(bufferMs-delayMs, 0) + d.chunkMs
		cost := f.m.penalty * stallMs / 1000
		switch pauseMs := d.pause(bufferMs); {
		case pauseMs > 0:
			// Times around the link need no cursor.
			at := abrsim.Cursor{TimeS: at.TimeS + pauseMs/1000}
			into[j] = f.read(chunk+1, level, place{at, bufferMs - pauseMs}) - cost
		case chunk+1 == d.chunks:
			into[j] = -cost
		default:
			k, share := f.room.at(bufferMs)
			next := min(k+1, rooms-1)
			into[j] = f.row[k] + float64(share*(f.row[next]-f.row[k])) - cost
		}
	}
}

// choose writes the table's values for a chunk and time: for each last level,
// the most that a level and its future bring. See [metric.best].
func (f *filler) choose(chunk, i int) {
	m, rooms := f.m, f.room.n
	out := func(last int) []float32 { return f.layer(chunk, last)[i*rooms:][:rooms] }
	future := func(level int) []float64 { return f.future[level*rooms:][:rooms] }
	if m.steps == nil {
		for last := range m.levels {
			into := out(last)
			for j := range into {
				most := math.Inf(-1)
				for level := range m.levels {
					most = max(most, m.value[level*m.levels+last]+f.future[level*rooms+j])
				}
				into[j] = float32(most)
			}
		}
		return
	}
	reach := f.reach
	for j := range reach {
		reach[j] = math.Inf(-1)
	}
	for level := range m.levels {
		step, quality, from := m.steps[level], m.quality[level], future(level)
		for j, x := range from {
			r := reach[j] - step
			if x += quality; x > r {
				r = x
			}
			reach[j], from[j] = r, r
		}
	}
	for level := m.levels - 1; level >= 0; level-- {
		from, into := future(level), out(level)
		step := 0.0
		if level+1 < m.levels {
			step = m.steps[level+1]
		}
		for j, x := range from {
			r := reach[j] - step
			if x > r {
				r = x
			}
			reach[j], into[j] = r, float32(r)
		}
	}
}
