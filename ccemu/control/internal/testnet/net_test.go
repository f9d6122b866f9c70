package testnet

import (
	"testing"
	"time"
)

// TestFIFO: a flow at 1.5 times the rate gets exactly the rate, waits as long
// as the queue is, and loses the rest.
func TestFIFO(t *testing.T) {
	n := Net{
		Link:  Link{Rate: Steps(0, 1e6, 10, 500e3), QueueBytes: 30_000, Delay: 20 * time.Millisecond},
		Flows: []*Flow{{Controller: Fixed(1.5e6), StartBps: 1.5e6}},
	}
	s := n.Segments(0, 5*time.Second, 10*time.Second, 15*time.Second, 20*time.Second)
	for i, want := range []float64{0, 1e6, 0, 500e3} {
		if got := s[i].ReceivedBps; want > 0 && (got < want-2000 || got > want+2000) {
			t.Errorf("segment %d: %v bps received, want %v", i, got, want)
		}
	}
	// A packet that is let in waits for all others but for what of the one in
	// service is done, which is less than the time between packets, 6.4 ms.
	for i, full := range map[int]time.Duration{1: 240 * time.Millisecond, 3: 480 * time.Millisecond} {
		if got := s[i].Most; got > full || got <= full-6400*time.Microsecond {
			t.Errorf("segment %d: waited up to %v, want the %v of 30,000 bytes", i, got, full)
		}
	}
	if lost := s[1].Lost; lost < 259 || lost > 261 {
		t.Errorf("%d packets lost in 5 s, want a third of 781", lost)
	}
}

// TestFrames: a flow of frames below the rate waits no longer than a frame is,
// and sends what it is asked to.
func TestFrames(t *testing.T) {
	n := Net{
		Link:  Link{Rate: Steps(0, 2e6), QueueBytes: 100_000, Delay: 20 * time.Millisecond},
		Flows: []*Flow{{Controller: Fixed(3e6), Request: Steps(0, 1e6), Frames: true}},
	}
	s := n.Segments(0, time.Second, 5*time.Second)[1]
	if s.ReceivedBps < 0.99e6 || s.ReceivedBps > 1.01e6 || s.Lost > 0 {
		t.Errorf("%v bps received and %d packets lost of 1 Mbps", s.ReceivedBps, s.Lost)
	}
	if longest := time.Second * 8 * 4167 / 2e6; s.Most > longest {
		t.Errorf("waited %v, longer than the %v of a frame", s.Most, longest)
	}
}
