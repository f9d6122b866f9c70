package gcc

import (
	"math"
	"time"
)

// Constants of rate control: draft-ietf-rmcat-gcc-02, section 5.5, which
// libwebrtc's AimdRateControl shares.
const (
	// decreaseFactor of the rate that arrives is what over-use leaves.
	decreaseFactor = 0.85
	// logGrowth is the logarithm of the growth of the rate in a second far
	// from the capacity, 1.08.
	logGrowth = 0.07696104113612832
	// ceilingFactor of the rate that arrives is the most that the rate grows
	// to. (libwebrtc adds 10 kbps.)
	ceilingFactor = 1.5
	// packetBits and frameRate tell how large packets are near the capacity,
	// where the rate grows by about one in a response time.
	packetBits, frameRate = 1200 * 8, 30
	// detectionTime is what it takes the detector to notice, added to the
	// round trip.
	detectionTime = 100 * time.Millisecond
)

const (
	// slowestGrowth is the least growth, in bits per second in a second:
	// kMinIncreaseRateBpsPerSecond of libwebrtc.
	slowestGrowth = 4000
	// startRTT is the round-trip time before it is known (kDefaultRtt).
	startRTT = 200 * time.Millisecond
	// shortestReduction and longestReduction bound the time between two
	// decreases, which is a round trip.
	shortestReduction, longestReduction = 10 * time.Millisecond, 200 * time.Millisecond
)

// phase is the state of rate control.
type phase uint8

const (
	hold phase = iota
	increase
	decrease
)

// next is the state machine of the draft's section 5.5.
func (p phase) next(u usage) phase {
	switch {
	case u == over:
		return decrease
	case u == under, p == decrease:
		return hold
	}
	return increase
}

// aimd increases the rate additively or multiplicatively and decreases it
// multiplicatively.
type aimd struct {
	config  Config
	rtt     time.Duration
	limited bool // by the application: the rate must not grow
	// prompt decreases need not wait until some time after the last increase,
	// only after the last decrease.
	prompt bool

	rate     float64
	arriving float64 // the last rate that arrived, in bits per second
	full     float64 // the same, when the rate was last decreased
	phase    phase
	capacity linkCapacity
	changed  time.Duration // when the rate was moved, and when decreased
	lowered  time.Duration
	began    bool // changed is set
}

func newAIMD(c Config, start float64) aimd {
	return aimd{config: c, rtt: startRTT, rate: start, arriving: start}
}

// update moves the rate by what the detector says and by the rate that
// arrives, which is negative while it is not known.
func (a *aimd) update(u usage, arriving float64, now time.Duration) {
	if u == over {
		a.overuse(arriving, now)
		return
	}
	if arriving >= 0 {
		a.arriving = arriving
	}
	before := a.phase
	if a.phase = a.phase.next(u); a.phase != increase {
		return
	}
	if before == hold || !a.began {
		a.changed, a.began = now, true
	}
	if _, high := a.capacity.bounds(); a.arriving > high {
		a.capacity.reset()
	}
	ceiling := min(ceilingFactor*a.arriving, a.config.MaxBps)
	if a.rate < ceiling && !a.limited {
		a.rate = min(a.rate+a.growth(now-a.changed), ceiling)
	}
	a.changed = now
}

// growth is by how much the rate grows in a time, of which no more than a
// second counts.
func (a *aimd) growth(span time.Duration) float64 {
	seconds := min(span.Seconds(), 1)
	least := slowestGrowth * seconds
	if a.capacity.known {
		frame := a.rate / frameRate
		packet := frame / math.Ceil(frame/packetBits)
		// Half of a packet in a response time, as AimdRateControl with the
		// adaptive threshold has it.
		return max(packet*seconds/(2*(a.rtt+detectionTime).Seconds()), least)
	}
	return max(float64(a.rate*exp(logGrowth*seconds))-a.rate, least)
}

// overuse decreases the rate, unless it was moved a moment ago and what arrives
// is not far below it.
func (a *aimd) overuse(arriving float64, now time.Duration) {
	known := arriving >= 0
	pause := min(max(a.rtt, shortestReduction), longestReduction)
	if !known {
		pause = longestReduction
	}
	since := now - a.changed
	if a.prompt {
		since = now - a.lowered
	}
	if a.began && since < pause && (!known || arriving >= a.rate/2) {
		return
	}
	if known {
		a.arriving = arriving
		a.lower(arriving)
	} else {
		a.rate = a.config.clamp(a.rate / 2)
	}
	a.phase, a.changed, a.lowered, a.began = decrease, now, now, true
}

// lower goes below what arrives, so that the queue drains.
func (a *aimd) lower(arriving float64) {
	lower := decreaseFactor * arriving
	if lower > a.rate && a.capacity.known {
		lower = decreaseFactor * a.capacity.kbps * 1000
	}
	if low, _ := a.capacity.bounds(); arriving < low {
		a.capacity.reset()
	}
	a.rate = a.config.clamp(min(a.rate, lower))
	a.full = arriving
	a.capacity.learn(arriving)
}

// set replaces the rate by the result of a probe.
func (a *aimd) set(bps float64, now time.Duration) {
	a.rate = a.config.clamp(bps)
	a.changed, a.began = now, true
}
