package ccemu_test

import (
	"testing"
	"time"

	"trailblazer/ccemu"
	"trailblazer/ccemu/link"
	"trailblazer/ccemu/media"
	"trailblazer/ccemu/schedule"
)

// TestRepeatsAreWithinTheTarget: what a flow sends is what was decided, also
// where packets have to be repeated and key frames are asked for.
func TestRepeatsAreWithinTheTarget(t *testing.T) {
	for _, share := range []float64{0, 0.02, 0.1, 0.2} {
		s := ccemu.Session{
			DurationMs: 60_000,
			Forward: link.Path{
				Bottleneck: link.Bottleneck{RateKbps: schedule.Constant(20_000)},
				Loss:       link.Loss{Share: schedule.Constant(share)}, DelayMs: schedule.Constant(25),
			},
			Reverse: link.Path{DelayMs: schedule.Constant(25)},
			Flows:   []media.Flow{{StartKbps: 2000}},
		}
		var e ccemu.Emulator
		e.Start(&s, 1)
		for e.Now() < time.Minute {
			e.SetTarget(0, 2e6)
			e.Advance(e.Now() + 100*time.Millisecond)
		}
		kbps := float64(e.Traffic(0).Sent.Bytes) * 8 / 60 / 1000
		if kbps < 1900 || kbps > 2100 {
			t.Errorf("with %v of the packets lost, %.0f kbps are sent at a target of 2000", share, kbps)
		} else {
			t.Logf("with %v of the packets lost, %.0f kbps are sent at a target of 2000", share, kbps)
		}
	}
}
