package copa

import (
	"time"

	"trailblazer/ccemu/control/internal/measure"
	"trailblazer/ccemu/feedback"
)

const (
	// leastSpan is how far back the least round-trip time reaches, RTTmin.
	leastSpan = 10 * time.Second
	// leastWindow is the least window in packets.
	leastWindow = 2
	// overload is the share of lost packets from which the window becomes what
	// is delivered. The paper's Copa does not mind losses by default; but a
	// queue of less than 1/δ packets would let its rate grow without end, as
	// no window keeps what is lost from being sent.
	overload = 0.3
)

// Config has the one parameter.
type Config struct {
	// Delta is how much delay weighs against throughput [0.5]: about 1/Delta
	// packets wait in the queue.
	Delta float64
}

// Controller is a feedback.Controller.
type Controller struct {
	config Config
	loop   measure.Loop
	// least is RTTmin, standing RTTstanding: the least of half a smoothed
	// round-trip time, so that what acknowledgments wait on their way back
	// does not count.
	least, standing measure.Window[time.Duration, time.Duration]

	window    float64 // in packets; 0 before the first report
	slowStart bool
	limited   bool // by the application
	told      int  // packets of the round, of which mode counts the lost ones
	velocity  velocity
	mode      mode
}

// New makes a controller.
func New(config Config) *Controller {
	if config.Delta <= 0 {
		config.Delta = 0.5
	}
	c := &Controller{
		config:   config,
		loop:     measure.NewLoop(),
		least:    measure.Least[time.Duration, time.Duration](leastSpan),
		standing: measure.Least[time.Duration, time.Duration](0),
		mode:     newMode(),
	}
	c.Reset()
	return c
}

// Reset prepares for a new session.
func (c *Controller) Reset() {
	c.loop.Reset()
	c.least.Reset(leastSpan)
	c.standing.Reset(0)
	c.mode.reset(c.config.Delta)
	c.velocity = velocity{value: 1}
	c.window, c.slowStart, c.limited, c.told = 0, true, false, 0
}

// OnSent follows a packet.
func (c *Controller) OnSent(p *feedback.Sent) { c.loop.OnSent(p) }

// OnReport takes acknowledgments.
func (c *Controller) OnReport(r *feedback.Report) {
	for i := range r.Results {
		p := &r.Results[i]
		switch c.loop.OnResult(r, p) {
		case measure.Lost:
			c.told++
			c.mode.lost++
		case measure.Received, measure.Late:
			c.told++
			c.acknowledge(r.At, float64(p.SizeBytes)/measure.PacketBytes)
		}
	}
	c.loop.OnReport(r)
}

// acknowledge takes so many packets, and the newest round-trip time, and moves
// the window.
func (c *Controller) acknowledge(now time.Duration, packets float64) {
	rtt := c.loop.RTT.Latest
	c.least.Add(now, rtt)
	c.standing.SetSpan(c.loop.RTT.Smoothed / 2)
	c.standing.Add(now, rtt)
	c.mode.add(rtt)
	if c.window == 0 {
		return
	}
	up := c.belowTarget()
	if c.slowStart {
		if up {
			if !c.limited {
				c.window += packets
			}
			return
		}
		c.slowStart = false
		// A window would have stopped growing a round trip ago.
		if delivered := c.loop.Delivered(rtt); delivered > 0 {
			c.window = max(min(c.window, delivered), leastWindow)
		}
	}
	c.velocity.follow(up)
	step := c.velocity.value * packets / (c.mode.delta * c.window)
	switch {
	case !up:
		c.window = max(c.window-step, leastWindow)
	case !c.limited:
		c.window += step
	}
}

// belowTarget reports whether the window's rate, window/RTTstanding, is at
// most the target rate, 1/(δ·dq).
func (c *Controller) belowTarget() bool {
	standing, _ := c.standing.Value()
	least, _ := c.least.Value()
	return c.window*c.mode.delta*(standing-least).Seconds() <= c.loop.Round(standing).Seconds()
}

// Decide returns the rate that keeps the window full.
func (c *Controller) Decide(s *feedback.Sender) feedback.Decision {
	c.limited = s.RequestBps < s.TargetBps
	if !c.loop.OnDecide(s.Now) {
		return feedback.Decision{TargetBps: measure.Bound(s.TargetBps)}
	}
	rtt := c.loop.RTT.Smoothed
	if c.window == 0 {
		c.window = max(c.loop.Window(measure.Bound(s.TargetBps), rtt), leastWindow)
	}
	rounds, flight := &c.loop.Rounds, &c.loop.Flight
	if _, over := rounds.Decide(s.Now, flight.Told(), flight.Next()); over && rounds.Over%2 == 0 {
		// A window acts on the length of the queue, a rate on its growth: it
		// takes a round trip more until the effect shows.
		if float64(c.mode.lost) > overload*float64(c.told) {
			c.window = max(min(c.window, c.loop.Delivered(rtt)), leastWindow)
			c.slowStart = false
		}
		c.told = 0
		least, _ := c.least.Value()
		c.mode.turn(least, time.Duration(float64(c.loop.Round(rtt))/c.window))
		c.velocity.turn(c.window, c.mode.delta)
	}
	return feedback.Decision{TargetBps: measure.Bound(c.loop.Bps(c.window))}
}
