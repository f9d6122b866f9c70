package scream

import (
	"testing"
	"time"

	"trailblazer/ccemu/control/internal/testnet"
)

// TestConvergence: alone on a link, SCReAM fills it at about its delay target.
func TestConvergence(t *testing.T) {
	for _, bps := range []float64{500e3, 1e6, 2e6} {
		for _, delay := range []time.Duration{10, 50} {
			n := testnet.Net{
				Link:  testnet.Link{Rate: testnet.Steps(0, bps), QueueBytes: int(bps * 0.6 / 8), Delay: delay * time.Millisecond},
				Flows: []*testnet.Flow{{Controller: New(Config{FixedTarget: true}), Frames: true}},
			}
			s := n.Segments(0, 20*time.Second, 60*time.Second)[1]
			if s.ReceivedBps < 0.95*bps {
				t.Errorf("%v bps, %v ms: %v received", bps, int64(delay), s.ReceivedBps)
			}
			if s.P95 > 220*time.Millisecond || s.Lost > 0 {
				t.Errorf("%v bps, %v ms: delay %v, %d lost", bps, int64(delay), s.P95, s.Lost)
			}
		}
	}
}

// TestTargetGrows: with competing flows in mind, it accepts more delay.
func TestTargetGrows(t *testing.T) {
	median := func(c Config) time.Duration {
		n := testnet.Net{
			Link:  testnet.Link{Rate: testnet.Steps(0, 1e6), QueueBytes: 75_000, Delay: 20 * time.Millisecond},
			Flows: []*testnet.Flow{{Controller: New(c)}},
		}
		return n.Segments(0, 30*time.Second, 60*time.Second)[1].Median
	}
	fixed, grows := median(Config{FixedTarget: true}), median(Config{})
	if grows < fixed+20*time.Millisecond {
		t.Errorf("delay %v with a fixed target, %v with one that grows", fixed, grows)
	}
}

// TestDrop: a rate that falls to 30 % is found within two seconds.
func TestDrop(t *testing.T) {
	n := testnet.Net{
		Link:  testnet.Link{Rate: testnet.Steps(0, 2e6, 30, 600e3), QueueBytes: 22_500, Delay: 20 * time.Millisecond},
		Flows: []*testnet.Flow{{Controller: New(Config{FixedTarget: true}), Frames: true}},
	}
	s := n.Segments(0, 30*time.Second, 32*time.Second, 35*time.Second, 60*time.Second)
	if s[2].HighestBps > 1e6 {
		t.Errorf("target up to %v two seconds after the drop to 600 kbps", s[2].HighestBps)
	}
	if s[3].ReceivedBps < 550e3 || s[3].P95 > 250*time.Millisecond {
		t.Errorf("%v bps received at a delay of %v after the drop", s[3].ReceivedBps, s[3].P95)
	}
}

// TestLimited: the target is at most about twice what the application sends.
func TestLimited(t *testing.T) {
	n := testnet.Net{
		Link:  testnet.Link{Rate: testnet.Steps(0, 5e6), QueueBytes: 1 << 20, Delay: 20 * time.Millisecond},
		Flows: []*testnet.Flow{{Controller: New(Config{}), Request: testnet.Steps(0, 500e3), Frames: true}},
	}
	s := n.Segments(0, 20*time.Second, 60*time.Second)[1]
	if s.HighestBps > 1.25e6 || s.LowestBps < 500e3 {
		t.Errorf("targets from %v to %v for a request of 500 kbps", s.LowestBps, s.HighestBps)
	}
}
