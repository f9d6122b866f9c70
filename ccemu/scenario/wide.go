package scenario

import (
	"trailblazer/ccemu"
	"trailblazer/ccemu/link"
	"trailblazer/internal/draw"
)

// wide is training with every range twice as far, up and down: what networks
// can do, for agents that are to meet any of them. What training has no kind
// of, it has none of either.
func wide() table {
	t := training()
	t.level = func(d draw.Draws) level { return levelBetween(d, 75, 16_000) }
	t.rtt = func(d draw.Draws) float64 { return d.LogBetween(5, 400) }
	t.jitter = func(d draw.Draws) link.Jitter {
		if d.Chance(0.4) {
			return link.Jitter{Shape: link.Normal}
		}
		return link.Jitter{DeviationMs: d.Between(0, 30), Shape: link.Normal, Correlation: d.Between(0, 0.9)}
	}
	t.loss = func(d draw.Draws) (share, burst float64) {
		if d.Chance(0.5) {
			return 0, 0
		}
		share = d.LogBetween(5e-5, 0.1)
		if d.Chance(0.5) {
			burst = d.Between(2, 12)
		}
		return share, burst
	}
	t.queue = func(d draw.Draws, _ *conditions) link.Bottleneck { return dropTail(d.LogBetween(15, 1600)) }
	t.cross = wideCross
	t.ratio = func(d draw.Draws) float64 { return d.LogBetween(0.1, 6) }
	return t
}

// wideCross is that of training, with a second TCP flow in half of the sessions
// that have one.
func wideCross(d draw.Draws, c *conditions) []ccemu.Cross {
	list := usualCross(d, c)
	if len(list) > 0 && list[0].Kind == ccemu.TCPCubic && d.Chance(0.5) {
		list = append(list, c.tcp(d, ccemu.TCPCubic))
	}
	return list
}
