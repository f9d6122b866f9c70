package control

import (
	"math"
	"testing"
	"time"

	"trailblazer/ccemu/feedback"
)

const ms = time.Millisecond

// script plays packets and reports by hand.
type script struct {
	c    feedback.Controller
	now  time.Duration
	next int64
	sent []feedback.Sent
}

func (s *script) send(n int, size int32) {
	for range n {
		p := feedback.Sent{Sequence: s.next, At: s.now, SizeBytes: size}
		s.next++
		s.sent = append(s.sent, p)
		s.c.OnSent(&p)
	}
}

// report tells of all packets that were sent: that they arrived now, but for
// the first lost ones.
func (s *script) report(lost int) {
	r := feedback.Report{At: s.now, Departure: s.now}
	for i, p := range s.sent {
		result := feedback.Result{Sent: p, Received: i >= lost}
		if result.Received {
			result.Arrival = s.now
		}
		r.Results = append(r.Results, result)
	}
	s.sent = s.sent[:0]
	s.c.OnReport(&r)
}

func (s *script) decide(target, request float64) float64 {
	return s.c.Decide(&feedback.Sender{Now: s.now, TargetBps: target, RequestBps: request}).TargetBps
}

func TestPlain(t *testing.T) {
	for _, c := range []struct {
		controller feedback.Controller
		want       float64
	}{
		{constant{bps: 700e3}, 700e3},
		{constant{bps: 1}, 10e3},
		{requestRate{factor: 1}, 2e6},
		{requestRate{factor: 0.5}, 1e6},
	} {
		c.controller.Reset()
		s := script{c: c.controller}
		s.send(1, 1000)
		s.report(0)
		if got := s.decide(300e3, 2e6); got != c.want {
			t.Errorf("%T: %v, want %v", c.controller, got, c.want)
		}
	}
}

// TestReceived: 2,500 bytes arrive every 50 ms, then half of that, then
// nothing.
func TestReceived(t *testing.T) {
	last, greatest := newReceived(1, 0), newReceived(2, maxSpan)
	for _, c := range []*received{last, greatest} {
		s := script{c: c}
		step := func(size int32) float64 {
			s.send(1, size)
			s.now += 50 * ms
			s.report(0)
			return s.decide(300e3, 1e6) / c.factor
		}
		check := func(what string, got, want float64) {
			t.Helper()
			if got != want {
				t.Errorf("%s: %v with a span of %v, want %v", what, got, c.span, want)
			}
		}
		// Unknown until 100 ms after the first arrival.
		check("first report", step(2500)*c.factor, 300e3)
		check("second report", step(2500)*c.factor, 300e3)
		check("third report", step(2500), 400e3)
		step(1250)
		late, want := step(1250), 200e3
		if c == greatest {
			want = 400e3
		}
		check("half", late, want)
		// The greatest was reported at 150 ms.
		s.now = 2100 * ms
		check("just within two seconds", s.decide(300e3, 1e6)/c.factor, want)
		s.now = 2150 * ms
		check("just after", s.decide(300e3, 1e6)/c.factor, map[bool]float64{true: 300e3, false: 200e3}[c == greatest])
		s.now = 5 * time.Second
		check("silence", s.decide(300e3, 1e6)/c.factor, 200e3)
		c.Reset()
		check("reset", s.decide(300e3, 1e6), 300e3)
	}
}

// TestLossAIMD has the window's steps, which are exact.
func TestLossAIMD(t *testing.T) {
	c := newLossAIMD()
	s := script{c: c}
	tick := func(lost int, request float64) float64 {
		s.send(50, 1200)
		s.now += 50 * ms
		s.report(lost)
		s.now += 50 * ms
		return s.decide(1e6, request)
	}
	if got := tick(0, 1e6); got != 1e6 || c.window != 0 {
		t.Errorf("target %v, window %v before the pace is known", got, c.window)
	}
	tick(0, 1e6)
	// 1 Mbps for a round trip of 50 ms, and 100 ms each until reports and
	// decisions.
	if want := 1e6 * 0.25 / 8 / 1200; c.window != want {
		t.Errorf("first window %v, want %v", c.window, want)
	}
	for i, x := range []struct {
		lost    int
		request float64
		step    func(float64) float64
	}{
		{0, 1e6, func(w float64) float64 { return w + 1 }},
		{1, 1e6, func(w float64) float64 { return w + 1 }}, // 2 % is no more than 2 %
		{2, 1e6, func(w float64) float64 { return 0.7 * w }},
		{2, 1e6, func(w float64) float64 { return 0.7 * w }},
		{0, 0.9e6, func(w float64) float64 { return w }}, // the application sends less
		{0, 1e6, func(w float64) float64 { return w + 1 }},
	} {
		want := x.step(c.window)
		bps := tick(x.lost, x.request)
		if c.window != want {
			t.Errorf("round %d: window %v, want %v", i, c.window, want)
		}
		if want := c.window * 8 * 1200 / 0.25; math.Abs(bps-want) > 1e-6*want {
			t.Errorf("round %d: %v bps, want the window over 250 ms, %v", i, bps, want)
		}
	}
	for range 20 {
		tick(25, 1e6)
	}
	if c.window != aimdLeast {
		t.Errorf("window %v after many losses", c.window)
	}
}
