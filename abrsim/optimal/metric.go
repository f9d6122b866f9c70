package optimal

import (
	"math"

	"trailblazer/abrsim"
)

// metric is a QoE unpacked into tables.
type metric struct {
	levels  int
	quality []float64
	change  []float64 // smoothness cost, [level*levels + last]
	value   []float64 // quality less smoothness, [level*levels + last]
	penalty float64   // per second
	// handicap[a*levels+b] is how much more the next chunk's change can cost
	// after level a than after b, whatever its level.
	handicap []float64
	// steps is described at [metric.additive].
	steps []float64
}

func newMetric(q *abrsim.QoE, levels int) *metric {
	m := &metric{
		levels: levels, quality: q.Quality(), penalty: q.RebufferPenalty(),
		change: make([]float64, levels*levels), value: make([]float64, levels*levels), handicap: make([]float64, levels*levels),
	}
	for level := range levels {
		for last := range levels {
			r := q.Rate(level, last, 0)
			m.change[level*levels+last] = r.Smoothness
			m.value[level*levels+last] = r.Total
		}
	}
	for a := range levels {
		for b := range levels {
			most := math.Inf(-1)
			for next := range levels {
				most = max(most, m.change[next*levels+a]-m.change[next*levels+b])
			}
			m.handicap[a*levels+b] = most
		}
	}
	m.steps = m.additive()
	return m
}

// reward is [abrsim.QoE.Rate]'s total, in its order of operations.
func (m *metric) reward(level, last int, stallS float64) float64 {
	return m.quality[level] - float64(m.penalty*stallS) - m.change[level*m.levels+last]
}

// additive returns the changes between neighbours of the ladder, if every change is
// the sum of those on its way, as where quality rises with the level; else
// nil.
func (m *metric) additive() []float64 {
	n := m.levels
	steps := make([]float64, n) // steps[l] is from l−1 to l
	for level := 1; level < n; level++ {
		steps[level] = m.change[level*n+level-1]
	}
	for last := range n {
		sum := 0.0
		for level := last + 1; level < n; level++ {
			sum += steps[level]
			if math.Abs(sum-m.change[level*n+last]) > 1e-12 || math.Abs(sum-m.change[last*n+level]) > 1e-12 {
				return nil
			}
		}
	}
	return steps
}

// best is, for each last level, the most that a level and the future after it
// bring.
func (m *metric) best(into, future []float64) {
	n := m.levels
	into, future = into[:n], future[:n]
	if m.steps != nil {
		// What a level brings spreads to its neighbours, less the changes on
		// the way: once upwards, once downwards.
		reach := math.Inf(-1)
		for level, f := range future {
			reach = max(reach-m.steps[level], m.quality[level]+f)
			into[level] = reach
		}
		for level := n - 1; level > 0; level-- {
			if reach -= m.steps[level]; reach > into[level-1] {
				into[level-1] = reach
			} else {
				reach = into[level-1]
			}
		}
		return
	}
	for last := range into {
		into[last] = math.Inf(-1)
	}
	for level, f := range future {
		for last, v := range m.value[level*n:][:n] {
			into[last] = max(into[last], v+f)
		}
	}
}
