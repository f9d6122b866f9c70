package measure

import "time"

// Rounds counts the round trips of a control loop. One begins with a decision
// and is over at the first decision after a report on a packet that was sent
// since, which is when the decision's effect is known. Where decisions come
// with every packet, that is TCP's packet-timed round trip.
type Rounds struct {
	// Over are the rounds that are; Began is when the one under way did.
	Over  int64
	Began time.Duration
	// First is the number of the first packet of the round under way.
	First int64
	begun bool
}

// Decide is called at every decision, with the numbers after the newest packet
// that a report has told of and after the newest that was sent. It reports
// whether a round is over, and returns how long it took.
func (r *Rounds) Decide(now time.Duration, told, next int64) (took time.Duration, over bool) {
	if r.begun && told <= r.First {
		return 0, false
	}
	took, over = now-r.Began, r.begun
	if over {
		r.Over++
	}
	r.Began, r.First, r.begun = now, next, true
	return took, over
}
