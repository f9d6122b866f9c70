package gcc

import (
	"trailblazer/ccemu/feedback"
)

// Gains of the threshold that draft-ietf-rmcat-gcc-02, section 5.4,
// recommends: K_u and K_d.
const draftUp, draftDown = 0.01, 0.00018

// DraftConfig configures a Draft.
type DraftConfig struct {
	Config
	// FrozenNoise keeps the variance of the Kalman filter's noise at its
	// least, 1 ms², as pion/interceptor up to v0.1.51 does: there f_max is
	// five million, so that the variance never moves.
	FrozenNoise bool
}

// Draft is Google Congestion Control as draft-ietf-rmcat-gcc-02 describes it,
// with a Kalman filter.
type Draft struct {
	config   DraftConfig
	arrivals arrivals
	filter   kalman
	delays   delays
	arriving windowRate
	rate     draftRate
	loss     draftLoss
	target   float64
	started  bool // at the sender's own rate, or because there was a report
}

// NewDraft makes a Draft.
func NewDraft(c DraftConfig) *Draft {
	c.Config = c.bounded()
	d := &Draft{config: c}
	d.Reset()
	return d
}

// Reset implements feedback.Controller.
func (d *Draft) Reset() {
	d.filter = kalman{frozen: d.config.FrozenNoise}
	d.delays = newDelays(&d.filter, detector{threshold: threshold{up: draftUp, down: draftDown}, gain: 1})
	d.arriving.reset(rateWindow)
	d.begin(d.config.start(0))
	d.started = false
}

// begin has the rate start at so much.
func (d *Draft) begin(bps float64) {
	d.rate = draftRate{config: d.config.Config, target: bps}
	d.loss = draftLoss{config: d.config.Config, target: bps}
	d.target = bps
}

// OnSent implements feedback.Listener.
func (d *Draft) OnSent(*feedback.Sent) {}

// OnReport implements feedback.Listener.
func (d *Draft) OnReport(r *feedback.Report) {
	d.started = true
	list := d.arrivals.of(r)
	d.loss.count(len(r.Results)-len(list), len(r.Results), r.At)
	shortest := d.rate.rtt
	for i, p := range list {
		if rtt := r.RTT(p); i == 0 || rtt < shortest {
			shortest = rtt
		}
	}
	d.rate.rtt = shortest
	for _, p := range list {
		d.arriving.add(p.SizeBytes, p.Arrival)
		if d.delays.add(p, r.At) {
			d.rate.update(d.delays.detector.usage, d.arriving.bps, r.At)
			d.loss.limitTo(d.rate.target)
		}
	}
	d.target = min(d.rate.target, d.loss.target)
}

// Decide implements feedback.Controller.
func (d *Draft) Decide(s *feedback.Sender) feedback.Decision {
	if !d.started {
		d.begin(d.config.start(s.TargetBps))
		d.started = true
	}
	return feedback.Decision{TargetBps: d.target}
}
