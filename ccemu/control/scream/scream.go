package scream

import (
	"time"

	"trailblazer/ccemu/control/internal/measure"
	"trailblazer/ccemu/feedback"
)

// Config has the one choice that RFC 8298 leaves open.
type Config struct {
	// FixedTarget keeps the delay target at 100 ms. [It grows up to 400 ms where
	// the delay is stable or packets are lost, for loss-based flows may compete.
	// Without any, it grows all the same, as the RFC warns, with the delay that
	// it allows itself.]
	FixedTarget bool
}

// Controller is a feedback.Controller.
type Controller struct {
	config Config

	flight measure.Flight[struct{}]
	most   measure.Window[time.Duration, int64] // max_bytes_in_flight
	rtt    measure.RTT
	pace   measure.Pace
	// sent and acked are rate_transmit and rate_ack.
	sent, acked measure.Meter

	base   time.Duration // least one-way delay
	qdelay float64       // in seconds
	known  bool
	trend  trend
	target target
	window window
	rate   rate

	sampled, adjusted time.Duration
	// event is when the last loss event was, and round when the current round
	// trip of the loss event rate began; lossy says that it has had one.
	event, round  time.Duration
	lost, lossy   bool
	lossEventRate float64
}

// New makes a controller.
func New(config Config) *Controller {
	c := &Controller{
		config: config,
		most:   measure.Greatest[time.Duration, int64](flightSpan),
		sent:   measure.NewMeter(rateInterval),
		acked:  measure.NewMeter(rateInterval),
	}
	c.Reset()
	return c
}

// Reset prepares for a new session.
func (c *Controller) Reset() {
	c.flight.Reset()
	c.most.Reset(flightSpan)
	c.sent.Reset()
	c.acked.Reset()
	*c = Controller{
		config: c.config, flight: c.flight, most: c.most, sent: c.sent, acked: c.acked,
		target: target{seconds: qdelayTargetLow},
		window: window{fast: true},
		rate:   rate{lastMax: 1},
	}
}

// OnSent follows a packet.
func (c *Controller) OnSent(p *feedback.Sent) {
	c.flight.OnSent(p, struct{}{})
	c.sent.Add(p.At, int64(p.SizeBytes))
	c.most.Add(p.At, c.flight.Bytes())
}

// OnReport runs the network congestion control.
func (c *Controller) OnReport(r *feedback.Report) {
	c.pace.OnReport(r.At)
	before, inFlight := c.flight.ToldBytes(), float64(c.flight.Bytes())
	loss := false
	for i := range r.Results {
		p := &r.Results[i]
		switch news, _ := c.flight.OnResult(p); news {
		case measure.Lost:
			loss = true
		case measure.Received, measure.Late:
			c.acked.Add(r.At, int64(p.SizeBytes))
			c.rtt.Add(r.RTT(p))
			oneWay := p.Arrival - p.At
			if !c.known || oneWay < c.base {
				c.base, c.known = oneWay, true
			}
			c.qdelay = (oneWay - c.base).Seconds()
		}
	}
	if !c.known {
		return
	}
	if c.window.bytes == 0 {
		// The application has chosen the rate so far; a window that is less
		// than what that needs would begin with a break.
		c.window.bytes = max(inFlight, leastWindow)
	}
	if r.At >= c.sampled+sampleEvery {
		c.sampled = r.At
		c.trend.add(c.qdelay / c.target.seconds)
		if !c.config.FixedTarget {
			c.target.adjust(c.qdelay, c.lossEventRate)
		}
	}
	c.countRound(r.At)
	if loss && (!c.lost || r.At > c.event+c.rtt.Smoothed) {
		c.event, c.lost, c.lossy = r.At, true, true
		c.window.lose()
		if c.rate.bps > 0 {
			c.rate.lose()
		}
		return
	}
	most, _ := c.most.Value()
	c.window.acknowledge(float64(c.flight.ToldBytes()-before), inFlight, float64(most), c.qdelay, c.target.seconds, c.trend.value)
	c.window.resume(r.At, c.trend.value)
}

// countRound keeps the share of round trips with a loss event, smoothed over
// about a hundred of them.
func (c *Controller) countRound(now time.Duration) {
	if now < c.round+c.rtt.Smoothed {
		return
	}
	event := 0.0
	if c.lossy {
		event = 1
	}
	c.lossEventRate += float64(0.01 * (event - c.lossEventRate))
	c.round, c.lossy = now, false
}

// Decide runs the media rate control and returns the target bitrate, or, if
// that is less, what the window lets leave.
func (c *Controller) Decide(s *feedback.Sender) feedback.Decision {
	if c.rate.bps == 0 {
		c.rate.bps = measure.Bound(s.TargetBps)
		c.adjusted = s.Now
	}
	if !c.known {
		return feedback.Decision{TargetBps: measure.Bound(s.TargetBps)}
	}
	limit := c.limit()
	if s.Now >= c.adjusted+rateInterval {
		c.adjusted = s.Now
		c.adjust(s, limit)
	}
	return feedback.Decision{TargetBps: measure.Bound(min(c.rate.bps, limit))}
}

// limit is the rate that keeps the window full. Packets are on their way for
// the network's round trip, and until the next report.
func (c *Controller) limit() float64 {
	loop := max(c.rtt.Smoothed+c.pace.Report(), time.Millisecond)
	return max(8*c.window.bytes/loop.Seconds(), leastPace)
}

// adjust moves the target bitrate. What is on its way beyond the window would
// still wait, as would media beyond the rate of a full window.
func (c *Controller) adjust(s *feedback.Sender, limit float64) {
	sent, acked := c.sent.Bps(s.Now), c.acked.Bps(s.Now)
	allowed := c.window.bytes
	if c.qdelay <= c.target.seconds {
		allowed += segment
	}
	bits := 8 * max(float64(c.flight.Bytes())-allowed, 0)
	waiting := s.PacerDelay.Seconds() + bits/max(sent, acked, measure.LeastBps)
	if c.rate.bps > limit {
		waiting = max(waiting, 2*queueLimit)
	}
	c.rate.adjust(sent, acked, bits, waiting, c.window.fast, &c.trend)
	c.rate.bps = measure.Bound(c.rate.bps)
}
