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
	g := &Controller{config: c.withDefaults()}
	g.Reset()
	return g
}

// Reset implements feedback.Controller.
func (g *Controller) Reset() { g.estimator.reset(g.config) }

// OnSent implements feedback.Listener.
func (g *Controller) OnSent(p *feedback.Sent) { g.estimator.timeout.onSent(p.At) }

// OnReport implements feedback.Listener.
func (g *Controller) OnReport(r *feedback.Report) {
	e := &g.estimator
	e.receive(r, e.arrivals.of(r), 0, false)
}

// Decide implements feedback.Controller.
func (g *Controller) Decide(s *feedback.Sender) feedback.Decision {
	return feedback.Decision{TargetBps: g.estimator.rate(s.Now)}
}
