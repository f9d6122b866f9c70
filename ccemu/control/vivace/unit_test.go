package vivace

import (
	"math"
	"testing"
	"time"

	"trailblazer/ccemu/control/internal/measure"
	"trailblazer/ccemu/feedback"
)

const ms = time.Millisecond

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-9*max(1, math.Abs(want)) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// TestUtility has x^0.9 - 900·x·dRTT/dt - 11.35·x·L by hand.
func TestUtility(t *testing.T) {
	for _, c := range []struct{ mbps, gradient, lost, want float64 }{
		{1, 0, 0, 1},
		{2, 0, 0, math.Pow(2, 0.9)},
		{1, 0.02, 0, 1 - 18},
		{2, 0.5, 0, math.Pow(2, 0.9) - 900},
		{1, 0.009, 0, 1}, // noise
		{1, -0.3, 0, 1},  // a queue that empties is no reward
		{1, 0, 0.05, 1 - 0.5675},
		{2, 0.1, 0.2, math.Pow(2, 0.9) - 180 - 4.54},
	} {
		near(t, "utility", utility(c.mbps, c.gradient, c.lost), c.want)
	}
}

func add(v *interval, at, rtt time.Duration, frame int32, news measure.News) {
	v.add(&feedback.Result{Sent: feedback.Sent{At: at, Frame: frame}}, news, rtt)
}

// TestGradient: the slope of the least squares, if it is more than its error.
func TestGradient(t *testing.T) {
	v := interval{began: time.Second, frame: -1, mbps: 1}
	near(t, "gradient of nothing", v.gradient(), 0)
	for i := range 20 {
		at := time.Duration(i) * 10 * ms
		add(&v, time.Second+at, 50*ms+at/4, -1, measure.Received)
	}
	near(t, "gradient of a line", v.gradient(), 0.25)
	near(t, "utility", v.utility(), 1-900*0.25)

	// (0, 50), (10, 60), (20, 60), (30, 70) ms: 0.6, with a residue of 20 ms²
	// and an error of sqrt(20/2/500) = 0.14.
	v = interval{frame: -1}
	for i, rtt := range []time.Duration{50, 60, 60, 70} {
		add(&v, time.Duration(i)*10*ms, rtt*ms, -1, measure.Received)
	}
	near(t, "gradient of points", v.gradient(), 0.6)

	// Up and down: 0.12 ± 0.45.
	v = interval{frame: -1}
	for i, rtt := range []time.Duration{50, 60, 50, 60, 50, 60} {
		add(&v, time.Duration(i)*10*ms, rtt*ms, -1, measure.Received)
	}
	near(t, "gradient of noise", v.gradient(), 0)

	// Of frames that leave in bursts the first packets count, and losses and
	// late packets do not.
	v = interval{frame: -1}
	for f := range int32(4) {
		for i := range 3 {
			add(&v, time.Duration(f)*33*ms+time.Duration(i)*ms, time.Duration(50+10*i)*ms, f, measure.Received)
		}
	}
	near(t, "gradient of bursts", v.gradient(), 0)
	add(&v, 0, 0, 9, measure.Lost)
	if v.n != 4 || v.told != 13 || v.lost != 1 {
		t.Errorf("%v samples, %d of %d lost", v.n, v.lost, v.told)
	}
	add(&v, 0, 0, 9, measure.Late)
	if v.told != 13 || v.lost != 0 {
		t.Errorf("%d of %d lost after a late one", v.lost, v.told)
	}
}

// TestAscent: steps are m(τ)·γ, as long as the bound, which grows, allows.
func TestAscent(t *testing.T) {
	var a ascent
	for i, c := range []struct{ gradient, mbps, want float64 }{
		{0.01, 1, 1.01},  // 1 · 0.01
		{0.01, 1, 1.02},  // 2 · 0.01
		{0.01, 1, 1.03},  // 3 · 0.01
		{0.008, 1, 1.04}, // 5 · 0.008
		{0.9, 1, 1.05},   // bounded
		{0.9, 1, 1.15},   // and again
		{0.9, 1, 1.25},
		{0.9, 2, 1.35},
		{-0.9, 1, 0.95}, // the other way
		{-500, 1, 0.85},
		{-500, 1, 0.75},
		{-500, 1, 0.65},
		{-500, 1, 0.55},
		{-500, 1, 0.5},
		{-500, 1, 0.5},
		{0.02, 2, 1.01},
	} {
		if got := a.step(c.gradient, c.mbps); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("step %d: %v, want %v", i, got, c.want)
		}
	}
}

// trial makes a controller that has the results of a trial of 1 Mbps, for each
// interval a gradient of round-trip times and a share of losses.
func trial(gradients, losses [intervals]float64) *Controller {
	c := New()
	c.starting, c.bps, c.begun = false, 1e6, intervals
	for i := range intervals {
		c.begun = i + 1
		c.open = true
		v := interval{mbps: c.factor(), frame: -1}
		for k := range 100 {
			at := time.Duration(k) * ms
			news := measure.Received
			if float64(k) < 100*losses[i] {
				news = measure.Lost
			}
			add(&v, at, 50*ms+time.Duration(gradients[i]*float64(at)), -1, news)
		}
		c.trial[i] = v
	}
	c.open = false
	return c
}

// TestTrial: pairs must agree, and what is worse than sending nothing needs no
// second pair.
func TestTrial(t *testing.T) {
	none := [intervals]float64{}
	c := trial(none, none)
	if !c.learn(5e6) || math.Abs(c.bps-1.05e6) > 1 || c.high {
		t.Errorf("%v bps after a trial without congestion, high first %v", c.bps, c.high)
	}
	c = trial(none, none)
	c.limited = true
	if c.learn(5e6); c.bps != 1e6 {
		t.Errorf("%v bps although the application sends less", c.bps)
	}
	// High, low, low, high: the higher ones lose 6 %.
	c = trial(none, [intervals]float64{0.06, 0, 0, 0.06})
	if c.learn(5e6); math.Abs(c.bps-0.95e6) > 1 {
		t.Errorf("%v bps after a trial in which the higher rate loses", c.bps)
	}
	c = trial(none, [intervals]float64{0.06, 0, 0.06, 0})
	if c.learn(5e6); c.bps != 1e6 {
		t.Errorf("%v bps after a trial whose pairs disagree", c.bps)
	}
	c = trial([intervals]float64{0.3, 0.2, 0, 0}, none)
	c.begun, c.open = 3, true
	if !c.learn(5e6) || math.Abs(c.bps-0.95e6) > 1 {
		t.Errorf("%v bps after a first pair with a queue that grows", c.bps)
	}
	c = trial(none, none)
	c.begun, c.open = 3, true
	if c.learn(5e6) {
		t.Error("learned from half a trial")
	}
}

// TestStart doubles while utility grows, up to the request.
func TestStart(t *testing.T) {
	c := New()
	c.bps = 300e3
	c.start(0.3, 1e6)
	c.start(0.5, 1e6)
	if c.bps != 1e6 {
		t.Errorf("%v bps, want twice 600 kbps, or the request", c.bps)
	}
	c.start(0.4, 1e6)
	if c.starting || c.bps != 600e3 {
		t.Errorf("%v bps, starting %v, after less utility", c.bps, c.starting)
	}
}
