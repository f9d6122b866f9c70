package gcc

import (
	"time"

	"trailblazer/ccemu/feedback"
)

// baseWindow is for how long the shortest one-way delay is remembered, at
// least.
const baseWindow = 15 * time.Second

// queueDelay estimates for how long packets wait on the way: the least one-way
// delay in a report against that of the last baseWindow. The least of many
// carries hardly any jitter.
type queueDelay struct {
	delay         time.Duration
	base, current time.Duration // least delays of the window before began, and since
	began         time.Duration
	any           bool
}

// add takes what arrived by a report that came at now.
func (q *queueDelay) add(list []*feedback.Result, now time.Duration) {
	if len(list) == 0 {
		return
	}
	least := list[0].Arrival - list[0].At
	for _, p := range list[1:] {
		least = min(least, p.Arrival-p.At)
	}
	switch {
	case !q.any:
		q.base, q.current, q.began, q.any = least, least, now, true
	case now-q.began >= baseWindow:
		q.base, q.current, q.began = q.current, least, now
	}
	q.current = min(q.current, least)
	q.delay = least - min(q.base, q.current)
}
