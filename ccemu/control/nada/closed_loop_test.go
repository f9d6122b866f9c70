package nada

import (
	"testing"
	"time"

	"trailblazer/ccemu/control/internal/testnet"
)

// rfc has the rates of RFC 8698's example.
var rfc = Config{MinBps: 150e3, MaxBps: 1.5e6}

// TestSteadyDelay is check N1: a flow that is alone keeps a queuing delay of
// XREF·RMAX/rate.
func TestSteadyDelay(t *testing.T) {
	for _, c := range []struct {
		bps    float64
		frames bool
		delay  time.Duration
	}{
		{1e6, false, 10 * time.Millisecond},
		{1e6, false, 30 * time.Millisecond},
		{600e3, false, 20 * time.Millisecond},
		{1.2e6, false, 20 * time.Millisecond},
		{1e6, true, 20 * time.Millisecond},
	} {
		n := testnet.Net{
			Link:  testnet.Link{Rate: testnet.Steps(0, c.bps), QueueBytes: int(c.bps * 0.3 / 8), Delay: c.delay},
			Flows: []*testnet.Flow{{Controller: New(rfc), Frames: c.frames}},
		}
		s := n.Segments(0, 30*time.Second, 60*time.Second)[1]
		wait, service := s.Median, time.Duration(8*1200/c.bps*1e9)
		if c.frames {
			// The first packets of frames show the queue; its base is the
			// smallest packet's, of 50 bytes in the frames at the start.
			wait, service = s.Lowest, time.Duration(8*50/c.bps*1e9)
		}
		want := time.Duration(xref * rfc.MaxBps / c.bps * 1e6)
		if got := wait - service; (got - want).Abs() > 5*time.Millisecond {
			t.Errorf("%v bps: %v of queuing, want %v", c.bps, got, want)
		}
		if s.ReceivedBps < 0.99*c.bps || s.Lost > 0 {
			t.Errorf("%v bps: %v received, %d lost", c.bps, s.ReceivedBps, s.Lost)
		}
	}
}

// TestRampUpDelay is check N1: until the first decrease, accelerated ramp-up
// makes no longer a queue than QBOUND and QEPS, within 5 ms.
func TestRampUpDelay(t *testing.T) {
	for _, bps := range []float64{700e3, 1e6, 1.2e6, 1.4e6} {
		for _, delay := range []time.Duration{5, 20, 50, 100} {
			f := &testnet.Flow{Controller: New(rfc)}
			n := testnet.Net{
				Link:  testnet.Link{Rate: testnet.Steps(0, bps), QueueBytes: 1 << 20, Delay: delay * time.Millisecond},
				Flows: []*testnet.Flow{f},
			}
			service := time.Duration(8 * 1200 / bps * 1e9)
			last, over, most := 0.0, false, time.Duration(0)
			n.Run(30*time.Second, func(time.Duration) {
				over = over || f.TargetBps < last
				last = f.TargetBps
				if !over {
					most = max(most, f.Most-service)
				}
			})
			if !over {
				t.Errorf("%v bps, %v ms: the ramp-up never ended", bps, int64(delay))
			}
			if bound := 65 * time.Millisecond; most > bound {
				t.Errorf("%v bps, %v ms: %v of queuing in the ramp-up, more than %v", bps, int64(delay), most, bound)
			}
		}
	}
}

// TestDrop: after the rate has fallen to 30 %, the queue is empty again within
// seconds, and the rate is found.
func TestDrop(t *testing.T) {
	n := testnet.Net{
		Link:  testnet.Link{Rate: testnet.Steps(0, 2e6, 30, 600e3), QueueBytes: 22_500, Delay: 20 * time.Millisecond},
		Flows: []*testnet.Flow{{Controller: New(rfc), Frames: true}},
	}
	s := n.Segments(0, 10*time.Second, 30*time.Second, 33*time.Second, 40*time.Second, 60*time.Second, 90*time.Second)
	if s[1].TargetBps < 0.99*rfc.MaxBps {
		t.Errorf("target %v below RMAX on a faster path", s[1].TargetBps)
	}
	if s[3].P95 > 60*time.Millisecond {
		t.Errorf("delay of %v three seconds after the drop", s[3].P95)
	}
	if s[5].ReceivedBps < 500e3 || s[5].P95 > 100*time.Millisecond {
		t.Errorf("%v bps received at a delay of %v, half a minute after the drop", s[5].ReceivedBps, s[5].P95)
	}
}

// TestRequest: RMAX is the request unless it is given.
func TestRequest(t *testing.T) {
	f := &testnet.Flow{Controller: New(Config{}), Request: testnet.Steps(0, 800e3, 20, 2e6, 40, 30e3), Frames: true}
	n := testnet.Net{Link: testnet.Link{Rate: testnet.Steps(0, 5e6), QueueBytes: 1 << 20, Delay: 20 * time.Millisecond}, Flows: []*testnet.Flow{f}}
	s := n.Segments(0, 15*time.Second, 20*time.Second, 35*time.Second, 40*time.Second, 45*time.Second)
	for i, want := range map[int]float64{1: 800e3, 3: 2e6, 4: 50e3} {
		if s[i].HighestBps > want || s[i].TargetBps < 0.95*want {
			t.Errorf("segment %d: target %v, highest %v, want %v", i, s[i].TargetBps, s[i].HighestBps, want)
		}
	}
}

// TestUnresponsive: beside traffic that does not listen, NADA takes what is
// left.
func TestUnresponsive(t *testing.T) {
	n := testnet.Net{
		Link:  testnet.Link{Rate: testnet.Steps(0, 2e6), QueueBytes: 50_000, Delay: 20 * time.Millisecond},
		Flows: []*testnet.Flow{{Controller: New(rfc)}, {Controller: testnet.Fixed(1e6)}},
	}
	if got := n.Segments(0, 20*time.Second, 60*time.Second)[1]; got.ReceivedBps < 950e3 || got.Lost > 0 {
		t.Errorf("%v bps received and %d packets lost beside 1 Mbps on 2 Mbps", got.ReceivedBps, got.Lost)
	}
}
