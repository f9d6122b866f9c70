package feature

import "trailblazer/ccemu/feedback"

// Conditions are what the paper's scheduler looks at: the last round-trip
// time, the loss rate, the last sending rate and the request rate.
type Conditions struct {
	RTTMs, LossShare, RateBps, RequestBps float64
	// Known is false where one of them is missing.
	Known bool
}

// Conditions returns the network conditions at a moment: rtt_last, loss_L, and
// as the last sending rate what was last decided that the sender may send. The
// rate at which packets left would tell of the sizes of frames instead, which
// differ by more than the 5 % that the scheduler's rule is about.
func (t *Tracker) Conditions(s *feedback.Sender) Conditions {
	age := s.Now - t.reportAt
	return Conditions{
		RTTMs: t.values[rttLast], LossShare: t.values[lossL], RateBps: rate(s.TargetBps), RequestBps: rate(s.RequestBps),
		Known: t.measured[rttLast] && age < windowM && t.measured[lossL] && age < windowL && s.RequestBps > 0,
	}
}
