package gcc

import "math"

const (
	// capacityWeight is what a new rate counts for: LinkCapacityEstimator of
	// libwebrtc, as the bounds of the deviation below.
	capacityWeight                = 0.05
	leastDeviation, mostDeviation = 0.4, 2.5
)

// linkCapacity remembers at what rates over-use began. Its deviation is that
// of the rates' squares over their mean, in kbps: 0.4 is a standard deviation
// of 14 kbps at 500 kbps, 2.5 one of 35.
type linkCapacity struct {
	kbps, deviation float64
	known           bool
}

func (c *linkCapacity) reset() { c.known = false }

// learn takes a rate at which the link was full.
func (c *linkCapacity) learn(bps float64) {
	kbps := bps / 1000
	if !c.known {
		c.kbps, c.known = kbps, true
	} else {
		c.kbps += float64(capacityWeight * (kbps - c.kbps))
	}
	if c.deviation == 0 {
		c.deviation = leastDeviation
	}
	miss := c.kbps - kbps
	c.deviation += float64(capacityWeight * (float64(miss*miss)/max(c.kbps, 1) - c.deviation))
	c.deviation = min(max(c.deviation, leastDeviation), mostDeviation)
}

// bounds are three standard deviations below and above the estimate, in bits
// per second; from 0 to infinity while there is none.
func (c *linkCapacity) bounds() (low, high float64) {
	if !c.known {
		return 0, math.Inf(1)
	}
	width := float64(3 * math.Sqrt(c.deviation*c.kbps))
	return max(c.kbps-width, 0) * 1000, (c.kbps + width) * 1000
}
