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
	arrivals arrivals
	trend    trendline
	delays   delays
	arriving arrivingRate
	aimd     aimd
	loss     lossControl
	rtt      roundTrip
	timeout  timeout
}

func (e *estimator) reset(c Config) {
	list, least := e.arrivals.list[:0], e.loss.least
	*e = estimator{config: c, aimd: newAIMD(c), loss: newLossControl(c)}
	e.arrivals.list = list
	e.loss.least = least
	e.loss.least.clear()
	e.delays = newDelays(&e.trend, detector{
		threshold: threshold{up: trendlineUp, down: trendlineDown},
		gain:      trendGain,
		lasting:   true,
	})
	e.timeout.limit, e.timeout.interval = rttLimit, timeoutInterval
}

// outcome is what a report meant.
type outcome struct {
	// recovered says that the queue that over-use had built up has drained.
	recovered bool
	// estimated says that anything had arrived, so that the rate was updated.
	estimated bool
}

// receive processes a report. probe, if positive, is the result of a probe in
// bits per second; limited says that the application limits the rate.
func (e *estimator) receive(r *feedback.Report, list []*feedback.Result, probe float64, limited bool) (o outcome) {
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
	u := e.delays.detector.usage
	if u != over && probe > 0 {
		e.aimd.set(probe, r.At)
		e.loss.jump(e.aimd.rate)
	} else {
		e.aimd.update(u, e.arriving.bps(), r.At)
	}
	e.loss.limitTo(e.aimd.rate)
	o.estimated = true
	return o
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
