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
	// intervals make up a trial: two pairs of a higher and a lower rate, which
	// must agree, as in the authors' implementation.
	intervals = 4
)

// Controller is a feedback.Controller.
type Controller struct {
	flight measure.Flight[struct{}]
	least  measure.Window[time.Duration, time.Duration]
	bps    float64 // the rate from which others are tried

	starting bool
	last     float64 // utility of lastBps, the rate before, while starting
	lastBps  float64
	ascent   ascent

	// trial holds the intervals of a trial, of which so many have begun; while
	// open, the last of them is under way.
	trial   [intervals]interval
	begun   int
	open    bool
	high    bool // the first of them tries the higher rate
	limited bool // by the application
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
		rtt := max(r.RTT(p), 0)
		if news >= measure.Received {
			c.least.Add(r.At, rtt)
		}
		for j := range c.trial[:c.begun] {
			if c.trial[j].has(p.Sequence) {
				c.trial[j].add(p, news, rtt)
			}
		}
	}
}

// Decide returns the rate of the interval under way, or, while results are
// awaited, the one from which others are tried.
func (c *Controller) Decide(s *feedback.Sender) feedback.Decision {
	if c.bps == 0 {
		c.bps = measure.Bound(s.TargetBps)
	}
	least, known := c.least.Value()
	if !known {
		return feedback.Decision{TargetBps: c.bps}
	}
	c.limited = s.RequestBps < c.bps
	if c.open && s.Now >= c.trial[c.begun-1].began+max(shortest, least) {
		c.open = false
	}
	if c.learn(s.RequestBps) {
		c.bps = measure.Bound(c.bps)
		c.begun, c.open = 0, false
	}
	if !c.open && c.begun < c.length() {
		c.trial[c.begun] = interval{began: s.Now, first: c.flight.Next(), last: c.flight.Next(), frame: -1}
		c.begun++
		c.open = true
		// The application may send less than is tried.
		c.trial[c.begun-1].mbps = measure.Bound(min(c.bps*c.factor(), s.RequestBps)) / 1e6
	}
	return feedback.Decision{TargetBps: measure.Bound(c.bps * c.factor())}
}

// length is how many intervals a trial has.
func (c *Controller) length() int {
	if c.starting {
		return 1
	}
	return intervals
}

// factor is that of the rate of the interval under way: high, low, low, high,
// or the other way round.
func (c *Controller) factor() float64 {
	if c.starting || !c.open {
		return 1
	}
	if first := c.begun == 1 || c.begun == intervals; first == c.high {
		return 1 + tried
	}
	return 1 - tried
}

// complete reports whether all is known of the first n intervals of the trial.
func (c *Controller) complete(n int) bool {
	return (c.begun > n || c.begun == n && !c.open) && c.flight.Told() >= c.trial[n-1].last
}

// learn moves the rate when enough is known, and reports whether that ends the
// trial.
func (c *Controller) learn(requestBps float64) bool {
	if c.starting {
		if !c.complete(1) {
			return false
		}
		c.start(c.trial[0].utility(), requestBps)
		return true
	}
	for n := 2; n <= intervals; n += 2 {
		if !c.complete(n) {
			return false
		}
		if slope, ok := c.secant(n - 2); ok {
			c.bps = min(c.bps, max(c.trial[n-1].mbps, c.trial[n-2].mbps)*1e6)
			c.move(slope)
			return true
		}
	}
	first, second := c.gradient(0), c.gradient(2)
	if first > 0 == (second > 0) {
		c.move((first + second) / 2)
	}
	c.high = !c.high
	return true
}

// move takes a step along a gradient, but none up that the application would
// not make use of.
func (c *Controller) move(gradient float64) {
	if gradient < 0 || gradient > 0 && !c.limited {
		c.bps *= c.ascent.step(gradient, c.bps/1e6)
	}
}

// gradient is that of utility between two intervals; 0 where the application
// has set both rates.
func (c *Controller) gradient(i int) float64 {
	x, y := &c.trial[i], &c.trial[i+1]
	if x.mbps == y.mbps {
		return 0
	}
	return (x.utility() - y.utility()) / (x.mbps - y.mbps)
}

// secant is the slope of utility from sending nothing, of utility 0, if that is
// better than both of two intervals: as utility is concave, it falls at least
// as steeply there, whatever noise makes of their difference.
func (c *Controller) secant(i int) (slope float64, ok bool) {
	x, y := &c.trial[i], &c.trial[i+1]
	u, w := x.utility(), y.utility()
	return (u + w) / (x.mbps + y.mbps), u < 0 && w < 0
}

// start doubles the rate for as long as that has brought more utility.
func (c *Controller) start(utility, requestBps float64) {
	if c.lastBps > 0 && utility <= c.last {
		c.bps, c.starting = c.lastBps, false
		return
	}
	if !c.limited {
		c.last, c.lastBps = utility, c.bps
		c.bps = min(2*c.bps, max(c.bps, requestBps))
	}
}
