package copa

import (
	"math"
	"testing"
	"time"

	"trailblazer/ccemu/feedback"
)

const ms = time.Millisecond

// known makes a controller that has had reports every 50 ms and decisions every
// 100 ms, round-trip times of rtt, and a window.
func known(rtt time.Duration, window float64) *Controller {
	c := New(Config{})
	for i := range 3 {
		at := time.Duration(i) * 100 * ms
		c.loop.OnReport(&feedback.Report{At: at / 2})
		c.loop.OnDecide(at)
	}
	c.loop.RTT.Add(rtt)
	c.acknowledge(time.Second, 1)
	c.window, c.slowStart = window, false
	return c
}

// TestWindowLaw has steps of v/(δ·window) by hand: the rate is
// window/(RTTstanding + 150 ms), as reports and decisions take those, and its
// target 1/(δ·dq).
func TestWindowLaw(t *testing.T) {
	for _, c := range []struct {
		what              string
		window            float64
		least, rtt        time.Duration
		packets, velocity float64
		want              float64
	}{
		{"no queue", 20, 50 * ms, 50 * ms, 1, 1, 20 + 1/(0.5*20)},
		{"half a packet", 20, 50 * ms, 50 * ms, 0.5, 1, 20 + 0.5/(0.5*20)},
		{"twice as fast", 20, 50 * ms, 50 * ms, 1, 2, 20 + 2/(0.5*20)},
		// 20 / 220 ms = 90.9 packets/s; 1/(0.5 · 20 ms) = 100.
		{"below the target", 20, 50 * ms, 70 * ms, 1, 1, 20 + 1/(0.5*20)},
		// 20 / 230 ms = 87.0 packets/s; 1/(0.5 · 30 ms) = 66.7.
		{"above the target", 20, 50 * ms, 80 * ms, 1, 1, 20 - 1/(0.5*20)},
		{"never below two packets", 20, 50 * ms, 80 * ms, 1, 200, 2},
	} {
		x := known(c.least, c.window)
		x.velocity.value, x.velocity.up = c.velocity, c.want > c.window
		x.loop.RTT.Add(c.rtt)
		// Later than half a round-trip time, so that RTTstanding is the new one.
		x.acknowledge(2*time.Second, c.packets)
		if math.Abs(x.window-c.want) > 1e-9 {
			t.Errorf("%s: window %v, want %v", c.what, x.window, c.want)
		}
	}
}

// TestSlowStart: a packet more for each that is acknowledged, until the rate
// is above the target.
func TestSlowStart(t *testing.T) {
	c := known(50*ms, 20)
	c.slowStart = true
	c.acknowledge(1010*ms, 1)
	if c.window != 21 || !c.slowStart {
		t.Errorf("window %v, slow start %v", c.window, c.slowStart)
	}
	c.limited = true
	c.acknowledge(1020*ms, 1)
	if c.window != 21 {
		t.Errorf("window %v grows although the application limits the rate", c.window)
	}
	c.loop.RTT.Add(120 * ms)
	c.acknowledge(2*time.Second, 1)
	if c.slowStart || c.window >= 21 {
		t.Errorf("window %v, slow start %v, with a queue", c.window, c.slowStart)
	}
}

// TestVelocity doubles from the third round of a direction on, up to what
// moves the window by half in two rounds, and starts over with a new one.
func TestVelocity(t *testing.T) {
	v := velocity{value: 1}
	for i, c := range []struct{ window, want float64 }{
		{100, 1}, {110, 1}, {120, 2}, {140, 4}, {180, 8}, {260, 16}, {420, 32}, {700, 64},
		{800, 100}, {790, 1}, {780, 1}, {770, 2}, {780, 1},
	} {
		v.turn(c.window, 0.5)
		if v.value != c.want {
			t.Errorf("round %d, window %v: velocity %v, want %v", i, c.window, v.value, c.want)
		}
	}
	v = velocity{value: 8, up: true, same: 5}
	if v.follow(true); v.value != 8 {
		t.Error("an acknowledgment that agrees changes the velocity")
	}
	if v.follow(false); v.value != 1 || v.same != 0 {
		t.Error("an acknowledgment that disagrees does not")
	}
}

// TestMode: competitive after five rounds in which the queue was never nearly
// empty, AIMD on 1/δ from then on, and back.
func TestMode(t *testing.T) {
	const base, packet = 50 * ms, 5 * ms // 1/δ packets take 10 ms
	m := newMode()
	m.reset(0.5)
	round := func(least, most time.Duration, lost int) {
		m.add(least)
		m.add(most)
		m.lost = lost
		m.turn(base, packet)
	}
	check := func(what string, competitive bool, delta float64) {
		t.Helper()
		if m.competitive != competitive || math.Abs(m.delta-delta) > 1e-12 {
			t.Errorf("%s: competitive %v, δ %v; want %v, %v", what, m.competitive, m.delta, competitive, delta)
		}
	}
	for range 10 {
		round(58*ms, 90*ms, 0)
	}
	check("own packets in the queue", false, 0.5)
	for range 4 {
		round(100*ms, 150*ms, 0)
	}
	check("four full rounds", false, 0.5)
	round(100*ms, 150*ms, 0)
	check("five full rounds: 1/δ is 2 + 2", true, 0.25)
	round(100*ms, 150*ms, 0)
	check("two round trips more", true, 1.0/6)
	round(100*ms, 150*ms, 3)
	check("a loss", true, 1.0/3)
	round(100*ms, 150*ms, 3)
	check("another", true, 0.5)
	round(100*ms, 150*ms, 0)
	round(62*ms, 150*ms, 0) // 12 ms of 100: not nearly empty
	check("less of a queue", true, 1.0/6)
	round(59*ms, 150*ms, 0)
	check("nearly empty", false, 0.5)
	for i := range 20 {
		round(time.Duration(300-6*i)*ms, 400*ms, 0)
	}
	check("a queue that becomes shorter in every round", false, 0.5)
	m.turn(base, packet) // no packet in the round
	check("silence", false, 0.5)
}
