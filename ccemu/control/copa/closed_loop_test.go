package copa

import (
	"testing"
	"time"

	"trailblazer/ccemu/control/internal/testnet"
)

// TestConvergence: alone on a link, Copa fills it and keeps a few packets in
// the queue.
func TestConvergence(t *testing.T) {
	for _, bps := range []float64{500e3, 1e6, 4e6} {
		for _, delay := range []time.Duration{5, 50, 150} {
			for _, frames := range []bool{false, true} {
				n := testnet.Net{
					Link:  testnet.Link{Rate: testnet.Steps(0, bps), QueueBytes: int(bps * 0.3 / 8), Delay: delay * time.Millisecond},
					Flows: []*testnet.Flow{{Controller: New(Config{}), Frames: frames}},
				}
				s := n.Segments(0, 20*time.Second, 60*time.Second)[1]
				// Ten packets at low rates.
				bound := max(time.Duration(10*8*1200/bps*1e9), 70*time.Millisecond) + 33*time.Millisecond
				if s.ReceivedBps < 0.93*bps || s.P95 > bound {
					t.Errorf("%v bps, %v ms, frames %v: %v received at a delay of %v, more than %v", bps, int64(delay), frames, s.ReceivedBps, s.P95, bound)
				}
			}
		}
	}
}

// TestDelta: more weight on delay means less of it.
func TestDelta(t *testing.T) {
	median := func(delta float64) time.Duration {
		n := testnet.Net{
			Link:  testnet.Link{Rate: testnet.Steps(0, 2e6), QueueBytes: 200_000, Delay: 20 * time.Millisecond},
			Flows: []*testnet.Flow{{Controller: New(Config{Delta: delta})}},
		}
		return n.Segments(0, 20*time.Second, 60*time.Second)[1].Median
	}
	if few, many := median(0.5), median(0.1); many < 2*few {
		t.Errorf("delay %v for δ 0.5, %v for δ 0.1", few, many)
	}
}

// TestDrop: a rate that falls to 30 % is found within two seconds.
func TestDrop(t *testing.T) {
	n := testnet.Net{
		Link:  testnet.Link{Rate: testnet.Steps(0, 2e6, 30, 600e3), QueueBytes: 22_500, Delay: 20 * time.Millisecond},
		Flows: []*testnet.Flow{{Controller: New(Config{}), Frames: true}},
	}
	s := n.Segments(0, 30*time.Second, 32*time.Second, 37*time.Second, 60*time.Second)
	if s[2].HighestBps > 900e3 {
		t.Errorf("target up to %v two seconds after the drop to 600 kbps", s[2].HighestBps)
	}
	if s[3].ReceivedBps < 540e3 || s[3].P95 > 150*time.Millisecond {
		t.Errorf("%v bps received at a delay of %v after the drop", s[3].ReceivedBps, s[3].P95)
	}
}

// TestLimited: the window does not grow while the application sends less.
func TestLimited(t *testing.T) {
	n := testnet.Net{
		Link:  testnet.Link{Rate: testnet.Steps(0, 5e6), QueueBytes: 1 << 20, Delay: 20 * time.Millisecond},
		Flows: []*testnet.Flow{{Controller: New(Config{}), Request: testnet.Steps(0, 500e3), Frames: true}},
	}
	s := n.Segments(0, 20*time.Second, 60*time.Second)[1]
	if s.HighestBps > 1.5e6 || s.LowestBps < 450e3 {
		t.Errorf("targets from %v to %v for a request of 500 kbps", s.LowestBps, s.HighestBps)
	}
}

// TestShallowQueue: where 1/δ packets never fit, the rate does not run away.
func TestShallowQueue(t *testing.T) {
	n := testnet.Net{
		Link:  testnet.Link{Rate: testnet.Steps(0, 2e6), QueueBytes: 2400, Delay: 20 * time.Millisecond},
		Flows: []*testnet.Flow{{Controller: New(Config{})}},
	}
	if s := n.Segments(0, 20*time.Second, 60*time.Second)[1]; s.TargetBps > 3e6 || s.ReceivedBps < 1e6 {
		t.Errorf("target %v and %v bps received of 2 Mbps", s.TargetBps, s.ReceivedBps)
	}
}
