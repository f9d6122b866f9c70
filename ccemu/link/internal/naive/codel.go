package naive

import (
	"math"
	"time"
)

// CoDel is a FIFO of a constant rate that divides 8·10⁹, with the algorithm of
// RFC 8289, section 5, whose functions and variables it has, at its head.
type CoDel struct {
	Bps              int64
	Target, Interval time.Duration

	packets  []Packet
	queue    []int
	outcomes []Outcome

	firstAbove, dropNext time.Duration
	count, lastCount     int
	dropping             bool
}

const maxPacket = 1500

// Play returns what becomes of packets.
func (c *CoDel) Play(packets []Packet) []Outcome {
	c.packets, c.outcomes = packets, make([]Outcome, len(packets))
	free := time.Duration(0) // when the link falls idle
	for next := 0; next < len(packets) || len(c.queue) > 0; {
		// The link takes a packet as soon as it is free and there is one.
		if len(c.queue) > 0 && (next == len(packets) || free <= packets[next].At) {
			if i := c.dequeue(free); i >= 0 {
				free += time.Duration(packets[i].Bytes * 8e9 / c.Bps)
				c.outcomes[i] = Outcome{At: free}
			}
			continue
		}
		c.queue = append(c.queue, next)
		if len(c.queue) == 1 {
			free = max(free, packets[next].At)
		}
		next++
	}
	return c.outcomes
}

// dodequeue takes the packet at the head, or returns -1.
func (c *CoDel) dodequeue(now time.Duration) (packet int, okToDrop bool) {
	if len(c.queue) == 0 {
		c.firstAbove = 0
		return -1, false
	}
	packet, c.queue = c.queue[0], c.queue[1:]
	backlog := int64(0)
	for _, i := range c.queue {
		backlog += c.packets[i].Bytes
	}
	switch sojourn := now - c.packets[packet].At; {
	case sojourn < c.Target || backlog <= maxPacket:
		c.firstAbove = 0
	case c.firstAbove == 0:
		c.firstAbove = now + c.Interval
	case now >= c.firstAbove:
		okToDrop = true
	}
	return packet, okToDrop
}

func (c *CoDel) dequeue(now time.Duration) int {
	packet, okToDrop := c.dodequeue(now)
	if c.dropping {
		if !okToDrop {
			c.dropping = false
		}
		for c.dropping && now >= c.dropNext {
			c.outcomes[packet] = Outcome{Dropped: true, At: now}
			c.count++
			packet, okToDrop = c.dodequeue(now)
			if !okToDrop {
				c.dropping = false
			} else {
				c.dropNext = c.law(c.dropNext)
			}
		}
	} else if okToDrop {
		c.outcomes[packet] = Outcome{Dropped: true, At: now}
		packet, _ = c.dodequeue(now)
		c.dropping = true
		delta := c.count - c.lastCount
		c.count = 1
		if delta > 1 && now-c.dropNext < 16*c.Interval {
			c.count = delta
		}
		c.dropNext = c.law(now)
		c.lastCount = c.count
	}
	return packet
}

func (c *CoDel) law(at time.Duration) time.Duration {
	return at + time.Duration(float64(c.Interval)/math.Sqrt(float64(c.count)))
}
