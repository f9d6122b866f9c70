package bbr

import "time"

// phase is what BBR is doing.
type phase uint8

const (
	startup phase = iota
	drain
	probeBandwidth
	probeRTT
)

const (
	// highGain doubles the rate in every round trip: 2/ln 2.
	highGain = 2.885
	// windowGain is how many bandwidth-delay products may be on their way.
	windowGain = 2.0
	// The bandwidth has been found when fullRounds round trips have not made
	// it fullGrowth times as much, or, as QUIC's BBR has it, when one has lost
	// fullLost packets, and more than fullLoss of all.
	fullGrowth = 1.25
	fullRounds = 3
	fullLost   = 8
	fullLoss   = 0.02
	// probeSpan is for how long at least no more than probePackets are on
	// their way when the round-trip time is probed.
	probeSpan    = 200 * time.Millisecond
	probePackets = 4
	// overload is the share of lost packets that shows that the bandwidth has
	// fallen: more than sending at 1.25 times the bandwidth can lose.
	overload = 0.2
)

// cycle has the gains of the phases in which the bandwidth is probed. The draft
// begins with any but the second, at random; here it begins with the third.
var cycle = [8]float64{1.25, 0.75, 1, 1, 1, 1, 1, 1}

const firstOfCycle = 2

// fullPipe finds out when startup has found the bandwidth.
type fullPipe struct {
	bps    float64
	rounds int
	found  bool
}

func (f *fullPipe) turn(bps float64, r round) {
	if r.lost >= fullLost && float64(r.lost) > fullLoss*float64(r.told) {
		f.found = true
	}
	switch {
	case f.found || r.limited:
	case bps >= f.bps*fullGrowth:
		f.bps, f.rounds = bps, 0
	default:
		f.rounds++
		f.found = f.rounds >= fullRounds
	}
}

// turn ends a round.
func (c *Controller) turn() {
	r := c.round
	c.round = round{}
	c.full.turn(c.model.bps(), r)
	c.step = (c.step + 1) % len(cycle)
	// The draft conserves packets in the first round trip of a loss recovery:
	// no more leave than arrive. A rate that did so for one round would be
	// back the next, so that the bandwidth is what arrives.
	if float64(r.lost) > overload*float64(r.told) && c.drain.Bps > 0 {
		c.model.restart(c.rounds.Over, c.drain.Bps)
	}
}

// advance changes the phase.
func (c *Controller) advance(now time.Duration) {
	if c.phase == startup && c.full.found {
		c.phase = drain
	}
	if c.phase == drain && float64(c.inFlight) <= c.model.bps()/8*c.model.least.Seconds() {
		c.phase, c.step = probeBandwidth, firstOfCycle
	}
	if c.outdated && c.phase != probeRTT {
		c.phase, c.drained = probeRTT, 0
	}
	c.outdated = false
	if c.phase != probeRTT {
		return
	}
	switch {
	case c.drained == 0 && float64(c.inFlight) <= c.window():
		c.drained = now
	case c.drained > 0 && now >= c.drained+max(probeSpan, c.loop()):
		c.model.leastAt = now
		c.phase, c.step = probeBandwidth, firstOfCycle
		if !c.full.found {
			c.phase = startup
		}
	}
}
