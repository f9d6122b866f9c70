package link

import (
	"time"

	"trailblazer/ccemu/schedule"
)

// capacity is what a bottleneck can carry.
type capacity struct {
	unlimited bool
	bps       schedule.Cursor
	// Of mahimahi:
	atMs   []int64
	bits   float64 // of an opportunity
	period time.Duration
}

func newCapacity(b *Bottleneck) capacity {
	switch b.Name() {
	case None:
		return capacity{unlimited: true}
	case Mahimahi:
		last := b.OpportunitiesMs[len(b.OpportunitiesMs)-1]
		return capacity{atMs: b.OpportunitiesMs, bits: float64(8 * b.opportunityBytes()), period: time.Duration(last) * time.Millisecond}
	}
	return capacity{bps: schedule.Cursor{Steps: WholeBps(&b.RateKbps)}}
}

// mean returns the mean rate in bits/s over (from, to].
func (c *capacity) mean(from, to time.Duration) float64 {
	switch {
	case c.unlimited || to <= from:
		return 0
	case c.atMs != nil:
		return float64(c.until(to)-c.until(from)) * c.bits / (to - from).Seconds()
	}
	return c.bps.Mean(from, to)
}

// until counts the opportunities in (0, at]. One at 0 is not among them: no
// packet is there yet.
func (c *capacity) until(at time.Duration) int64 {
	whole := int64(at / c.period)
	rest := int64(at % c.period / time.Millisecond)
	low, high := 0, len(c.atMs)
	for low < high {
		if mid := (low + high) / 2; c.atMs[mid] <= rest {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return whole*int64(len(c.atMs)) + int64(low)
}

// pass lets time pass, so that later questions are answered faster.
func (c *capacity) pass(now time.Duration) {
	if c.bps.Steps != nil {
		c.bps.Seek(now)
	}
}
