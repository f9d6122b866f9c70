package tcp

import "time"

// The constants of HyStart++ (RFC 9406, section 4.3).
const (
	minRTTThreshold    = 4 * time.Millisecond
	maxRTTThreshold    = 16 * time.Millisecond
	rttDivisor         = 8
	rttSamples         = 8
	conservativeGrowth = 0.25 // 1/CSS_GROWTH_DIVISOR
	conservativeRounds = 5
)

// unknownRTT is above every round-trip time.
const unknownRTT = time.Hour

// slowStart is the exponential phase. The first one of a connection, HyStart++,
// ends already when the round-trip time rises: then it goes on with slower
// growth, and if the rise persists for some rounds, it is over.
type slowStart struct {
	early bool // HyStart++, not just until the threshold
	round round
	// lastRTT and rtt are the least of the last and of this round, of samples
	// in this one.
	lastRTT, rtt time.Duration
	samples      int
	// conservative counts the rounds of slower growth, from 1, after the
	// least round-trip time was baseRTT; 0 for none.
	conservative int
	baseRTT      time.Duration
}

func (s *slowStart) start() { *s = slowStart{early: true, lastRTT: unknownRTT, rtt: unknownRTT} }

// end is told that congestion has ended the first phase.
func (s *slowStart) end() { s.early = false }

// onAck returns by how many segments the window grows for one that has arrived,
// and whether the phase is over.
func (s *slowStart) onAck(a *ack) (growth float64, ended bool) {
	if !s.early {
		return 1, false
	}
	if s.round.ended(a) {
		s.lastRTT, s.rtt, s.samples = s.rtt, unknownRTT, 0
		if s.conservative > 0 {
			s.conservative++
		}
		if s.conservative > conservativeRounds {
			s.early = false
			return conservativeGrowth, true
		}
	}
	s.rtt = min(s.rtt, a.rtt)
	s.samples++
	enough := s.samples >= rttSamples
	switch {
	case s.conservative > 0 && enough && s.rtt < s.baseRTT:
		s.conservative = 0 // The rise was none.
	case s.conservative == 0 && enough && s.lastRTT != unknownRTT &&
		s.rtt >= s.lastRTT+min(max(s.lastRTT/rttDivisor, minRTTThreshold), maxRTTThreshold):
		s.conservative, s.baseRTT = 1, s.rtt
	}
	if s.conservative > 0 {
		return conservativeGrowth, false
	}
	return 1, false
}
