package scenario

import (
	"trailblazer/ccemu"
	"trailblazer/ccemu/link"
	"trailblazer/internal/draw"
	"trailblazer/internal/splitmix"
)

// mixBlock is how many sessions of consecutive seeds have exactly the share of
// poor ones that a set has: with sessions drawn one by one it would take
// thousands of them to come close.
const mixBlock = 5

// mixSalt and blockSalt make the streams of mixed sets their own.
const (
	mixSalt   = 0x0d1ce
	blockSalt = 0x0b10c
)

// mix draws the session of a seed in good or in poor conditions. Whichever it
// is, the session is the same in all mixes; and what is poor in one mix is in
// those with more.
func (s *Set) mix(seed uint64) *conditions {
	r := root(splitmix.Mix(mixSalt, seed))
	if rank(seed) < s.poor {
		return poor(r).draw(r, nil)
	}
	return good().draw(r, nil)
}

// rank is the place of a seed in its block, shuffled.
func rank(seed uint64) int {
	d := draw.New(blockSalt, seed/mixBlock)
	var order [mixBlock]int
	for i := range order {
		j := d.Below(i + 1)
		order[i], order[j] = order[j], i
	}
	return order[seed%mixBlock]
}

// good is conditions that the paper's scheduler calls good as long as the
// sender sends what is requested: the round-trip time stays below 50 ms since
// the path is short, its packets are quickly sent and no queue builds up even
// while a key frame is paced out at 2.5 times the rate; nothing is lost.
func good() table {
	t := training()
	t.level = func(d draw.Draws) level { return levelBetween(d, 1500, 8000) }
	t.dynamics = plainDynamics
	t.rtt = func(d draw.Draws) float64 { return d.LogBetween(10, 25) }
	t.jitter = func(d draw.Draws) link.Jitter {
		return link.Jitter{DeviationMs: d.Between(0, 1), Shape: link.Normal, Correlation: d.Between(0, 0.9)}
	}
	t.loss = func(draw.Draws) (share, burst float64) { return 0, 0 }
	t.cross = func(draw.Draws, *conditions) []ccemu.Cross { return nil }
	t.ratio = func(d draw.Draws) float64 { return d.Between(0.08, 0.25) }
	t.reference = func(c *conditions) float64 { return least(&c.capacity) }
	return t
}

// poor is conditions that it calls poor all the time: half of the sessions
// are over long paths, the other half request more than there ever is.
func poor(r root) table {
	t := training()
	t.dynamics = plainDynamics
	if r.stream(kindStream).Chance(0.5) {
		t.rtt = func(d draw.Draws) float64 { return d.LogBetween(60, 200) }
		return t
	}
	t.ratio = func(d draw.Draws) float64 { return d.Between(1.5, 3) }
	t.reference = func(c *conditions) float64 { return most(&c.capacity) }
	return t
}

// kindStream draws which kind of poor conditions a session has.
const kindStream = 1 << 8

// plainDynamics are those of training without recordings, in which bandwidth
// may come and go.
func plainDynamics(d draw.Draws, c *conditions, _ *Data) {
	switch d.Below(3) {
	case 0:
		c.constant()
	case 1:
		c.stepped(d)
	default:
		c.ramped(d)
	}
}
