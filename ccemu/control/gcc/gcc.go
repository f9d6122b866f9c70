package gcc

import "trailblazer/ccemu/feedback"

// Controller is Google Congestion Control with libwebrtc's parts and
// constants, without its probes: what it learns, it learns from the media
// alone.
type Controller struct {
	config    Config
	estimator estimator
}

// New makes a Controller.
func New(c Config) *Controller {
	g := &Controller{config: c.bounded()}
	g.Reset()
	return g
}

// Reset implements feedback.Controller.
func (g *Controller) Reset() { g.estimator.reset(g.config, false) }

// OnSent implements feedback.Listener.
func (g *Controller) OnSent(p *feedback.Sent) { g.estimator.timeout.onSent(p.At) }

// OnReport implements feedback.Listener.
func (g *Controller) OnReport(r *feedback.Report) {
	e := &g.estimator
	if e.observe(r, e.arrivals.of(r), false).arrived {
		e.update(e.arriving.bps(), 0, r.At)
	}
}

// Decide implements feedback.Controller.
func (g *Controller) Decide(s *feedback.Sender) feedback.Decision {
	g.estimator.follow(s)
	return feedback.Decision{TargetBps: g.estimator.rate(s.Now)}
}
