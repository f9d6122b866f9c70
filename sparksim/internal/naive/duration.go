package naive

import "trailblazer/sparksim"

// measured are the numbers of executors that durations were measured with.
var measured = []int{5, 10, 20, 40, 50, 60, 80, 100}

// duration draws how long the executor's next task takes, in ms.
func (m *Model) duration(x *executor, at pool) float64 {
	level := m.level(m.jobs[at.job].kind.Levels(at.stage), m.local(at.job))
	switch {
	case x.task == nil && len(level.Fresh) > 0:
		return m.choice(level.Fresh)
	case x.task == nil:
		return m.choice(level.First) + m.warmupMs
	case x.task.stage == at.stage && len(level.Rest) > 0: // of whichever job
		return m.choice(level.Rest)
	case len(level.First) > 0:
		return m.choice(level.First)
	default:
		return m.choice(level.Fresh)
	}
}

// level picks one of a stage's levels for a job with n local executors.
func (m *Model) level(levels []sparksim.Level, n int) sparksim.Level {
	low, high := m.interval(n)
	key := low
	if low < high {
		// The reference's quirk: the lower level gets likelier as n grows.
		if r := 1 + int(m.random()*float64(high-low)); r > n-low {
			key = high
		}
	}
	if key == largest {
		return levels[len(levels)-1]
	}
	// The reference goes to the largest level where the key is missing. As the
	// cluster does, take the next larger one first, which is the same for data
	// whose levels leave none out.
	for _, l := range levels {
		if l.Executors >= key {
			return l
		}
	}
	return levels[len(levels)-1]
}

// largest is a key that stands for a stage's largest level.
const largest = 0

// interval bounds n by two levels.
func (m *Model) interval(n int) (low, high int) {
	switch {
	case n <= measured[0]:
		return measured[0], measured[0]
	case n > 100 && n == len(m.executors):
		return largest, largest
	case n > 100:
		return 100, 100
	}
	for k, level := range measured {
		if n == level {
			return level, level
		}
		if n < level {
			return measured[k-1], level
		}
	}
	panic("naive: unreachable")
}

func (m *Model) random() float64 { return float64(m.stream.Uint64()>>11) / (1 << 53) }

func (m *Model) choice(list []float64) float64 {
	return list[int(m.random()*float64(len(list)))]
}
