package nada

import (
	"time"

	"trailblazer/ccemu/control/internal/measure"
	"trailblazer/ccemu/feedback"
)

// The parameters of RFC 8698, figure 3. Times that signals are made of are in
// milliseconds.
const (
	prio     = 1.0
	xref     = 10.0
	kappa    = 0.5
	eta      = 2.0
	tau      = 500.0
	delta    = 100.0 // target feedback interval
	logwin   = 500 * time.Millisecond
	qeps     = 10 * time.Millisecond
	dfilt    = 120.0
	gammaMax = 0.5
	qbound   = 50.0
	// multiloss times the average loss interval without a loss end the
	// warping.
	multiloss = 7.0
	qth       = 50.0
	lambda    = 0.5
	plrref    = 0.01
	dloss     = 10.0
	alpha     = 0.1
	// xmax bounds the signal, as the authors' ns3-rmcat does: with heavy loss
	// the penalty alone would be thousands of milliseconds.
	xmax = 500.0
)

// Config has what RFC 8698 leaves to the application.
type Config struct {
	// MinBps is RMIN, the least that the encoder can do [50,000]. (The RFC's
	// example is 150,000.)
	MinBps float64
	// MaxBps is RMAX, the most of use to the application [what it requests].
	// (The RFC's example is 1,500,000.)
	MaxBps float64
}

// Controller is a feedback.Controller.
type Controller struct {
	config Config

	flight measure.Flight[struct{}]
	delay  delays
	loss   losses
	rtt    measure.RTT
	pace   measure.Pace
	// received by the receiver's clock, whose latest known time is departed.
	received measure.Meter
	departed time.Duration
	// reported is when the last report came, and signal what it brought.
	reported time.Duration
	reports  bool
	signal   float64

	rate, max float64 // r_ref and RMAX
	began     bool
}

// New makes a controller.
func New(config Config) *Controller {
	if config.MinBps <= 0 {
		config.MinBps = 50e3
	}
	return &Controller{config: config, delay: newDelays(), loss: newLosses(), received: measure.NewMeter(logwin)}
}

// Reset prepares for a new session.
func (c *Controller) Reset() {
	c.flight.Reset()
	c.delay.reset()
	c.loss.reset()
	c.received.Reset()
	*c = Controller{config: c.config, flight: c.flight, delay: c.delay, loss: c.loss, received: c.received}
}

// OnSent follows a packet.
func (c *Controller) OnSent(p *feedback.Sent) { c.flight.OnSent(p, struct{}{}) }

// OnReport measures, and moves the rate.
func (c *Controller) OnReport(r *feedback.Report) {
	c.pace.OnReport(r.At)
	c.departed = max(c.departed, r.Departure)
	for i := range r.Results {
		p := &r.Results[i]
		news, _ := c.flight.OnResult(p)
		if news >= measure.Received {
			c.received.Add(p.Arrival, int64(p.SizeBytes))
			c.delay.add(p.At, p.Arrival)
			c.rtt.Add(r.RTT(p))
		}
		c.loss.add(r.At, p, news, c.rtt.Smoothed)
	}
	gap := min(milliseconds(r.At-c.reported), tau)
	c.reported = r.At
	if !c.reports {
		gap, c.reports = 0, true
	}
	c.loss.smooth(r.At, gap)
	if !c.delay.known {
		return
	}
	last := c.signal
	c.signal = c.congestion()
	if !c.began {
		return
	}
	if c.rampsUp(r.At) {
		c.loss.forget()
		// What counts as the feedback interval: rates change at decisions only.
		interval := max(milliseconds(c.pace.Report()+c.pace.Decision()), delta)
		c.rate = rampUp(c.rate, c.received.Bps(c.departed), milliseconds(c.rtt.Smoothed), interval)
	} else {
		c.rate = gradual(c.rate, c.max, c.signal, last, gap)
	}
	c.clip()
}

// Decide returns the rate.
func (c *Controller) Decide(s *feedback.Sender) feedback.Decision {
	c.pace.OnDecide(s.Now)
	c.max = c.config.MaxBps
	if c.max <= 0 {
		c.max = measure.Bound(s.RequestBps)
	}
	c.max = max(c.max, c.config.MinBps)
	if !c.began {
		c.rate, c.began = measure.Bound(s.TargetBps), true
	}
	c.clip()
	return feedback.Decision{TargetBps: measure.Bound(c.rate)}
}

func (c *Controller) clip() { c.rate = min(max(c.rate, c.config.MinBps), c.max) }

func milliseconds(d time.Duration) float64 { return float64(d) / 1e6 }
