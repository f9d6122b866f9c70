package gcc

import (
	"time"

	"trailblazer/ccemu/feedback"
)

// Gains of the threshold: libwebrtc's TrendlineEstimator (k_up_, k_down_).
const trendlineUp, trendlineDown = 0.0087, 0.039

// estimator is congestion control with libwebrtc's parts and constants,
// without probes.
type estimator struct {
	config   Config
	prompt   bool // see aimd
	start    float64
	started  bool
	arrivals arrivals
	trend    trendline
	delays   delays
	arriving arrivingRate
	aimd     aimd
	loss     lossControl
	rtt      roundTrip
	timeout  timeout
}

func (e *estimator) reset(c Config, prompt bool) {
	*e = estimator{config: c, prompt: prompt, arrivals: e.arrivals, loss: e.loss}
	e.begin(c.start(0))
	e.delays = newDelays(&e.trend, detector{
		threshold: threshold{up: trendlineUp, down: trendlineDown},
		gain:      trendGain,
		lasting:   true,
	})
}

// begin has the rate start at so much.
func (e *estimator) begin(bps float64) {
	e.start, e.aimd = bps, newAIMD(e.config, bps)
	e.aimd.prompt = e.prompt
	e.loss.reset(e.config, bps)
}

// follow starts at the sender's own rate, if the configuration has none and
// nothing is known of the path.
func (e *estimator) follow(s *feedback.Sender) {
	if !e.started && e.rtt.reports == 0 {
		e.begin(e.config.start(s.TargetBps))
	}
	e.started = true
}

// outcome is what a report said.
type outcome struct {
	// arrived says that any packet had.
	arrived bool
	// recovered says that the queue that over-use had built up has drained.
	recovered bool
}

// observe takes a report and its list of arrivals. limited says that the
// application limits the rate.
func (e *estimator) observe(r *feedback.Report, list []*feedback.Result, limited bool) (o outcome) {
	e.loss.count(len(r.Results)-len(list), len(r.Results), r.At)
	if !e.rtt.add(r) {
		return o
	}
	e.timeout.onReport(r.At)
	e.aimd.rtt, e.loss.rtt = e.rtt.mean(), e.rtt.shortest
	for _, p := range list {
		e.arriving.add(p.SizeBytes, p.Arrival, limited)
		before := e.delays.detector.usage
		e.delays.add(p, r.At)
		o.recovered = o.recovered || before == under && e.delays.detector.usage == normal
	}
	o.arrived = true
	return o
}

// update moves the rate by what was observed: by the rate that arrives, which
// is negative while it is not known, or to the result of a probe, if positive.
// Both are in bits per second.
func (e *estimator) update(arriving, probe float64, now time.Duration) {
	if u := e.delays.detector.usage; u != over && probe > 0 {
		e.aimd.set(probe, now)
		e.loss.jump(e.aimd.rate)
		e.arriving.expectJump()
	} else {
		e.aimd.update(u, arriving, now)
	}
	e.loss.limitTo(e.aimd.rate)
}

// raise has the rate be at least so much, lower at most.
func (e *estimator) raise(bps float64) {
	if bps > e.aimd.rate {
		e.aimd.rate = e.config.clamp(bps)
	}
	if bps > e.loss.rate {
		e.loss.jump(bps)
	}
	e.loss.limitTo(e.aimd.rate)
}

func (e *estimator) lower(bps float64) {
	e.aimd.rate = e.config.clamp(min(e.aimd.rate, bps))
	e.loss.limitTo(e.aimd.rate)
}

// rate moves the rate to now and returns it.
func (e *estimator) rate(now time.Duration) float64 {
	if e.timeout.expired(e.rtt.shortest) {
		if e.timeout.due(now) {
			e.loss.set(e.loss.rate * timeoutFactor)
		}
	} else {
		e.loss.update(now)
	}
	return e.loss.rate
}
