package vivace

import (
	"testing"
	"time"

	"trailblazer/ccemu/control/internal/testnet"
)

// TestConvergence: alone on a link, Vivace fills it.
func TestConvergence(t *testing.T) {
	for _, bps := range []float64{500e3, 1e6, 4e6} {
		for _, delay := range []time.Duration{5, 50, 100} {
			for _, frames := range []bool{false, true} {
				n := testnet.Net{
					Link:  testnet.Link{Rate: testnet.Steps(0, bps), QueueBytes: int(bps * 0.3 / 8), Delay: delay * time.Millisecond},
					Flows: []*testnet.Flow{{Controller: New(), Frames: frames}},
				}
				s := n.Segments(0, 30*time.Second, 90*time.Second)[1]
				if s.ReceivedBps < 0.85*bps || s.Median > 150*time.Millisecond || s.HighestBps > 1.5*bps {
					t.Errorf("%v bps, %v ms, frames %v: %v received at a delay of %v, target up to %v", bps, int64(delay), frames, s.ReceivedBps, s.Median, s.HighestBps)
				}
			}
		}
	}
}

// TestDrop: a rate that falls to 30 % is found within ten seconds.
func TestDrop(t *testing.T) {
	n := testnet.Net{
		Link:  testnet.Link{Rate: testnet.Steps(0, 2e6, 30, 600e3), QueueBytes: 22_500, Delay: 20 * time.Millisecond},
		Flows: []*testnet.Flow{{Controller: New(), Frames: true}},
	}
	s := n.Segments(0, 30*time.Second, 40*time.Second, 80*time.Second)
	if s[2].HighestBps > 1e6 || s[2].ReceivedBps < 480e3 {
		t.Errorf("target up to %v and %v bps received ten seconds after the drop to 600 kbps", s[2].HighestBps, s[2].ReceivedBps)
	}
}

// TestLimited: the rate stays near what the application sends, and falls below
// when the network cannot take that.
func TestLimited(t *testing.T) {
	n := testnet.Net{
		Link:  testnet.Link{Rate: testnet.Steps(0, 5e6, 40, 300e3), QueueBytes: 30_000, Delay: 20 * time.Millisecond},
		Flows: []*testnet.Flow{{Controller: New(), Request: testnet.Steps(0, 500e3), Frames: true}},
	}
	s := n.Segments(0, 20*time.Second, 40*time.Second, 55*time.Second, 80*time.Second)
	if s[1].HighestBps > 700e3 || s[1].LowestBps < 450e3 {
		t.Errorf("targets from %v to %v for a request of 500 kbps", s[1].LowestBps, s[1].HighestBps)
	}
	if s[3].TargetBps > 360e3 || s[3].ReceivedBps < 230e3 {
		t.Errorf("target %v and %v bps received of 300 kbps", s[3].TargetBps, s[3].ReceivedBps)
	}
}
