package vivace

import (
	"time"

	"trailblazer/ccemu/control/internal/measure"
	"trailblazer/ccemu/feedback"
)

const (
	// shortest is the shortest monitor interval. The paper's is a round-trip
	// time; on short paths that would be less than a few frames of video, whose
	// sizes would be all that it shows.
	shortest = 200 * time.Millisecond
	// leastSpan is how far back the least round-trip time reaches. With that,
	// intervals are not longer where they are needed most, when queues are.
	leastSpan = 10 * time.Second
)

// Controller is a feedback.Controller.
type Controller struct {
	flight measure.Flight[struct{}]
	least  measure.Window[time.Duration, time.Duration]
	bps    float64 // the rate from which others are tried

	starting bool
	last     float64 // utility of the rate before, while starting
	lastBps  float64
	ascent   ascent

	// trial holds the intervals of a trial: one while starting, then two. So
	// many have begun; while open, the last of them is under way.
	trial  [2]interval
	begun  int
	open   bool
	high   bool // the first of the two tries the higher rate
	limits bool // the application does
}

// New makes a controller.
func New() *Controller {
	c := &Controller{least: measure.Least[time.Duration, time.Duration](leastSpan)}
	c.Reset()
	return c
}

// Reset prepares for a new session.
func (c *Controller) Reset() {
	c.flight.Reset()
	c.least.Reset(leastSpan)
	*c = Controller{flight: c.flight, least: c.least, starting: true, high: true}
}

// OnSent counts a packet for the interval that is under way.
func (c *Controller) OnSent(p *feedback.Sent) {
	c.flight.OnSent(p, struct{}{})
	if c.open {
		c.trial[c.begun-1].last = c.flight.Next()
	}
}

// OnReport attributes what became of packets to their intervals.
func (c *Controller) OnReport(r *feedback.Report) {
	for i := range r.Results {
		p := &r.Results[i]
		news, _ := c.flight.OnResult(p)
		rtt := r.RTT(p)
		if news >= measure.Received {
			c.least.Add(r.At, max(rtt, 0))
		}
		for j := range c.trial[:c.begun] {
			if c.trial[j].has(p.Sequence) {
				c.trial[j].add(p, news, rtt)
			}
		}
	}
}

// Decide returns the rate of the interval under way, or, while its results are
// awaited, the one from which others are tried.
func (c *Controller) Decide(s *feedback.Sender) feedback.Decision {
	if c.bps == 0 {
		c.bps = measure.Bound(s.TargetBps)
	}
	least, known := c.least.Value()
	if !known {
		return feedback.Decision{TargetBps: c.bps}
	}
	c.limits = s.RequestBps < c.bps
	if c.open && s.Now >= c.trial[c.begun-1].began+max(shortest, least) {
		c.open = false
	}
	if !c.open && c.begun == c.intervals() && c.flight.Told() >= c.trial[c.begun-1].last {
		c.learn()
		c.bps = measure.Bound(c.bps)
		c.begun = 0
	}
	if !c.open && c.begun < c.intervals() {
		c.trial[c.begun] = interval{began: s.Now, first: c.flight.Next(), last: c.flight.Next()}
		c.begun++
		c.open = true
	}
	bps := measure.Bound(c.bps * c.factor())
	if c.open && c.trial[c.begun-1].mbps == 0 {
		// The application may send less.
		c.trial[c.begun-1].mbps = min(bps, measure.Bound(s.RequestBps)) / 1e6
	}
	return feedback.Decision{TargetBps: bps}
}

// intervals is how many a trial has.
func (c *Controller) intervals() int {
	if c.starting {
		return 1
	}
	return 2
}

// factor is that of the rate of the interval under way.
func (c *Controller) factor() float64 {
	switch {
	case c.starting || !c.open:
		return 1
	case c.high == (c.begun == 1):
		return 1 + tried
	}
	return 1 - tried
}

// learn ends a trial.
func (c *Controller) learn() {
	if c.starting {
		c.start(c.trial[0].utility())
		return
	}
	c.high = !c.high
	x, y := &c.trial[0], &c.trial[1]
	u, w := x.utility(), y.utility()
	gradient, mean := 0.0, (x.mbps+y.mbps)/2
	if x.mbps != y.mbps {
		gradient = (u - w) / (x.mbps - y.mbps)
	}
	if u < 0 && w < 0 {
		// Sending nothing has utility 0. As utility is concave, it falls where
		// it is less, whatever noise makes of the difference.
		gradient = min(gradient, (u+w)/2/mean)
		if c.limits {
			c.bps = min(c.bps, mean*1e6)
		}
	}
	if gradient == 0 || gradient > 0 && c.limits {
		return
	}
	c.bps *= c.ascent.step(gradient, c.bps/1e6)
}

// start doubles the rate for as long as that has brought more utility.
func (c *Controller) start(utility float64) {
	switch {
	case c.lastBps == 0 || utility > c.last:
		if c.limits {
			return
		}
		c.last, c.lastBps = utility, c.bps
		c.bps *= 2
	default:
		c.bps, c.starting = c.lastBps, false
	}
}
