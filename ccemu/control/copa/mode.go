package copa

import (
	"time"

	"trailblazer/ccemu/control/internal/measure"
)

const (
	// The queue is nearly empty when its delay is below nearlyEmpty of the
	// greatest of the last peakRounds, or no longer than this flow's own 1/δ
	// packets, as long as those are not more than halfEmpty of it: a rate that
	// follows decisions swings less than a window, and need not empty the
	// queue. Somebody else fills it when neither has been seen for emptyRounds.
	nearlyEmpty = 0.1
	halfEmpty   = 0.5
	emptyRounds = 5
	peakRounds  = 4
)

// mode has δ: the configured one, or, in competitive mode, one whose inverse
// grows by 1 in a round trip and halves when packets are lost.
type mode struct {
	own, delta  float64
	competitive bool
	round       int64 // of two round trips each
	lost        int   // packets in the round
	full        int   // rounds since the queue was nearly empty, or emptied
	// least is the least round-trip time of the round, and last that of the
	// round before.
	least, last time.Duration
	peak        measure.Window[int64, time.Duration]
}

func newMode() mode {
	return mode{peak: measure.Greatest[int64, time.Duration](peakRounds)}
}

func (m *mode) reset(delta float64) {
	m.peak.Reset(peakRounds)
	*m = mode{own: delta, delta: delta, peak: m.peak}
}

func (m *mode) add(rtt time.Duration) {
	m.peak.Add(m.round, rtt)
	if m.least == 0 || rtt < m.least {
		m.least = max(rtt, 1)
	}
}

// turn ends a round. A packet takes packetTime at the rate that is sent at. A
// queue that becomes shorter by that in every round is one that this flow has
// filled itself, and empties.
func (m *mode) turn(rttMin, packetTime time.Duration) {
	if m.least == 0 {
		return
	}
	peak, _ := m.peak.Value()
	greatest := float64(peak - rttMin)
	empty := float64(m.least-rttMin) <= max(nearlyEmpty*greatest, min(float64(packetTime)/m.own, halfEmpty*greatest))
	emptying := !m.competitive && m.least < m.last-packetTime
	m.full++
	if empty || emptying {
		m.full = 0
	}
	switch {
	case m.full < emptyRounds:
		m.competitive = m.competitive && !empty
	case !m.competitive:
		m.competitive = true
	}
	switch {
	case !m.competitive:
		m.delta = m.own
	case m.lost > 0:
		m.delta = min(2*m.delta, m.own)
	default:
		m.delta = 1 / (2 + 1/m.delta)
	}
	m.round++
	m.lost, m.last, m.least = 0, m.least, 0
}
