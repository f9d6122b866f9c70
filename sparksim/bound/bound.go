package bound

import (
	"math"

	"trailblazer/sparksim"
)

// Bound computes bounds for episodes of jobs of some kinds. It is immutable
// and safe for concurrent use.
type Bound struct {
	executors float64
	movingMs  float64
	sure      []need // by kind
	expected  []need
}

// New prepares bounds for clusters of a config. Errors are *setting.Error.
func New(config sparksim.Config, kinds []*sparksim.Job) (*Bound, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	config = config.WithDefaults()
	b := &Bound{
		executors: float64(config.Executors), movingMs: *config.MovingDelayMs,
		sure: make([]need, len(kinds)), expected: make([]need, len(kinds)),
	}
	for i, job := range kinds {
		times, err := config.TaskTimes(job)
		if err != nil {
			return nil, err
		}
		b.sure[i], b.expected[i] = sureNeed(job, times, b.executors), expectedNeed(job, times, b.executors)
	}
	return b, nil
}

// SureMs is a bound in milliseconds that no scheduler and no stream of
// durations ever gets below: it takes the shortest durations that can be
// drawn. Arrivals must be as sparksim.CheckArrivals wants them; without any it
// is 0.
func (b *Bound) SureMs(arrivals []sparksim.Arrival) float64 { return b.best(arrivals, b.sure) }

// ExpectedMs is a bound in milliseconds on the mean over streams of durations:
// it takes the smallest mean durations. Single streams may be luckier.
func (b *Bound) ExpectedMs(arrivals []sparksim.Arrival) float64 { return b.best(arrivals, b.expected) }

// prices are tried for a machine's time, in time of one job. At 0 only the
// jobs' own delays count, which is the critical path relaxation; at infinity
// only the work does. Busy clusters make the machine's time dear, since it
// delays all that wait. Every price gives a bound; what lies between these
// gains less than 1 %.
var prices = [...]float64{0, 1, 1.5, 2, 3, math.Inf(1)}

func (b *Bound) best(arrivals []sparksim.Arrival, needs []need) float64 {
	if len(arrivals) == 0 {
		return 0
	}
	pieces := make([]piece, len(arrivals))
	heap := make(remainders, 0, len(arrivals))
	best := 0.0
	for _, price := range prices {
		sum := 0.0
		for i, a := range arrivals {
			split := needs[a.Kind].split(price / b.executors)
			released := a.AtMs + b.movingMs
			pieces[i] = piece{released, split.workMs / b.executors}
			sum += split.tailMs + b.movingMs - released
		}
		sum += shortestFirst(pieces, heap)
		best = max(best, sum/float64(len(arrivals)))
	}
	return best
}
