package tcp

import "time"

// The retransmission timeout of RFC 6298, bounded as in Linux, which also puts
// the lower bound on the variation, not on the sum.
const (
	initialTimeout   = time.Second
	minVariationPart = 200 * time.Millisecond
	maxTimeout       = 120 * time.Second
)

// timeout estimates the round-trip time and how long to wait for an
// acknowledgment.
type timeout struct {
	smoothed, variation time.Duration // 0 before the first sample
	backoff             uint          // timeouts since the last sample
}

// sample takes a round-trip time. No ambiguity has to be avoided (Karn's
// algorithm): each transmission has a number of its own.
func (t *timeout) sample(rtt time.Duration) {
	t.backoff = 0
	rtt = max(rtt, 1) // 0 stands for none
	if t.smoothed == 0 {
		t.smoothed, t.variation = rtt, rtt/2
		return
	}
	t.variation += ((t.smoothed - rtt).Abs() - t.variation) / 4
	t.smoothed += (rtt - t.smoothed) / 8
}

// wait returns how long to wait, doubled for each timeout since the last
// sample.
func (t *timeout) wait() time.Duration {
	wait := initialTimeout
	if t.smoothed > 0 {
		wait = t.smoothed + max(4*t.variation, minVariationPart)
	}
	for i := uint(0); i < t.backoff && wait < maxTimeout; i++ {
		wait *= 2
	}
	return min(wait, maxTimeout)
}
