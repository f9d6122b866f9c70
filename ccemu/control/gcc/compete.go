package gcc

import "time"

const (
	// settling is how long after a queue began to stand the rate that arrives
	// is taken for what the path carries.
	settling = 300 * time.Millisecond
	// yielded of that rate, with the queue still standing, shows that others
	// fill it: a queue of one's own drains while more arrives than is sent.
	yielded = 0.6
	// fairShare of the rate is then kept, as long as no more than mostLost of
	// it is lost.
	fairShare = 0.5
	mostLost  = 0.1
)

// competition finds out whether others, such as a TCP, keep the queue full.
// Then it does not help to send less: a controller that listens to the delay
// alone would starve.
type competition struct {
	stands bool // the queue does, since
	since  time.Duration
	peak   float64 // the rate that arrived when it began to, bits per second
	active bool
}

// update takes the queue's delay, the rate that arrives and the share that is
// lost.
func (c *competition) update(queue time.Duration, arriving, lost float64, now time.Duration) {
	switch {
	case queue <= standing || arriving < 0:
		*c = competition{}
	case !c.stands, c.active && lost > mostLost:
		*c = competition{stands: true, since: now, peak: arriving}
	case c.active:
	case now-c.since < settling, arriving > c.peak:
		c.peak = arriving
	case arriving < yielded*c.peak:
		c.active = true
	}
}

// share is the rate to keep, 0 while there is no competition.
func (c *competition) share() float64 {
	if !c.active {
		return 0
	}
	return fairShare * c.peak
}
