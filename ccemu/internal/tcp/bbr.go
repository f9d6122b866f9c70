package tcp

import "time"

// The constants of BBR (draft-cardwell-iccrg-bbr-congestion-control-00, and
// its first version in Linux, which is where the pacing margin is from).
const (
	highGain           = 2.885 // 2/ln 2: doubles the delivery rate in each round
	windowGain         = 2.0
	pacingMargin       = 0.99
	bandwidthRounds    = 10 // length of the bandwidth filter
	minRTTLength       = 10 * time.Second
	probeRTTTime       = 200 * time.Millisecond
	probeRTTSegments   = 4
	fullBandwidthRise  = 1.25
	fullBandwidthRound = 3
	// quantaSegments are added to the window for what the ends hold back.
	quantaSegments = 3
)

// cycle are the pacing gains of the ProbeBW mode, each for one round-trip
// time. The draft draws where a flow begins; here it is cycleStart.
var cycle = [8]float64{1.25, 0.75, 1, 1, 1, 1, 1, 1}

const cycleStart = 2

type bbrMode uint8

const (
	startup bbrMode = iota
	drain
	probeBW
	probeRTT
)

// bbr is the congestion control of BBR, version 1. As in Linux, it takes no notice of losses but for a round of packet conservation.
type bbr struct {
	segmentBytes int64
	mode         bbrMode
	cwnd         int64 // bytes
	pacingBps    float64

	bandwidth maxFilter // bits/s
	round     round
	minRTT    time.Duration
	minRTTAt  time.Duration

	// full says that startup has found the bandwidth: fullBandwidth has hardly
	// risen for fullRounds.
	full          bool
	fullBandwidth float64
	fullRounds    int

	phase   int           // of the cycle
	phaseAt time.Duration // when it began

	// probeRTTUntil is when the window may open again, 0 while it has not
	// closed yet; probeRTTRound ends at least one round later.
	probeRTTUntil time.Duration
	probeRTTRound round
	probeRTTOver  bool // that round has passed

	// prior is the window to return to after recovery, timeouts and ProbeRTT;
	// restoring says that one of the first two is not over.
	prior     int64
	restoring bool
}

func (b *bbr) start(segmentBytes int64) {
	*b = bbr{segmentBytes: segmentBytes, cwnd: initialWindow * segmentBytes, minRTT: unknownRTT}
}

func (b *bbr) window() int64 { return b.cwnd }

// pacing is not known before the first round-trip time is.
func (b *bbr) pacing() float64 { return b.pacingBps }

func (b *bbr) onAck(a *ack) {
	roundStart := b.updateBandwidth(a)
	b.updatePhase(a)
	b.checkFull(a, roundStart)
	b.checkDrain(a)
	b.updateMinRTT(a)
	b.setPacing(a)
	b.setWindow(a)
}

func (b *bbr) updateBandwidth(a *ack) (roundStart bool) {
	roundStart = b.round.ended(a)
	if roundStart {
		b.bandwidth.advance()
	}
	b.bandwidth.add(a.rateBps)
	return roundStart
}

// gains are those of pacing and window.
func (b *bbr) gains() (pacing, window float64) {
	switch b.mode {
	case startup:
		return highGain, highGain
	case drain:
		return 1 / highGain, highGain
	case probeBW:
		return cycle[b.phase], windowGain
	default:
		return 1, 1
	}
}

// product is gain times the bandwidth-delay product, in bytes.
func (b *bbr) product(gain float64) int64 {
	return int64(gain * b.bandwidth.max / 8 * b.minRTT.Seconds())
}

// updatePhase moves on in the cycle: after a round-trip time, but to probe
// until the queue would have built up or something was lost, and to drain no
// longer than there is a queue.
func (b *bbr) updatePhase(a *ack) {
	if b.mode != probeBW {
		return
	}
	next := a.now-b.phaseAt > b.minRTT
	switch gain := cycle[b.phase]; {
	case gain > 1:
		next = next && (a.lost > 0 || a.inFlight+a.bytes+a.lost >= b.product(gain))
	case gain < 1:
		next = next || a.inFlight <= b.product(1)
	}
	if next {
		b.phase, b.phaseAt = (b.phase+1)%len(cycle), a.now
	}
}

// checkFull looks once in a round whether startup still raises the bandwidth.
func (b *bbr) checkFull(a *ack, roundStart bool) {
	switch {
	case b.full || !roundStart:
	case b.bandwidth.max >= fullBandwidthRise*b.fullBandwidth:
		b.fullBandwidth, b.fullRounds = b.bandwidth.max, 0
	default:
		b.fullRounds++
		b.full = b.fullRounds >= fullBandwidthRound
	}
}

func (b *bbr) checkDrain(a *ack) {
	if b.mode == startup && b.full {
		b.mode = drain
	}
	if b.mode == drain && a.inFlight <= b.product(1) {
		b.probeBandwidth(a.now)
	}
}

func (b *bbr) probeBandwidth(now time.Duration) {
	b.mode, b.phase, b.phaseAt = probeBW, cycleStart, now
}

// updateMinRTT keeps the least round-trip time. Where it is too old, the
// window closes for a while so that queues drain and it can be seen again.
func (b *bbr) updateMinRTT(a *ack) {
	expired := b.minRTT != unknownRTT && a.now > b.minRTTAt+minRTTLength
	if a.rtt <= b.minRTT || expired {
		b.minRTT, b.minRTTAt = a.rtt, a.now
	}
	if expired && b.mode != probeRTT {
		b.saveWindow()
		b.mode, b.probeRTTUntil = probeRTT, 0
	}
	if b.mode != probeRTT {
		return
	}
	if b.probeRTTUntil == 0 {
		if a.inFlight <= probeRTTSegments*b.segmentBytes {
			b.probeRTTUntil, b.probeRTTOver = a.now+probeRTTTime, false
			b.probeRTTRound.end = a.next
		}
		return
	}
	b.probeRTTOver = b.probeRTTOver || b.probeRTTRound.ended(a)
	if b.probeRTTOver && a.now > b.probeRTTUntil {
		b.minRTTAt = a.now
		b.cwnd = max(b.cwnd, b.prior)
		if b.full {
			b.probeBandwidth(a.now)
		} else {
			b.mode = startup
		}
	}
}

// setPacing follows the bandwidth; in startup the rate only rises. The first
// rate is that of the window in the first round-trip time.
func (b *bbr) setPacing(a *ack) {
	pacing, _ := b.gains()
	if b.pacingBps == 0 && a.smoothed > 0 {
		b.pacingBps = pacingMargin * highGain * float64(b.cwnd) * 8 / a.smoothed.Seconds()
	}
	if rate := pacingMargin * pacing * b.bandwidth.max; b.full && rate > 0 || rate > b.pacingBps {
		b.pacingBps = rate
	}
}
