package gcc

import (
	"math"
	"time"
)

const (
	// draftMemory is what the past weighs in the mean and the deviation of
	// the rates at which the rate was decreased: draft-ietf-rmcat-gcc-02,
	// section 5.5, recommends a smoothing factor of 0.95.
	draftMemory = 0.95
	// draftStep is the least additive increase, in bits per second.
	draftStep = 1000
)

// draftRate is rate control as the draft's section 5.5 has it.
type draftRate struct {
	config  Config
	rtt     time.Duration
	target  float64 // A_hat
	phase   phase
	updated time.Duration
	any     bool
	// mean and variance are those of the rates that arrived when the rate was
	// decreased, in bits per second; a mean of 0 stands for none.
	mean, variance float64
}

// update takes a sample of the detector, and R_hat, negative while unknown.
func (d *draftRate) update(u usage, arriving float64, now time.Duration) {
	d.phase = d.phase.next(u)
	switch d.phase {
	case increase:
		d.increase(arriving, now)
	case decrease:
		if arriving < 0 {
			arriving = d.target
		}
		d.target = d.config.clamp(decreaseFactor * arriving)
		d.learn(arriving)
	}
	d.updated, d.any = now, true
}

func (d *draftRate) increase(arriving float64, now time.Duration) {
	span := time.Duration(0)
	if d.any {
		span = now - d.updated
	}
	deviation := float64(3 * math.Sqrt(d.variance))
	if d.mean > 0 && arriving > d.mean+deviation {
		d.mean, d.variance = 0, 0 // the path has changed
	}
	raised := d.target * exp(logGrowth*min(span.Seconds(), 1))
	if d.mean > 0 && arriving > d.mean-deviation {
		raised = d.target + d.step(span)
	}
	if arriving >= 0 {
		raised = min(raised, max(ceilingFactor*arriving, d.target))
	}
	d.target = d.config.clamp(raised)
}

// step is the additive increase: at most half a packet in a response time.
func (d *draftRate) step(span time.Duration) float64 {
	frame := d.target / frameRate
	packet := frame / math.Ceil(frame/packetBits)
	response := d.rtt + detectionTime
	return max(0.5*min(span.Seconds()/response.Seconds(), 1)*packet, draftStep)
}

func (d *draftRate) learn(bps float64) {
	if d.mean == 0 {
		d.mean = bps
		return
	}
	miss := bps - d.mean
	d.mean += float64((1 - draftMemory) * miss)
	d.variance = draftMemory * (d.variance + float64((1-draftMemory)*miss*miss))
}
