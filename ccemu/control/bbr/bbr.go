package bbr

import (
	"math"
	"time"

	"trailblazer/ccemu/control/internal/measure"
	"trailblazer/ccemu/feedback"
)

// Controller is a feedback.Controller.
type Controller struct {
	flight   measure.Flight[stamp]
	rounds   measure.Rounds
	pace     measure.Pace
	drain    measure.Drain
	delivery delivery
	model    model
	full     fullPipe

	phase phase
	step  int // in the cycle
	// limitedTo is the number after the newest packet that was sent while the
	// application, or a probe of the round-trip time, limited the rate.
	limitedTo int64
	// round is what the round under way has seen so far.
	round round
	// inFlight are the bytes that were on their way after the last report.
	inFlight int64
	// drained is when the window of a probe of the round-trip time was first
	// kept; 0 if it has not been. outdated says that such a probe is due.
	drained  time.Duration
	outdated bool
}

// round counts packets, and says whether the application limited the rate.
type round struct {
	told, lost int
	limited    bool
}

// New makes a controller.
func New() *Controller {
	return &Controller{model: newModel(), drain: measure.NewDrain(), step: firstOfCycle}
}

// Reset prepares for a new session.
func (c *Controller) Reset() {
	c.flight.Reset()
	c.model.reset()
	c.drain.Reset()
	*c = Controller{flight: c.flight, model: c.model, drain: c.drain, step: firstOfCycle}
}

// OnSent stamps a packet. While packets are on their way that left at a limited
// rate, what is delivered is no measure of the bandwidth.
func (c *Controller) OnSent(p *feedback.Sent) {
	c.flight.OnSent(p, c.delivery.stamp(c.flight.Told() < c.limitedTo))
}

// OnReport updates the model.
func (c *Controller) OnReport(r *feedback.Report) {
	c.pace.OnReport(r.At)
	for i := range r.Results {
		p := &r.Results[i]
		switch news, stamp := c.flight.OnResult(p); news {
		case measure.Lost:
			c.round.told++
			c.round.lost++
		case measure.Received, measure.Late:
			c.round.told++
			c.drain.OnArrival(p)
			if s, ok := c.delivery.deliver(p, stamp); ok {
				c.model.sample(c.rounds.Over, s)
				c.round.limited = c.round.limited || s.limited
			}
			if c.model.roundTrip(r.At, r.RTT(p)) {
				c.outdated = true
			}
		}
	}
	c.inFlight = c.flight.Bytes()
	c.drain.OnReport(r.Departure, c.inFlight)
}

// Decide returns the pacing rate.
func (c *Controller) Decide(s *feedback.Sender) feedback.Decision {
	c.pace.OnDecide(s.Now)
	if _, over := c.rounds.Decide(s.Now, c.flight.Told(), c.flight.Next()); over {
		c.turn()
	}
	bandwidth := c.model.bps()
	if bandwidth == 0 {
		return feedback.Decision{TargetBps: measure.Bound(s.TargetBps)}
	}
	c.advance(s.Now)
	bps := c.gain() * bandwidth
	limited := s.RequestBps < bps || c.phase == probeRTT
	if bps > bandwidth {
		// There is no point in being ready for more than the application has.
		bps = max(bandwidth, min(bps, s.RequestBps))
	}
	window := c.window()
	if c.phase == probeRTT {
		bps = min(bps, 8*window/c.loop().Seconds())
	}
	// With a window, nothing would leave while more than it is on its way.
	if bytes := float64(c.flight.Bytes()); bytes > window && c.drain.Bps > 0 {
		bps = min(bps, c.drain.Bps*window/bytes)
	}
	if limited {
		c.limitedTo = math.MaxInt64 // until a decision says otherwise
	} else {
		c.limitedTo = min(c.limitedTo, c.flight.Next())
	}
	return feedback.Decision{TargetBps: measure.Bound(bps)}
}

// window is how many bytes may be on their way: a gain times the
// bandwidth-delay product, and what leaves until the next report.
func (c *Controller) window() float64 {
	const least = probePackets * measure.PacketBytes
	gain := windowGain
	switch c.phase {
	case probeRTT:
		return least
	case startup, drain:
		gain = highGain
	}
	return max(c.model.bps()/8*(float64(gain*c.model.least.Seconds())+c.pace.Report().Seconds()), least)
}

// loop is the least time from sending a packet to its report.
func (c *Controller) loop() time.Duration {
	return max(c.model.least+c.pace.Report(), time.Millisecond)
}

// gain is the phase's.
func (c *Controller) gain() float64 {
	switch c.phase {
	case startup:
		return highGain
	case drain:
		return 1 / highGain
	case probeBandwidth:
		return cycle[c.step]
	}
	return 1
}
