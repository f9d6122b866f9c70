package tcp

import (
	"math"
	"time"
)

// The constants of RFC 9438: the multiplicative decrease factor, the
// aggressiveness in segments/s³, and the additive increase that, with this
// decrease, is as fast as Reno.
const (
	cubicBeta  = 0.7
	cubicC     = 0.4
	cubicAlpha = 3 * (1 - cubicBeta) / (1 + cubicBeta)
)

// cubic is the congestion control of RFC 9438. Windows are in segments.
type cubic struct {
	segmentBytes int64
	cwnd         float64
	threshold    float64 // ssthresh
	slow         slowStart

	// inEpoch says that a congestion avoidance stage has begun, at epoch. In
	// it, the window is that of the cubic function with its plateau of
	// windowMax at k seconds, or Reno's estimate if that is more.
	inEpoch      bool
	epoch        time.Duration
	k, windowMax float64
	renoWindow   float64 // W_est
	// prior is the window just before the last reduction, 0 before the first.
	// reduced says that the next stage follows a reduction by a loss, not the
	// end of slow start.
	prior   float64
	reduced bool
}

func (c *cubic) start(segmentBytes int64) {
	*c = cubic{segmentBytes: segmentBytes, cwnd: initialWindow, threshold: math.Inf(1)}
	c.slow.start()
}

func (c *cubic) window() int64 { return int64(c.cwnd * float64(c.segmentBytes)) }

// pacing: acknowledgments clock the segments out.
func (c *cubic) pacing() float64 { return 0 }

func (c *cubic) onAck(a *ack) {
	if a.recovering {
		return
	}
	segments := float64(a.bytes) / float64(c.segmentBytes)
	if c.cwnd < c.threshold {
		growth, ended := c.slow.onAck(a)
		c.cwnd += float64(growth * segments)
		if ended {
			c.threshold = c.cwnd
		}
		return
	}
	c.avoid(a, segments)
}

// avoid is congestion avoidance (RFC 9438, section 4.2 to 4.5).
func (c *cubic) avoid(a *ack, segments float64) {
	if !c.inEpoch {
		c.begin(a.now)
	}
	alpha := cubicAlpha
	if c.renoWindow >= c.prior {
		alpha = 1
	}
	c.renoWindow += float64(alpha * segments / c.cwnd)
	t := (a.now - c.epoch).Seconds()
	if c.at(t) < c.renoWindow {
		c.cwnd = max(c.cwnd, c.renoWindow)
		return
	}
	target := min(max(c.at(t+a.smoothed.Seconds()), c.cwnd), 1.5*c.cwnd)
	c.cwnd += float64((target - c.cwnd) / c.cwnd * segments)
}

// begin starts a congestion avoidance stage. One that no loss has led to
// starts on the plateau (section 4.8 for timeouts, 4.10 for slow start).
func (c *cubic) begin(now time.Duration) {
	c.inEpoch, c.epoch, c.renoWindow = true, now, c.cwnd
	if !c.reduced {
		c.windowMax = c.cwnd
	}
	c.k = cubeRoot(max(c.windowMax-c.cwnd, 0) / cubicC)
	c.reduced = false
}

// at is the cubic function (equation 1), t seconds into the stage.
func (c *cubic) at(t float64) float64 {
	d := t - c.k
	return float64(cubicC*d*d*d) + c.windowMax
}

// onCongestion reduces the window, and more so the plateau where the last one
// has not been reached: others need room (fast convergence, section 4.7).
func (c *cubic) onCongestion(int64) {
	c.reduce()
	c.cwnd, c.reduced = c.threshold, true
}

func (c *cubic) reduce() {
	c.slow.end()
	c.inEpoch, c.prior = false, c.cwnd
	if c.cwnd < c.windowMax {
		c.windowMax = c.cwnd * (1 + cubicBeta) / 2
	} else {
		c.windowMax = c.cwnd
	}
	c.threshold = max(c.cwnd*cubicBeta, 2)
}

// onTimeout starts anew from one segment (section 4.8); a timeout after a
// timeout leaves the threshold (RFC 5681, section 3.1).
func (c *cubic) onTimeout(first bool) {
	if first {
		c.reduce()
	}
	c.cwnd, c.inEpoch, c.reduced = 1, false, false
}

// cubeRoot is that of a number from 0, by Newton's method from above: without
// the platform's own functions, whose last bit may differ.
func cubeRoot(a float64) float64 {
	if a == 0 {
		return 0
	}
	for x := max(a, 1); ; {
		next := (float64(2*x) + a/(x*x)) / 3
		if next >= x {
			return x
		}
		x = next
	}
}
