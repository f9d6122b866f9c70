package bbr

import (
	"time"

	"trailblazer/ccemu/control/internal/measure"
)

const (
	// bandwidthRounds is how many round trips the bandwidth filter reaches
	// back, and leastSpan how long the round-trip time's.
	bandwidthRounds = 10
	leastSpan       = 10 * time.Second
)

// model is the path.
type model struct {
	bandwidth measure.Window[int64, float64]
	// least is RTprop, and leastAt when it was last seen.
	least, leastAt time.Duration
	known          bool
}

func newModel() model { return model{bandwidth: measure.Greatest[int64, float64](bandwidthRounds)} }

func (m *model) reset() {
	m.bandwidth.Reset(bandwidthRounds)
	*m = model{bandwidth: m.bandwidth}
}

// sample takes a delivery rate of a round. One that the application has
// limited says only that the bandwidth is at least that.
func (m *model) sample(round int64, s sample) {
	if best, known := m.bandwidth.Value(); !s.limited || !known || s.bps >= best {
		m.bandwidth.Add(round, s.bps)
	}
}

// roundTrip takes a round-trip time and reports whether the least one is
// outdated.
func (m *model) roundTrip(now, rtt time.Duration) (outdated bool) {
	rtt = max(rtt, 0)
	outdated = m.known && now > m.leastAt+leastSpan
	if !m.known || rtt <= m.least || outdated {
		m.least, m.leastAt, m.known = rtt, now, true
	}
	return outdated
}

// bps is BtlBw; 0 while unknown.
func (m *model) bps() float64 {
	best, _ := m.bandwidth.Value()
	return best
}

// restart forgets the bandwidth for another.
func (m *model) restart(round int64, bps float64) {
	m.bandwidth.Reset(bandwidthRounds)
	m.bandwidth.Add(round, bps)
}
