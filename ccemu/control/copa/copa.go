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

	flight measure.Flight[struct{}]
	rounds measure.Rounds
	pace   measure.Pace
	rtt    measure.RTT
	drain  measure.Drain
	// least is RTTmin, standing RTTstanding: the least of half a smoothed
	// round-trip time, so that what acknowledgments wait on their way back
	// does not count.
	least, standing measure.Window[time.Duration, time.Duration]

	window    float64 // in packets
	slowStart bool
	limited   bool // by the application
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
		least:    measure.Least[time.Duration, time.Duration](leastSpan),
		standing: measure.Least[time.Duration, time.Duration](0),
		drain:    measure.NewDrain(),
		mode:     newMode(),
	}
	c.Reset()
	return c
}

// Reset prepares for a new session.
func (c *Controller) Reset() {
	c.flight.Reset()
	c.drain.Reset()
	c.least.Reset(leastSpan)
	c.standing.Reset(0)
	c.mode.reset(c.config.Delta)
	c.velocity = velocity{value: 1}
	c.rounds, c.pace, c.rtt = measure.Rounds{}, measure.Pace{}, measure.RTT{}
	c.window, c.slowStart, c.limited = 0, true, false
}

// OnSent follows a packet.
func (c *Controller) OnSent(p *feedback.Sent) { c.flight.OnSent(p, struct{}{}) }

// OnReport takes acknowledgments.
func (c *Controller) OnReport(r *feedback.Report) {
	c.pace.OnReport(r.At)
	for i := range r.Results {
		p := &r.Results[i]
		switch news, _ := c.flight.OnResult(p); news {
		case measure.Lost:
			c.mode.lost++
		case measure.Received, measure.Late:
			c.drain.OnArrival(p)
			c.acknowledge(r.At, r.RTT(p), float64(p.SizeBytes)/measure.PacketBytes)
		}
	}
	c.drain.OnReport(r.Departure, c.flight.Bytes())
}

// acknowledge takes a packet's round-trip time and moves the window.
func (c *Controller) acknowledge(now, rtt time.Duration, acked float64) {
	c.rtt.Add(rtt)
	c.least.Add(now, c.rtt.Latest)
	c.standing.SetSpan(c.rtt.Smoothed / 2)
	c.standing.Add(now, c.rtt.Latest)
	c.mode.add(c.rtt.Latest)
	if c.window == 0 {
		return
	}
	up := c.belowTarget()
	if c.slowStart {
		if up {
			if !c.limited {
				c.window += acked
			}
			return
		}
		c.slowStart = false
		if c.drain.Bps > 0 {
			c.window = max(min(c.window, packets(c.drain.Bps, c.loop(rtt))), leastWindow)
		}
	}
	c.velocity.follow(up)
	step := c.velocity.value * acked / (c.mode.delta * c.window)
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
	return c.window*c.mode.delta*(standing-least).Seconds() <= c.loop(standing).Seconds()
}

// loop is the round trip of the control loop: beyond the network's, packets
// wait for the next report, and reports for the next decision. A window that
// left that out would be tiny on short paths, and its steps wild.
func (c *Controller) loop(rtt time.Duration) time.Duration {
	return max(rtt+c.pace.Report()+c.pace.Decision(), time.Millisecond)
}

// Decide returns the rate that keeps the window full.
func (c *Controller) Decide(s *feedback.Sender) feedback.Decision {
	c.pace.OnDecide(s.Now)
	c.limited = s.RequestBps < s.TargetBps
	if !c.rtt.Known || !c.pace.Known() {
		return feedback.Decision{TargetBps: measure.Bound(s.TargetBps)}
	}
	loop := c.loop(c.rtt.Smoothed)
	if c.window == 0 {
		c.window = max(packets(measure.Bound(s.TargetBps), loop), leastWindow)
	}
	if _, over := c.rounds.Decide(s.Now, c.flight.Told(), c.flight.Next()); over && c.rounds.Over%2 == 0 {
		// A window acts on the length of the queue, a rate on its growth: it
		// takes a round trip more until the effect shows.
		least, _ := c.least.Value()
		c.mode.turn(least, time.Duration(float64(loop)/c.window))
		c.velocity.turn(c.window, c.mode.delta)
	}
	// What is on its way shows a longer round-trip time before the packets that
	// will have it come back.
	loop = c.loop(max(c.rtt.Smoothed, c.drain.Takes))
	bps := 8 * measure.PacketBytes * c.window / loop.Seconds()
	// With a window, nothing would leave while more than it is on its way.
	if bytes := float64(c.flight.Bytes()); bytes > c.window*measure.PacketBytes {
		bps *= c.window * measure.PacketBytes / bytes
	}
	return feedback.Decision{TargetBps: measure.Bound(bps)}
}

// packets are what a rate sends in a time.
func packets(bps float64, span time.Duration) float64 {
	return bps * span.Seconds() / 8 / measure.PacketBytes
}
