package feature

import (
	"time"

	"trailblazer/ccemu/feedback"
)

// playoutLog has what the receiver tells of its playout.
type playoutLog struct {
	// stalls are the total stalls at the reports of the last second and at the
	// one before those, by the receiver's clock.
	stalls ring[dated[time.Duration]]
	buffer time.Duration
}

func (l *playoutLog) reset() {
	l.stalls.clear()
	*l = playoutLog{stalls: l.stalls}
}

// add takes a report, where until is when the newest so far left. One that
// left before it tells nothing new.
func (l *playoutLog) add(until time.Duration, r *feedback.Report) {
	if r.Departure < until {
		return
	}
	l.buffer = r.JitterBuffer
	*l.stalls.push() = dated[time.Duration]{until, r.Stalled}
	for l.stalls.len() > 1 && l.stalls.at(1).at <= until-windowL {
		l.stalls.popFront()
	}
}

func (t *Tracker) measurePlayout() {
	l := &t.playout
	if l.stalls.len() == 0 {
		return
	}
	t.set(jitterBuffer, ms(l.buffer))
	stalled := l.stalls.back().value
	if before := l.stalls.front(); before.at <= t.arrivals.until-windowL {
		stalled -= before.value
	}
	t.set(stallL, ms(min(max(stalled, 0), windowL)))
}
