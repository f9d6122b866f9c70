package gcc

import "time"

const (
	// standing is the queue that is more than frames of a burst leave: what
	// is longer has to drain.
	standing = 40 * time.Millisecond
	// What is beyond standing drains within about drainTime, at a rate from
	// leastDrain to mostDrain of that which arrives.
	drainTime             = time.Second
	leastDrain, mostDrain = 0.5, 0.95
)

// drained is the most to send while the queue is that long and so much
// arrives: GCC decreases the rate to 0.85 of what arrives, which takes 4 s to
// drain what a fall of the capacity to a half leaves in 600 ms.
func drained(bps, arriving float64, queue time.Duration) float64 {
	if queue <= standing || arriving < 0 {
		return bps
	}
	share := mostDrain - (queue-standing).Seconds()/drainTime.Seconds()
	return min(bps, max(share, leastDrain)*arriving)
}
