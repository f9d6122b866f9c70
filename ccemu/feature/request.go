package feature

import (
	"math"

	"trailblazer/ccemu/feedback"
)

// requestLog has the request rates of the last M, and the one before those, as
// far as they were observed.
type requestLog struct {
	rates ring[dated[float64]]
}

func (l *requestLog) reset() { l.rates.clear() }

// observe takes the state at a moment that is no earlier than the last one.
func (l *requestLog) observe(s *feedback.Sender) {
	bps := rate(s.RequestBps)
	switch {
	case l.rates.len() > 0 && l.rates.back().at >= s.Now:
		l.rates.back().value = bps
	case l.rates.len() == 0 || l.rates.back().value != bps:
		*l.rates.push() = dated[float64]{s.Now, bps}
	}
	for l.rates.len() > 1 && l.rates.at(1).at <= s.Now-windowM {
		l.rates.popFront()
	}
}

// change is that of the rate over M, or since the first observation.
func (l *requestLog) change() float64 { return l.rates.back().value - l.rates.front().value }

// rate is a rate that may be no number, or less than nothing.
func rate(bps float64) float64 {
	if !(bps > 0) {
		return 0
	}
	return min(bps, math.MaxInt64)
}
