package nada

import (
	"math"
	"testing"
	"time"

	"trailblazer/ccemu/control/internal/measure"
	"trailblazer/ccemu/feedback"
)

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-9*max(1, math.Abs(want)) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// TestWarp has equation (1) by hand.
func TestWarp(t *testing.T) {
	for _, c := range [][2]float64{
		{0, 0},
		{49, 49},
		{50, 50},
		{100, 50 * math.Exp(-0.5)}, // one QTH above QTH
		{250, 50 * math.Exp(-2)},
	} {
		near(t, "warp", warp(c[0]), c[1])
	}
}

// TestRampUp has equations (3) and (4) by hand.
func TestRampUp(t *testing.T) {
	for _, c := range []struct{ rate, received, rttMs, wait, want float64 }{
		{500e3, 500e3, 60, 100, 500e3 * (1 + 50.0/280)},
		{500e3, 500e3, 60, 150, 500e3 * (1 + 50.0/330)},
		{500e3, 300e3, 60, 100, 500e3}, // never down
		{100e3, 400e3, 0, 0, 400e3 * (1 + 50.0/120)},
		{100e3, 400e3, -100, 0, 600e3}, // at most by half
	} {
		near(t, "ramp-up", rampUp(c.rate, c.received, c.rttMs, c.wait), c.want)
	}
}

// TestGradual has equations (5) to (7) by hand.
func TestGradual(t *testing.T) {
	for _, c := range []struct{ rate, rmax, signal, last, gap, want float64 }{
		// At equilibrium, 10 ms · 1.5 Mbps / 1 Mbps, nothing moves.
		{1e6, 1.5e6, 15, 15, 100, 1e6},
		// 50 ms above it: 0.5 · 0.2 · 0.1 of the rate in 100 ms.
		{1e6, 1.5e6, 65, 65, 100, 0.99e6},
		// Half of that in 50 ms.
		{1e6, 1.5e6, 65, 65, 50, 0.995e6},
		// The signal has risen by 10 ms: 0.5 · 2 · 0.02 more.
		{1e6, 1.5e6, 65, 55, 100, 0.97e6},
		// Without a signal, up by 0.5 · 0.2 · 10/500 of RMAX.
		{1e6, 1.5e6, 0, 0, 100, 1e6 + 0.002*1.5e6},
	} {
		near(t, "gradual update", gradual(c.rate, c.rmax, c.signal, c.last, c.gap), c.want)
	}
}

// lossy makes losses of a pattern, a digit for so many packets received before
// one that is lost, each 10 ms after the other.
func lossy(gaps ...int) *losses {
	l := newLosses()
	at := time.Duration(0)
	add := func(news measure.News) {
		at += 10 * time.Millisecond
		l.add(at, &feedback.Result{Sent: feedback.Sent{At: at}}, news, 25*time.Millisecond)
	}
	for i, gap := range gaps {
		for range gap {
			add(measure.Received)
		}
		if i < len(gaps)-1 {
			add(measure.Lost)
		}
	}
	return &l
}

// TestLossIntervals: intervals begin with a loss, losses within a round trip
// are one event, and the weights are those of TFRC.
func TestLossIntervals(t *testing.T) {
	l := lossy(5, 9, 19, 3)
	if l.known != 3 || l.lengths[0] != 4 || l.lengths[1] != 20 || l.lengths[2] != 10 {
		t.Errorf("%d known, %v", l.known, l.lengths)
	}
	near(t, "average", l.average(), 15)
	if l := lossy(5, 0, 0, 9); l.known != 1 {
		t.Errorf("%d events of losses within 25 ms", l.known)
	}
	l = lossy(0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 0)
	near(t, "average of eight", l.average(), (101+91+81+71+0.8*61+0.6*51+0.4*41+0.2*31)/6)
}

// TestExpiry: the warping lasts seven average loss intervals and fades in an
// eighth; one event alone makes no interval.
func TestExpiry(t *testing.T) {
	for _, c := range []struct {
		since int
		want  float64
	}{{0, 0}, {69, 0}, {74, 0.5}, {79, 1}, {500, 1}} {
		near(t, "expired", lossy(3, 9, c.since).expired(), c.want)
	}
	near(t, "expired without losses", lossy(100).expired(), 1)
	near(t, "expired after one", lossy(3, 1).expired(), 1)
	l := lossy(3, 9, 1)
	l.forget()
	near(t, "expired when forgotten", l.expired(), 1)
	near(t, "expired after losses only", lossy(0, 0, 0, 0, 0, 0, 0, 0, 0).expired(), 0)
}

// TestLossRatio: packets of half a second, smoothed with 0.1 in 100 ms, however
// often reports come; a late packet is not lost.
func TestLossRatio(t *testing.T) {
	at := time.Second
	run := func(gapMs float64, reports int) float64 {
		l := newLosses()
		for i := range 10 {
			news := measure.Received
			if i < 2 {
				news = measure.Lost
			}
			l.add(at, &feedback.Result{}, news, 0)
		}
		l.add(at, &feedback.Result{}, measure.Late, 0)
		for range reports {
			l.smooth(at, gapMs)
		}
		return l.ratio
	}
	near(t, "loss ratio", run(100, 1), 0.1*0.1)
	near(t, "loss ratio", run(100, 2), 0.1*0.19)
	near(t, "loss ratio", run(50, 4), 0.1*0.19)
}

// TestCongestion has equation (2) by hand.
func TestCongestion(t *testing.T) {
	c := New(Config{})
	c.delay.add(0, time.Hour)
	c.delay.add(time.Second, time.Hour+time.Second+100*time.Millisecond)
	near(t, "x_curr", c.congestion(), 100)
	c.loss.ratio = 0.02
	near(t, "x_curr at 2 % loss", c.congestion(), 140)
	c.loss.lengths[1], c.loss.known = 1000, 2
	near(t, "x_curr, warped", c.congestion(), 50*math.Exp(-0.5)+40)
	c.loss.ratio = 1
	near(t, "x_curr at most", c.congestion(), 500)
}

// TestDelayFilter: the delay is the least of 120 ms above the least of all.
func TestDelayFilter(t *testing.T) {
	d := newDelays()
	for _, c := range []struct{ atMs, delayMs, want, greatest float64 }{
		{0, 30, 0, 0},
		{50, 90, 0, 0},
		{119, 80, 0, 0},
		{121, 70, 40, 40}, // 30 has left
		{300, 55, 25, 40},
		{400, 20, 0, 50}, // a new base raises what was before
		{1000, 20, 0, 0},
	} {
		arrival := time.Duration(c.atMs * 1e6)
		d.add(arrival-time.Duration(c.delayMs*1e6), arrival)
		near(t, "d_queue", d.queuing(), c.want)
		near(t, "greatest", milliseconds(d.greatest()), c.greatest)
	}
}
