package scenario

import (
	"testing"

	"trailblazer/ccemu"
	"trailblazer/ccemu/link"
)

// TestWide: every range is that of training twice as far, and no kind comes up
// that training does not have.
func TestWide(t *testing.T) {
	all := drawn(t, "cc/train-wide", manyDraws)
	checkUniform(t, "level", each(all, func(c *conditions) float64 { return c.level.kbps }), 75, 16_000, true)
	checkUniform(t, "rtt", each(all, func(c *conditions) float64 { return c.rttMs }), 5, 400, true)
	checkUniform(t, "queue", each(all, func(c *conditions) float64 { return c.bottleneck.Queue.LimitMs }), 15, 1600, true)
	checkUniform(t, "ratio", each(all, func(c *conditions) float64 { return c.ratio }), 0.1, 6, true)
	still := checkShare(t, "no jitter", all, 0.4, func(c *conditions) bool { return c.jitter.DeviationMs == 0 })
	checkUniform(t, "jitter", each(others(all, still), func(c *conditions) float64 { return c.jitter.DeviationMs }), 0, 30, false)
	lossless := checkShare(t, "no loss", all, 0.5, func(c *conditions) bool { return c.loss == 0 })
	checkUniform(t, "loss", each(others(all, lossless), func(c *conditions) float64 { return c.loss }), 5e-5, 0.1, true)
	checkShare(t, "two TCP flows", all, 0.1, func(c *conditions) bool { return len(c.cross) == 2 })

	if set, err := Find("cc/train-wide"); err != nil || set.split != forTraining {
		t.Errorf("its sessions could be those of a test: %+v, %v", set, err)
	}

	known := map[string]bool{}
	for _, c := range drawn(t, "cc/train", manyDraws) {
		known[c.dynamics] = true
	}
	for i, c := range all {
		q := c.bottleneck
		if !known[c.dynamics] || c.jitter.Shape != link.Normal || q.Kind != link.FIFO || q.Queue.Discipline != link.DropTail || len(c.cross) > 2 {
			t.Fatalf("session %d is of a kind that training does not have: %+v", i, c)
		}
		for _, x := range c.cross {
			if x.Kind != ccemu.TCPCubic && x.Kind != ccemu.Unresponsive {
				t.Fatalf("session %d has cross traffic of %s", i, x.Kind)
			}
		}
	}
}
