package gcc

import (
	"math"
	"slices"
	"testing"
	"time"
)

func near(got, want float64) bool { return math.Abs(got-want) <= 1e-9*math.Abs(want) }

func TestPhases(t *testing.T) {
	tests := []struct {
		name  string
		usage []usage
		want  []phase
	}{
		{"over-use decreases, from everywhere", []usage{over, over, under, over, normal, normal, over}, []phase{decrease, decrease, hold, decrease, hold, increase, decrease}},
		{"then it holds, then it increases", []usage{over, normal, normal, normal}, []phase{decrease, hold, increase, increase}},
		{"under-use holds", []usage{normal, under, under, normal}, []phase{increase, hold, hold, increase}},
	}
	for _, x := range tests {
		p := hold
		var got []phase
		for _, u := range x.usage {
			p = p.next(u)
			got = append(got, p)
		}
		if !slices.Equal(got, x.want) {
			t.Errorf("%s: %v, want %v", x.name, got, x.want)
		}
	}
}

// Far from the capacity the rate grows by 8 % in a second, whatever the time
// between reports.
func TestMultiplicativeGrowth(t *testing.T) {
	for _, step := range []time.Duration{25 * ms, 50 * ms, 100 * ms, 250 * ms} {
		a := newAIMD(Config{}.bounded(), 300e3)
		a.update(normal, 1e6, 0)
		if a.rate != 300e3 {
			t.Fatalf("the first report raised the rate to %v", a.rate)
		}
		for now := step; now <= 3*time.Second; now += step {
			a.update(normal, 1e6, now)
		}
		if want := 300e3 * 1.08 * 1.08 * 1.08; !near(a.rate, want) {
			t.Errorf("every %v: %v after 3 s, want %v", step, a.rate, want)
		}
	}
}

// A pause between reports counts for no more than a second.
func TestGrowthAfterPause(t *testing.T) {
	a := newAIMD(Config{}.bounded(), 300e3)
	a.update(normal, 1e6, 0)
	a.update(normal, 1e6, 10*time.Second)
	if want := 300e3 * 1.08; !near(a.rate, want) {
		t.Errorf("%v, want %v", a.rate, want)
	}
}

// Near the capacity the rate grows by half a packet in a response time.
func TestAdditiveGrowth(t *testing.T) {
	a := newAIMD(Config{}.bounded(), 600e3)
	a.rtt = 100 * ms
	a.capacity.learn(500e3)
	a.update(normal, 500e3, 0)
	a.update(normal, 500e3, time.Second)
	// Frames of 20,000 bits are 3 packets of 6,667: 6,667/2 in 200 ms.
	if want := 600e3 + 20e3/3/2/0.2; !near(a.rate, want) {
		t.Errorf("%v, want %v", a.rate, want)
	}
	// Three deviations above, 500 kbps + 3·√(0.4·500) kbps = 542.4 kbps, the
	// capacity must be another.
	a.update(normal, 542.5e3, 2*time.Second)
	if a.capacity.known {
		t.Error("kept the estimate although more arrives")
	}
}

func TestCeilingIsOneAndAHalf(t *testing.T) {
	a := newAIMD(Config{}.bounded(), 300e3)
	for now := time.Duration(0); now < 20*time.Second; now += 50 * ms {
		a.update(normal, 250e3, now)
		if a.rate > 1.5*250e3 {
			t.Fatalf("%v of 250 kbps that arrive", a.rate)
		}
	}
	if a.rate != 375e3 {
		t.Errorf("ends at %v", a.rate)
	}
	// A lower ceiling does not lower the rate.
	a.update(normal, 100e3, 21*time.Second)
	if a.rate != 375e3 {
		t.Errorf("fell to %v", a.rate)
	}
}

func TestDecrease(t *testing.T) {
	at := func(seconds float64) time.Duration { return time.Duration(seconds * float64(time.Second)) }
	start := func() aimd {
		a := newAIMD(Config{}.bounded(), 1e6)
		a.rtt = 100 * ms
		a.update(normal, 900e3, 0)
		a.update(normal, 900e3, at(1))
		return a
	}
	t.Run("to 0.85 of what arrives", func(t *testing.T) {
		a := start()
		a.update(over, 800e3, at(1.2))
		if want := 0.85 * 800e3; !near(a.rate, want) {
			t.Errorf("%v, want %v", a.rate, want)
		}
	})
	t.Run("not twice in a round trip", func(t *testing.T) {
		a := start()
		a.update(over, 800e3, at(1.2))
		a.update(over, 600e3, at(1.25))
		if want := 0.85 * 800e3; !near(a.rate, want) {
			t.Errorf("%v, want %v", a.rate, want)
		}
		a.update(over, 600e3, at(1.3))
		if want := 0.85 * 600e3; !near(a.rate, want) {
			t.Errorf("%v, want %v", a.rate, want)
		}
	})
	t.Run("at once if less than half arrives", func(t *testing.T) {
		a := start()
		a.update(over, 800e3, at(1.2))
		a.update(over, 300e3, at(1.25))
		if want := 0.85 * 300e3; !near(a.rate, want) {
			t.Errorf("%v, want %v", a.rate, want)
		}
	})
	t.Run("never up", func(t *testing.T) {
		a := start()
		before := a.rate
		a.update(over, 2e6, at(1.5))
		if a.rate != before {
			t.Errorf("%v, was %v", a.rate, before)
		}
	})
	t.Run("by half while nothing is known", func(t *testing.T) {
		a := newAIMD(Config{}.bounded(), 1e6)
		for now := time.Duration(0); now < 400*ms; now += 50 * ms {
			a.update(over, -1, now)
		}
		if a.rate != 250e3 {
			t.Errorf("%v, want twice half", a.rate)
		}
	})
	t.Run("not below the least", func(t *testing.T) {
		a := newAIMD(Config{MinBps: 100e3}.bounded(), 200e3)
		a.update(over, 10e3, at(1))
		if a.rate != 100e3 {
			t.Errorf("%v, want the least", a.rate)
		}
	})
}

// The estimate and its deviation, by hand.
func TestLinkCapacity(t *testing.T) {
	var c linkCapacity
	if low, high := c.bounds(); low != 0 || !math.IsInf(high, 1) {
		t.Errorf("unknown: from %v to %v", low, high)
	}
	c.learn(500e3)
	if low, high := c.bounds(); !near(low, 500e3-3e3*math.Sqrt(200)) || !near(high, 500e3+3e3*math.Sqrt(200)) {
		t.Errorf("after one rate: from %v to %v", low, high)
	}
	c.learn(600e3)
	// 505 kbps, 95 kbps away; 0.95·0.4 + 0.05·95²/505.
	if want := 0.38 + 0.05*95*95/505; !near(c.kbps, 505) || !near(c.deviation, want) {
		t.Errorf("after two: %v, %v, want 505, %v", c.kbps, c.deviation, want)
	}
	for range 1000 {
		c.learn(100e3)
	}
	if !near(c.kbps, 100) || c.deviation != leastDeviation {
		t.Errorf("in the end: %v, %v", c.kbps, c.deviation)
	}
}
