package optimal

import (
	"math"

	"trailblazer/abrsim"
)

// filler computes a table's layers, the last chunk's first.
type filler struct {
	*Table
	places []abrsim.Cursor // on the link, by time of the grid, from the band's first on
	// Of one chunk at one time, [level*rooms + room]: what is still to come if
	// the chunk is downloaded at a level, standstill included.
	future []float32
	climb  []float32 // scratch
	// The metric's, where changes of level add up.
	quality, steps []float32
}

func (t *Table) fill() error {
	f := &filler{Table: t, places: make([]abrsim.Cursor, t.band.last()+1-t.band.first[1]),
		future: make([]float32, t.d.levels*t.room.n), climb: make([]float32, t.d.levels*t.room.n)}
	for level, step := range t.m.steps {
		f.steps = append(f.steps, float32(step))
		f.quality = append(f.quality, float32(t.m.quality[level]))
	}
	for i := range f.places {
		at, err := t.d.link.At(float64((t.band.first[1]+i)%t.time.n) * t.time.step)
		if err != nil {
			return err
		}
		f.places[i] = at
	}
	for chunk := t.d.chunks - 1; chunk >= 1; chunk-- {
		for i := range t.band.n {
			for level := range t.d.levels {
				f.download(chunk, level, i)
			}
			f.choose(chunk, i)
		}
	}
	return nil
}

// download computes future for a level, chunk and time, for all buffers at
// once: how long the download takes does not depend on them. The smallest run
// out, the largest make the player pause, and those between move along the
// axis together.
func (f *filler) download(chunk, level, i int) {
	d := f.d
	into := f.future[level*f.room.n:][:f.room.n]
	delayMs, at := d.transfer(f.places[f.band.first[chunk]-f.band.first[1]+i], chunk, level)
	gainMs := d.chunkMs - delayMs
	lasts := f.room.from(delayMs)
	pauses := max(f.room.from(d.capMs-gainMs), lasts)

	empty := f.arrive(chunk+1, level, place{at, d.chunkMs})
	for j := range into[:lasts] {
		into[j] = float32(empty - float64(f.m.penalty*(delayMs-f.room.point(j)))/1000)
	}
	f.move(into[lasts:pauses], chunk+1, level, place{at, f.room.point(lasts) + gainMs})
	for j := pauses; j < len(into); j++ {
		into[j] = float32(f.arrive(chunk+1, level, place{at, f.room.point(j) + gainMs}))
	}
}

// arrive reads V[chunk][last] after the pause that a place's buffer makes
// necessary.
func (f *filler) arrive(chunk, last int, p place) float64 {
	pauseMs := f.d.pause(p.bufferMs)
	// Times around the link need no cursor.
	return f.read(chunk, last, place{abrsim.Cursor{TimeS: p.link.TimeS + pauseMs/1000}, p.bufferMs - pauseMs})
}

// move reads V[chunk][last] at a place, and at others whose buffers are larger
// by one step of the axis each. It is [Table.read] without its roundings.
func (f *filler) move(into []float32, chunk, last int, p place) {
	if chunk == f.d.chunks {
		clear(into)
		return
	}
	v, n := f.layer(chunk, last), f.room.n
	i, next, share := f.around(chunk, p.link.TimeS)
	early, late := v[i*n:][:n], v[next*n:][:n]
	j, g := f.room.at(p.bufferMs)
	between := min(len(into), n-1-j)
	if between > 0 {
		moveRooms(into[:between], early[j:j+between+1], late[j:j+between+1], float32(share), float32(g))
	}
	if between < len(into) { // beyond the end of the axis
		end := early[n-1] + float32(float32(share)*(late[n-1]-early[n-1]))
		for k := between; k < len(into); k++ {
			into[k] = end
		}
	}
}

// choose writes the table's values for a chunk and time: for each last level,
// the most that a level and its future bring. See [metric.best].
func (f *filler) choose(chunk, i int) {
	m, rooms := f.m, f.room.n
	if m.steps == nil {
		for last := range m.levels {
			into := f.layer(chunk, last)[i*rooms:][:rooms]
			for j := range into {
				most := float32(math.Inf(-1))
				for level := range m.levels {
					most = max(most, float32(m.value[level*m.levels+last])+f.future[level*rooms+j])
				}
				into[j] = most
			}
		}
		return
	}
	stride := f.band.n * rooms
	chooseLevels(f.value[(chunk-1)*m.levels*stride+i*rooms:], f.future, f.climb, f.quality, f.steps, rooms, stride)
}
