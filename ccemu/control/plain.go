package control

import (
	"time"

	"trailblazer/ccemu/control/internal/measure"
	"trailblazer/ccemu/feedback"
)

// constant decides for one rate.
type constant struct{ bps float64 }

func (constant) Reset()                    {}
func (constant) OnSent(*feedback.Sent)     {}
func (constant) OnReport(*feedback.Report) {}

func (c constant) Decide(*feedback.Sender) feedback.Decision {
	return feedback.Decision{TargetBps: measure.Bound(c.bps)}
}

// requestRate decides for what the application wants to send, whatever the
// network does.
type requestRate struct{ factor float64 }

func (requestRate) Reset()                    {}
func (requestRate) OnSent(*feedback.Sent)     {}
func (requestRate) OnReport(*feedback.Report) {}

func (c requestRate) Decide(s *feedback.Sender) feedback.Decision {
	return feedback.Decision{TargetBps: measure.Bound(c.factor * s.RequestBps)}
}

// receivedSpan is over how long the receive rate is measured.
const receivedSpan = 100 * time.Millisecond

// received decides for the receive rate of the last 100 ms before the last
// report, or for the greatest one that reports within some time have shown.
type received struct {
	factor   float64
	span     time.Duration
	meter    measure.Meter
	greatest measure.Window[time.Duration, float64]
	seen     measure.Flight[struct{}]
	departed time.Duration
}

// newReceived makes a controller that takes the greatest within a span; of a
// span of nothing, that is the last.
func newReceived(factor float64, span time.Duration) *received {
	return &received{factor: factor, span: span, meter: measure.NewMeter(receivedSpan), greatest: measure.Greatest[time.Duration, float64](span)}
}

func (c *received) Reset() {
	c.meter.Reset()
	c.greatest.Reset(c.span)
	c.seen.Reset()
	c.departed = 0
}

func (c *received) OnSent(p *feedback.Sent) { c.seen.OnSent(p, struct{}{}) }

func (c *received) OnReport(r *feedback.Report) {
	for i := range r.Results {
		p := &r.Results[i]
		if news, _ := c.seen.OnResult(p); news >= measure.Received {
			c.meter.Add(p.Arrival, int64(p.SizeBytes))
		}
	}
	if r.Departure >= c.departed && c.meter.Full(r.Departure) {
		c.departed = r.Departure
		c.greatest.Add(r.At, c.meter.Bps(r.Departure))
	}
}

func (c *received) Decide(s *feedback.Sender) feedback.Decision {
	c.greatest.Expire(s.Now)
	bps, known := c.greatest.Value()
	if !known {
		return feedback.Decision{TargetBps: measure.Bound(s.TargetBps)}
	}
	return feedback.Decision{TargetBps: measure.Bound(c.factor * bps)}
}
