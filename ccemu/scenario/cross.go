package scenario

import (
	"trailblazer/ccemu"
	"trailblazer/ccemu/schedule"
	"trailblazer/internal/draw"
)

// usualCross is the cross traffic of training: none, or traffic that does not
// listen, or TCP.
func usualCross(d draw.Draws, c *conditions) []ccemu.Cross {
	switch u := d.Unit(); {
	case u < 0.6:
		return nil
	case u < 0.8:
		return []ccemu.Cross{c.unresponsive(d)}
	case u < 0.9:
		return []ccemu.Cross{c.tcp(d, ccemu.TCPCubic)}
	}
	short := c.tcp(d, ccemu.TCPCubic)
	short.MeanBytes, short.MeanGapMs = d.LogBetween(30_000, 1_000_000), d.LogBetween(1000, 5000)
	return []ccemu.Cross{short}
}

// unusualCross is more TCP than training has, or another one.
func unusualCross(d draw.Draws, c *conditions) []ccemu.Cross {
	if d.Chance(0.5) {
		return []ccemu.Cross{c.tcp(d, ccemu.TCPBBR)}
	}
	return []ccemu.Cross{c.tcp(d, ccemu.TCPCubic), c.tcp(d, ccemu.TCPCubic), c.tcp(d, ccemu.TCPCubic)}
}

// tcp is a flow that begins in the first half, over a path of its own delay,
// and stops a third of the time.
func (c *conditions) tcp(d draw.Draws, kind string) ccemu.Cross {
	t := ccemu.Cross{Kind: kind, StartMs: d.Between(0, c.durationMs/2), PacketBytes: 1500, DelayMs: float64(c.rttMs / 2 * d.LogBetween(0.5, 2))}
	if d.Chance(1.0 / 3) {
		t.StopMs = d.Between(t.StartMs+5000, c.durationMs)
	}
	return t
}

// unresponsive takes a tenth to a half of the mean bandwidth: always, in
// pulses, or in a random walk.
func (c *conditions) unresponsive(d draw.Draws) ccemu.Cross {
	kbps := float64(c.meanKbps * d.Between(0.1, 0.5))
	t := ccemu.Cross{Kind: ccemu.Unresponsive, PacketBytes: 1200}
	switch d.Below(3) {
	case 0:
		t.RateKbps = schedule.Constant(kbps)
		t.StartMs = d.Between(0, c.durationMs/2)
	case 1:
		on, off := d.LogBetween(100, 2000), d.LogBetween(500, 5000)
		t.RateKbps = schedule.Series{AtMs: []float64{0, on}, Values: []float64{kbps, 0}, PeriodMs: on + off}
	default:
		t.RateKbps = c.series(func(s *steps) {
			rate := kbps
			for at := 0.0; at < c.durationMs; at += 2 * tickMs {
				s.add(at, rate)
				rate = min(max(rate+float64(kbps*d.Between(-0.3, 0.3)), 0), 2*kbps)
			}
		})
	}
	return t
}
