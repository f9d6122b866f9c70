package gcc

import (
	"time"

	"trailblazer/ccemu/feedback"
)

const (
	// headRoom is how much more than the application requests the target may
	// be.
	headRoom = 1.1
	// recovery of the rate that arrived during over-use is what the rate
	// returns to once the queue has drained.
	recovery = 0.95
	// overuseWindow is the time over which the rate that arrives during
	// over-use is measured: short, because then it is the capacity, which may
	// just have changed.
	overuseWindow = 250 * time.Millisecond
)

// Prod is a Controller made fit for production: it also probes, takes the
// application's limits into account, drains the queues that it finds, returns
// quickly to what it knows the path to carry, and does not starve beside TCP.
type Prod struct {
	config    Config
	estimator estimator
	short     windowRate // over overuseWindow
	queue     queueDelay
	compete   competition
	limit     limitDetector
	clusters  clusters
	prober    prober
	trial     trial
	request   float64
	limited   bool // by the application, since
	since     time.Duration
}

// NewProd makes a Prod.
func NewProd(c Config) *Prod {
	g := &Prod{config: c.bounded()}
	g.Reset()
	return g
}

// Reset implements feedback.Controller.
func (g *Prod) Reset() {
	e, short, p := g.estimator, g.short, g.prober
	*g = Prod{config: g.config, estimator: e, short: short, prober: p}
	g.estimator.reset(g.config, true)
	g.short.reset(overuseWindow)
	g.prober.reset()
}

// OnSent implements feedback.Listener.
func (g *Prod) OnSent(p *feedback.Sent) {
	g.estimator.timeout.onSent(p.At)
	g.limit.onSent(p.SizeBytes, p.At)
}

// OnReport implements feedback.Listener.
func (g *Prod) OnReport(r *feedback.Report) {
	e := &g.estimator
	list := e.arrivals.of(r)
	probe := 0.0
	for _, p := range list {
		g.short.add(p.SizeBytes, p.Arrival)
		if bps, ok := g.clusters.add(p); ok {
			probe = bps
		}
	}
	before := e.loss.rate
	o := e.observe(r, list, g.limited)
	if !o.arrived {
		return
	}
	g.queue.add(list, r.At)
	e.update(g.arriving(), g.result(probe), r.At)
	if probe > 0 && e.loss.rate > (1+probeError)*before {
		g.trial.begin(before, e.loss.share, r.At)
	}
	g.judge(r.At)
	g.compete.update(g.queue.delay, g.short.bps, e.loss.share, r.At)
	if o.recovered && g.queue.delay <= standing {
		g.recover(r.At)
	}
	g.prober.follow(e.loss.rate, r.At)
}

// arriving is the rate that arrives, in bits per second.
func (g *Prod) arriving() float64 {
	if e := &g.estimator; e.delays.detector.usage != over || g.short.bps < 0 {
		return e.arriving.bps()
	}
	return g.short.bps
}

// result is what the result of a probe is good for: to raise the rate. To
// lower it is up to over-use and losses, once the path is known; few packets
// err too often. (libwebrtc lets probes lower it to 0.85 of what arrives.)
func (g *Prod) result(probe float64) float64 {
	if e := &g.estimator; e.arriving.known && probe <= e.aimd.rate {
		return 0
	}
	return probe
}

// judge ends the trial of a rate that a probe raised, when it is time.
func (g *Prod) judge(now time.Duration) {
	e := &g.estimator
	switch g.trial.judge(e.loss.recent(), now) {
	case passed:
		g.prober.interval = growInterval
	case failed:
		g.prober.cancel()
		e.lower(max(g.trial.before, decreaseFactor*g.short.bps))
	}
}

// recover returns to what the path has carried, after the queue has drained.
func (g *Prod) recover(now time.Duration) {
	e := &g.estimator
	if c := &e.aimd.capacity; c.known {
		e.raise(recovery * min(e.aimd.full, c.kbps*1000))
	}
	g.prober.recover(now)
}

// Decide implements feedback.Controller.
func (g *Prod) Decide(s *feedback.Sender) feedback.Decision {
	e := &g.estimator
	e.follow(s)
	e.raise(g.compete.share())
	rate := e.rate(s.Now)
	g.limitBy(s, rate)

	target := min(rate, headRoom*g.request)
	if !g.compete.active {
		target = drained(target, e.arriving.bps(), g.queue.delay)
	}
	d := feedback.Decision{TargetBps: g.config.clamp(target)}
	d.ProbeBps = g.prober.next(s.Now, situation{
		start: e.start, request: g.request,
		limited: g.limited, since: g.since,
		clear: g.queue.delay <= standing,
	})
	if d.ProbeBps > 0 {
		g.clusters.begin(d.ProbeBps)
	}
	return d
}

// limitBy finds out whether the application limits the rate, which then says
// nothing about more than what was tested.
func (g *Prod) limitBy(s *feedback.Sender, rate float64) {
	g.request = 0
	if s.RequestBps > 0 {
		g.request = s.RequestBps
	}
	g.limit.setRate(rate)
	limited := g.limit.active || rate >= g.request
	if limited && !g.limited {
		g.since = s.Now
	}
	g.limited = limited
	g.estimator.aimd.limited = limited
}
