package measure

import "time"

// RTT estimates the round-trip time as RFC 6298 does, with its weights of 1/8
// for the mean and 1/4 for the variation.
type RTT struct {
	Latest, Smoothed, Variation time.Duration
	Known                       bool
}

// Add takes a sample; clocks that jump may show a negative one, which counts
// as 0.
func (r *RTT) Add(sample time.Duration) {
	sample = max(sample, 0)
	r.Latest = sample
	if !r.Known {
		r.Smoothed, r.Variation, r.Known = sample, sample/2, true
		return
	}
	r.Variation += ((r.Smoothed - sample).Abs() - r.Variation) / 4
	r.Smoothed += (sample - r.Smoothed) / 8
}
