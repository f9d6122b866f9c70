package gcc

import (
	"math"
	"time"
)

// Constants of loss-based control: draft-ietf-rmcat-gcc-02, section 6, and
// libwebrtc's SendSideBandwidthEstimation.
const (
	lowLoss, highLoss = 0.02, 0.10
	// lossPackets and lossInterval are the least that a measure of loss is
	// based on (kLimitNumPackets, kLossUpdateInterval).
	lossPackets  = 20
	lossInterval = time.Second
	// lossGrowth is the growth over the least rate of the last growthWindow,
	// to which lossStep is added, in bits per second.
	lossGrowth, lossStep = 1.08, 1000
	growthWindow         = time.Second
	// decreasePause, and a round trip, lie between two decreases.
	decreasePause = 300 * time.Millisecond
	// lossValid is for how long a measure is acted on: 1.2 times
	// kMaxRtcpFeedbackInterval.
	lossValid = 6 * time.Second
	// startPhase is for how long the delay-based rate alone counts as long as
	// nothing is lost (kStartPhase).
	startPhase = 2 * time.Second
)

// lossControl decides the rate: it follows losses, below the limit that the
// delay sets.
type lossControl struct {
	config Config
	rtt    time.Duration
	rate   float64
	limit  float64 // by delay
	least  leastRate

	lost, expected int
	share          float64 // of the packets that were lost
	measured       time.Duration
	anyMeasure     bool
	decreased      time.Duration
	anyDecrease    bool
	acted          bool // there was a decrease since the last measure
	began          time.Duration
	any            bool
}

func (l *lossControl) reset(c Config, start float64) {
	l.least.clear()
	*l = lossControl{config: c, rate: start, limit: math.Inf(1), least: l.least}
}

// count takes a report: of so many packets, so many lost.
func (l *lossControl) count(lost, packets int, now time.Duration) {
	if !l.any {
		l.began, l.any = now, true
		l.measured = now - lossInterval
	}
	l.lost += lost
	l.expected += packets
	if l.expected < lossPackets || now-l.measured < lossInterval {
		return
	}
	l.share = float64(l.lost) / float64(l.expected)
	l.lost, l.expected = 0, 0
	l.measured, l.anyMeasure, l.acted = now, true, false
	l.update(now)
}

// recent is the share that was lost since the last measure, 0 until that is
// enough packets.
func (l *lossControl) recent() float64 {
	if l.expected < lossPackets {
		return 0
	}
	return float64(l.lost) / float64(l.expected)
}

// limitTo sets the rate that the delay allows.
func (l *lossControl) limitTo(bps float64) {
	l.limit = bps
	l.set(l.rate)
}

// jump sets the rate, by a probe.
func (l *lossControl) jump(bps float64) {
	l.limit = math.Inf(1)
	l.set(bps)
	l.least.clear()
}

func (l *lossControl) set(bps float64) { l.rate = l.config.clamp(min(bps, l.limit)) }

// update moves the rate as time passes.
func (l *lossControl) update(now time.Duration) {
	if l.share == 0 && (!l.any || now-l.began < startPhase) && l.limit > l.rate && !math.IsInf(l.limit, 1) {
		l.least.clear()
		l.least.push(now, l.rate)
		l.set(l.limit)
		return
	}
	l.least.push(now, l.rate)
	if !l.anyMeasure || now-l.measured >= lossValid {
		return
	}
	switch {
	case l.share <= lowLoss:
		l.set(float64(l.least.get()*lossGrowth) + lossStep)
	case l.share <= highLoss:
	case !l.acted && (!l.anyDecrease || now-l.decreased >= decreasePause+l.rtt):
		l.decreased, l.anyDecrease, l.acted = now, true, true
		l.set(l.rate * (1 - 0.5*l.share))
	}
}

// leastRate is the least rate of the last growthWindow: those that are less
// than all after them, in a ring.
type leastRate struct {
	at          []time.Duration
	rate        []float64
	first, size int
}

func (w *leastRate) clear() { w.first, w.size = 0, 0 }

func (w *leastRate) push(now time.Duration, rate float64) {
	for w.size > 0 && now-w.at[w.first] >= growthWindow {
		w.first = (w.first + 1) % len(w.at)
		w.size--
	}
	for w.size > 0 && rate <= w.rate[w.last()] {
		w.size--
	}
	if w.size == len(w.at) {
		w.grow()
	}
	w.size++
	w.at[w.last()], w.rate[w.last()] = now, rate
}

func (w *leastRate) last() int { return (w.first + w.size - 1) % len(w.at) }

func (w *leastRate) get() float64 { return w.rate[w.first] }

func (w *leastRate) grow() {
	at, rate := make([]time.Duration, 2*w.size+8), make([]float64, 2*w.size+8)
	for i := range w.size {
		j := (w.first + i) % w.size
		at[i], rate[i] = w.at[j], w.rate[j]
	}
	w.at, w.rate, w.first = at, rate, 0
}
