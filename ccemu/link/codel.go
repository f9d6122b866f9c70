package link

import (
	"math"
	"time"
)

// codel decides at the head of the queue what to drop, as RFC 8289 has it in
// section 5.
type codel struct {
	target, interval time.Duration // 0 for no CoDel
	above            time.Duration // when the delay will have been above target for an interval; 0 if it is below
	next             time.Duration // when to drop next
	count, last      int
	dropping         bool
	dropped          bool // just now, and next has yet to follow
}

// mtuBytes is the backlog below which CoDel does not act.
const mtuBytes = 1500

func newCoDel(q *Queue) codel {
	if q.Discipline != CoDel {
		return codel{}
	}
	return codel{target: milliseconds(q.TargetMs, 5), interval: milliseconds(q.IntervalMs, 100)}
}

// drops decides about the packet at the head, which has waited for so long and
// has so much behind it. It is asked again for the next one if it says yes.
func (c *codel) drops(now, waited time.Duration, behind int64) bool {
	if c.interval == 0 {
		return false
	}
	late := c.late(now, waited, behind)
	if c.dropping {
		if !late {
			c.dropping, c.dropped = false, false
			return false
		}
		if c.dropped {
			c.next = c.law(c.next)
		}
		c.dropped = now >= c.next
		if c.dropped {
			c.count++
		}
		return c.dropped
	}
	if !late {
		return false
	}
	// The first drop of a new state drops one packet and lets the next pass.
	c.dropping = true
	delta := c.count - c.last
	c.count = 1
	if delta > 1 && now-c.next < 16*c.interval {
		c.count = delta
	}
	c.next = c.law(now)
	c.last = c.count
	return true
}

// late reports whether the delay has been above the target for an interval.
func (c *codel) late(now, waited time.Duration, behind int64) bool {
	if waited < c.target || behind <= mtuBytes {
		c.above = 0
		return false
	}
	if c.above == 0 {
		c.above = now + c.interval
		return false
	}
	return now >= c.above
}

// law is the control law: the next drop comes after interval/√count.
func (c *codel) law(at time.Duration) time.Duration {
	return at + time.Duration(float64(c.interval)/math.Sqrt(float64(c.count)))
}
