package tcp

import (
	"math"
	"testing"
	"time"
)

// playRound acknowledges one window in one round-trip time, ending at now.
func (c *cubic) playRound(now, rtt time.Duration) {
	n := int(c.cwnd)
	for i := range n {
		at := now - rtt + rtt*time.Duration(i+1)/time.Duration(n)
		c.onAck(&ack{now: at, rtt: rtt, smoothed: rtt, bytes: c.segmentBytes})
	}
}

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if !(math.Abs(got-want) <= within) {
		t.Errorf("%s is %v, want %v within %v", what, got, want, within)
	}
}

// TestCubicFunction: from 1,000 segments a loss leads to 700, and the window
// is back at its plateau after K = ∛((1000-700)/0.4) = 9.0856 s.
func TestCubicFunction(t *testing.T) {
	const rtt = 200 * time.Millisecond
	var c cubic
	c.start(1000)
	c.cwnd = 1000
	c.onCongestion(0)
	near(t, "the window after a loss", c.cwnd, 700, 0)
	c.onAck(&ack{rtt: rtt, smoothed: rtt, bytes: 1000, recovering: true})
	near(t, "the window in recovery", c.cwnd, 700, 0)
	c.begin(0)
	near(t, "K", c.k, 9.0856, 1e-4)
	near(t, "W_cubic(0)", c.at(0), 700, 1e-9)
	// By hand: 0.4·(t-9.0856)³ + 1000.
	byHand := map[int]float64{1: 788.56, 2: 857.70, 5: 972.72, 8: 999.49, 9: 1000.00, 10: 1000.31, 15: 1082.75, 18: 1283.36}
	for n := 1; n <= 90; n++ {
		now := time.Duration(n) * rtt
		c.playRound(now, rtt)
		if want, ok := byHand[n/5]; ok && n%5 == 0 {
			near(t, "W_cubic", c.at(now.Seconds()), want, 0.01)
			// The window is on its way to the function's value one round-trip
			// time later.
			if c.cwnd < want-1 || c.cwnd > c.at((now+rtt).Seconds())+1 {
				t.Errorf("after %v the window is %.2f, want from %.2f to %.2f", now, c.cwnd, want, c.at((now + rtt).Seconds()))
			}
		}
	}
}

// TestFastConvergence: a flow whose plateau shrinks lowers it further.
func TestFastConvergence(t *testing.T) {
	var c cubic
	c.start(1000)
	for _, step := range []struct{ cwnd, windowMax, next float64 }{
		{100, 100, 70},
		{80, 80 * 1.7 / 2, 56},
		{56, 56 * 1.7 / 2, 39.2},
		{60, 60, 42}, // above the plateau of 47.6
		{1.5, 1.5 * 1.7 / 2, 2},
	} {
		c.cwnd = step.cwnd
		c.onCongestion(0)
		near(t, "the plateau", c.windowMax, step.windowMax, 1e-12)
		near(t, "the window", c.cwnd, step.next, 1e-12)
	}
}

// TestRenoFriendly: with small windows and round-trip times Reno would be
// faster, and the window is Reno's: 3·0.3/1.7 segments more in each round from
// 14 to 20, which takes 11.33 rounds, then one. The cubic function is still
// below 20 by then.
func TestRenoFriendly(t *testing.T) {
	const rtt = 50 * time.Millisecond
	var c cubic
	c.start(1000)
	c.cwnd = 20
	c.onCongestion(0)
	c.begin(0)
	for n := 1; n <= 30; n++ {
		c.playRound(time.Duration(n)*rtt, rtt)
	}
	near(t, "W_cubic", c.at(1.5), 19.64, 0.01)
	near(t, "the window", c.cwnd, 20+30-6/(0.9/1.7), 1)
}

// TestCubicTimeout: one segment, slow start up to 0.7 of the window, and
// then the cubic function from its plateau on.
func TestCubicTimeout(t *testing.T) {
	const rtt = 100 * time.Millisecond
	var c cubic
	c.start(1000)
	c.cwnd = 40
	c.onTimeout(true)
	near(t, "the threshold", c.threshold, 28, 1e-12)
	c.onTimeout(false)
	near(t, "the threshold after another timeout", c.threshold, 28, 1e-12)
	for n, want := range []float64{2, 4, 8, 16} {
		c.playRound(time.Duration(n+1)*rtt, rtt)
		near(t, "the window", c.cwnd, want, 0)
	}
	c.playRound(500*time.Millisecond, rtt)
	near(t, "the plateau", c.windowMax, 28, 0.5)
	near(t, "K", c.k, 0, 0)
}

func TestCubeRoot(t *testing.T) {
	for _, a := range []float64{0, 1e-12, 0.3, 1, 8, 750, 1e9} {
		near(t, "the cube root", cubeRoot(a), math.Cbrt(a), 1e-12*max(1, math.Cbrt(a)))
	}
}

// TestSlowStart: the window doubles in each round where the round-trip time
// does not rise.
func TestSlowStart(t *testing.T) {
	p := newPath(t, 1e6, 50*time.Millisecond, 1<<40)
	s := p.add(Cubic, 1500, 0)
	sent := int64(0)
	for n := range 8 {
		p.run(time.Duration(n*100+50) * time.Millisecond)
		if got, want := p.sent-sent, int64(10<<n); got != want {
			t.Errorf("%d segments left in round %d, want %d", got, n, want)
		}
		sent = p.sent
	}
	if got := s.Cwnd(); got != 1280*1500 {
		t.Errorf("the window is %d", got)
	}
}

// TestSlowStartEnds: HyStart++ overshoots less than the old rule, and leaves
// slow start before a very deep buffer is full.
func TestSlowStartEnds(t *testing.T) {
	for _, depth := range []int64{2, 4, 8, 16} {
		var dropped [2]int64
		for i, early := range []bool{false, true} {
			p := newPath(t, 10, 25*time.Millisecond, depth*bdp(10, 25*time.Millisecond))
			s := p.add(Cubic, 1500, 0)
			s.cubic.slow.early = early
			p.run(3 * time.Second)
			dropped[i] = p.dropped
			if early && depth == 16 && (p.dropped > 0 || math.IsInf(s.cubic.threshold, 1)) {
				t.Errorf("%d segments were dropped, the threshold is %v", p.dropped, s.cubic.threshold)
			}
		}
		t.Logf("%d bandwidth-delay products: %d segments are dropped, with HyStart++ %d", depth, dropped[0], dropped[1])
		if dropped[1] > dropped[0]/2 {
			t.Errorf("%d bandwidth-delay products: %d segments are dropped, with HyStart++ %d", depth, dropped[0], dropped[1])
		}
	}
}

// TestConservativeSlowStart plays rounds of 10 with round-trip times in
// milliseconds: the growth of the last segment in each, by RFC 9406.
func TestConservativeSlowStart(t *testing.T) {
	for _, test := range []struct {
		name   string
		rtts   []int
		growth []float64
		ended  bool
	}{
		{"below the threshold of 40/8", []int{40, 44, 48, 52}, []float64{1, 1, 1, 1}, false},
		{"above it, but not for long", []int{40, 45, 46, 47, 48, 49}, []float64{1, .25, .25, .25, .25, .25}, false},
		{"above it", []int{40, 45, 46, 47, 48, 49, 50}, []float64{1, .25, .25, .25, .25, .25, .25}, true},
		{"at least 4 ms", []int{10, 13, 17}, []float64{1, 1, .25}, false},
		{"at most 16 ms", []int{400, 415, 431}, []float64{1, 1, .25}, false},
		{"a rise that was none", []int{40, 50, 41, 42}, []float64{1, .25, 1, 1}, false},
	} {
		var s slowStart
		s.start()
		number, ended := int64(0), false
		for i, rtt := range test.rtts {
			growth := 0.0
			for range 10 {
				var over bool
				growth, over = s.onAck(&ack{number: number, next: int64(10 * (i + 1)), rtt: time.Duration(rtt) * time.Millisecond})
				ended = ended || over
				number++
				if over {
					growth = test.growth[i]
					break
				}
			}
			if growth != test.growth[i] && !ended {
				t.Errorf("%s: in round %d the window grows by %v, want %v", test.name, i, growth, test.growth[i])
			}
		}
		if ended != test.ended {
			t.Errorf("%s: ended is %v", test.name, ended)
		}
	}
}
