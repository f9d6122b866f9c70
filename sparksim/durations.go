package sparksim

import "slices"

// keyLevels are the numbers of executors that durations were measured with in
// the reference's data. A job's number of executors falls on one of them or
// between two.
var keyLevels = [...]int32{5, 10, 20, 40, 50, 60, 80, 100}

const (
	keys = len(keyLevels) + 1
	// keyLargest stands for a stage's largest level, whatever it is.
	keyLargest = keys - 1
)

// interval says which levels stand for a number of executors.
type interval struct {
	low, high uint8 // indices into keyLevels
	// width is the distance of the two levels, past that from the lower; both
	// are 0 where there is only one level.
	width, past int32
}

// newIntervals lists the intervals of 0 to n executors. That n beyond 100
// stands for the largest level is the reference's rule.
func newIntervals(n int) []interval {
	list := make([]interval, n+1)
	for i := range list {
		at, exact := slices.BinarySearch(keyLevels[:], int32(i))
		switch {
		case i > 100 && i == n:
			list[i] = interval{low: uint8(keyLargest), high: uint8(keyLargest)}
		case at == len(keyLevels):
			list[i] = interval{low: uint8(at - 1), high: uint8(at - 1)}
		case exact || at == 0:
			list[i] = interval{low: uint8(at), high: uint8(at)}
		default:
			low := keyLevels[at-1]
			list[i] = interval{low: uint8(at - 1), high: uint8(at), width: keyLevels[at] - low, past: int32(i) - low}
		}
	}
	return list
}

// The waves of a stage.
const (
	waveFresh = iota
	waveFirst
	waveRest
	waves
)

// sample is a list of measured durations to draw from.
type sample struct {
	values []float64
	// addMs is the warm-up that the measurement lacks.
	addMs float64
}

// durations are a stage's samples by wave and key.
type durations [waves * keys]sample

// newDurations settles what stands in for what was not measured: the level,
// and the wave where that one is empty.
func newDurations(levels []Level, warmupMs float64) *durations {
	d := new(durations)
	for key := range keys {
		l := &levels[len(levels)-1]
		if key != keyLargest {
			// The reference takes the largest level where one is missing. In
			// its data only levels beyond the largest are, so that this agrees;
			// of other data the next larger level says more.
			for i := range levels {
				if levels[i].Executors >= int(keyLevels[key]) {
					l = &levels[i]
					break
				}
			}
		}
		fresh, first, rest := sample{values: l.Fresh}, sample{values: l.First}, sample{values: l.Rest}
		if len(first.values) == 0 {
			first = fresh
		}
		if len(fresh.values) == 0 {
			fresh = sample{values: l.First, addMs: warmupMs}
		}
		if len(rest.values) == 0 {
			rest = first
		}
		d[waveFresh*keys+key], d[waveFirst*keys+key], d[waveRest*keys+key] = fresh, first, rest
	}
	return d
}

// unit draws from [0, 1).
func (c *Cluster) unit() float64 { return float64(c.stream.Uint64()>>11) / (1 << 53) }

// drawDuration draws how long executor e's next task takes, which is one of
// stage s.
func (c *Cluster) drawDuration(e *executor, s *stageState) float64 {
	key := c.drawKey(s)
	wave := waveFirst
	switch e.lastStage {
	case noStage:
		wave = waveFresh
	case s.number:
		wave = waveRest
	}
	from := &s.durations[wave*keys+key]
	return from.values[int(c.unit()*float64(len(from.values)))] + from.addMs
}

// drawKey draws which of the levels that a job's number of executors lies
// between stands for it.
func (c *Cluster) drawKey(s *stageState) int {
	in := &c.intervals[c.jobs[s.job].local]
	if in.width == 0 {
		if c.future.imagined { // What is drawn next must not depend on executors.
			c.future.stream.Uint64()
		}
		return int(in.low)
	}
	// The probability of the lower level grows with the distance from it: so
	// does the reference.
	if int32(c.unit()*float64(in.width)) >= in.past {
		return int(in.high)
	}
	return int(in.low)
}
