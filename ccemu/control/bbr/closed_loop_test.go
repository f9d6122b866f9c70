package bbr

import (
	"testing"
	"time"

	"trailblazer/ccemu/control/internal/testnet"
)

// TestPhases: startup finds the bandwidth, drain empties the queue, the
// round-trip time is probed every ten seconds and for at least 200 ms.
func TestPhases(t *testing.T) {
	c := New()
	n := testnet.Net{
		Link: testnet.Link{Rate: testnet.Steps(0, 2e6), QueueBytes: 1 << 20, Delay: 40 * time.Millisecond},
		// The other flow leaves the queue never quite as empty as at first.
		Flows: []*testnet.Flow{{Controller: c}, {Controller: testnet.Fixed(517e3)}},
	}
	var order []phase
	var probes []time.Duration
	probing := 0
	n.Run(40*time.Second, func(now time.Duration) {
		if len(order) == 0 || order[len(order)-1] != c.phase {
			order = append(order, c.phase)
			if c.phase == probeRTT {
				probes = append(probes, now)
			}
		}
		if c.phase == probeRTT {
			probing++
		}
	})
	want := []phase{startup, drain, probeBandwidth}
	for range probes {
		want = append(want, probeRTT, probeBandwidth)
	}
	if len(order) != len(want) || len(probes) < 3 {
		t.Fatalf("phases %v", order)
	}
	for i := range want {
		if order[i] != want[i] {
			t.Fatalf("phases %v, want %v", order, want)
		}
	}
	for i := 1; i < len(probes); i++ {
		if gap := probes[i] - probes[i-1]; gap < 10*time.Second || gap > 11*time.Second {
			t.Errorf("probes of the round-trip time %v apart", gap)
		}
	}
	if ticks := probing / len(probes); ticks < 2 || ticks > 6 {
		t.Errorf("a probe of the round-trip time takes %d00 ms", ticks)
	}
	if got := c.model.bps(); got < 1.4e6 || got > 1.7e6 {
		t.Errorf("bandwidth %v, want about 1.5 Mbps", got)
	}
	if got := c.model.least; got < 80*time.Millisecond || got > 90*time.Millisecond {
		t.Errorf("round-trip time %v, want 80 ms and some service", got)
	}
}

// TestConvergence: alone on a link, BBR fills it.
func TestConvergence(t *testing.T) {
	for _, bps := range []float64{500e3, 1e6, 4e6} {
		for _, delay := range []time.Duration{5, 50, 100} {
			for _, frames := range []bool{false, true} {
				n := testnet.Net{
					Link:  testnet.Link{Rate: testnet.Steps(0, bps), QueueBytes: int(bps * 0.3 / 8), Delay: delay * time.Millisecond},
					Flows: []*testnet.Flow{{Controller: New(), Frames: frames}},
				}
				s := n.Segments(0, 10*time.Second, 40*time.Second)[1]
				if s.ReceivedBps < 0.93*bps || s.P95 > 150*time.Millisecond || s.HighestBps > 1.3*bps {
					t.Errorf("%v bps, %v ms, frames %v: %v received at a delay of %v, target up to %v", bps, int64(delay), frames, s.ReceivedBps, s.P95, s.HighestBps)
				}
			}
		}
	}
}

// TestDrop: a rate that falls to 30 % is found within three seconds.
func TestDrop(t *testing.T) {
	n := testnet.Net{
		Link:  testnet.Link{Rate: testnet.Steps(0, 2e6, 30, 600e3), QueueBytes: 22_500, Delay: 40 * time.Millisecond},
		Flows: []*testnet.Flow{{Controller: New(), Frames: true}},
	}
	s := n.Segments(0, 30*time.Second, 33*time.Second, 60*time.Second)[2]
	if s.ReceivedBps < 550e3 || s.HighestBps > 800e3 || s.P95 > 150*time.Millisecond {
		t.Errorf("%v bps received at a delay of %v, target up to %v, after the drop to 600 kbps", s.ReceivedBps, s.P95, s.HighestBps)
	}
}

// TestLimited: what the application limits neither lowers the bandwidth nor
// raises it beyond the network's.
func TestLimited(t *testing.T) {
	n := testnet.Net{
		Link:  testnet.Link{Rate: testnet.Steps(0, 2e6), QueueBytes: 75_000, Delay: 30 * time.Millisecond},
		Flows: []*testnet.Flow{{Controller: New(), Request: testnet.Steps(0, 5e6, 20.05, 300e3, 40.05, 5e6), Frames: true}},
	}
	s := n.Segments(0, 15*time.Second, 21*time.Second, 40*time.Second, 42*time.Second, 60*time.Second)
	if s[2].LowestBps < 100e3 || s[2].TargetBps < 1.5e6 || s[2].HighestBps > 2.1e6 {
		t.Errorf("targets from %v to %v, %v on average, while 300 kbps were requested of 2 Mbps", s[2].LowestBps, s[2].HighestBps, s[2].TargetBps)
	}
	if s[4].ReceivedBps < 1.85e6 {
		t.Errorf("%v bps after the limit has gone", s[4].ReceivedBps)
	}
}

// TestStartsLate: startup goes on for as long as the application limits it.
func TestStartsLate(t *testing.T) {
	n := testnet.Net{
		Link:  testnet.Link{Rate: testnet.Steps(0, 4e6), QueueBytes: 150_000, Delay: 30 * time.Millisecond},
		Flows: []*testnet.Flow{{Controller: New(), Request: testnet.Steps(0, 200e3, 10.05, 8e6), Frames: true}},
	}
	s := n.Segments(0, 10*time.Second, 12*time.Second, 20*time.Second)
	if s[0].HighestBps > 2e6 || s[2].ReceivedBps < 3.7e6 {
		t.Errorf("targets up to %v while 200 kbps were requested, then %v bps received of 4 Mbps", s[0].HighestBps, s[2].ReceivedBps)
	}
}
