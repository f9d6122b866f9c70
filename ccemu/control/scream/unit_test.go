package scream

import (
	"math"
	"testing"
	"time"
)

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-9*max(1, math.Abs(want)) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// TestConstants pins those of RFC 8298.
func TestConstants(t *testing.T) {
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"QDELAY_TARGET_LO", qdelayTargetLow, 0.1},
		{"QDELAY_TARGET_HI", qdelayTargetHigh, 0.4},
		{"QDELAY_WEIGHT", qdelayWeight, 0.1},
		{"QDELAY_TREND_TH", qdelayTrendLimit, 0.2},
		{"MIN_CWND", leastWindow, 3000},
		{"MAX_BYTES_IN_FLIGHT_HEAD_ROOM", headRoom, 1.1},
		{"GAIN", gain, 1},
		{"BETA_LOSS", betaLoss, 0.8},
		{"BETA_R", betaRate, 0.9},
		{"MSS", segment, 1000},
		{"RATE_ADJUST_INTERVAL", rateInterval.Seconds(), 0.2},
		{"RAMP_UP_SPEED", rampUpSpeed, 200_000},
		{"PRE_CONGESTION_GUARD", preCongestionGuard, 0.1},
		{"TX_QUEUE_SIZE_FACTOR", txQueueSizeFactor, 1},
		{"RTP_QDELAY_TH", queueLimit, 0.02},
		{"TARGET_RATE_SCALE_RTP_QDELAY", queueScale, 0.95},
		{"QDELAY_TREND_LO", resumeTrend, 0.2},
		{"T_RESUME_FAST_INCREASE", resumeAfter.Seconds(), 5},
		{"RATE_PACE_MIN", leastPace, 50_000},
	} {
		if c.got != c.want {
			t.Errorf("%s is %v, want %v", c.name, c.got, c.want)
		}
	}
}

// TestWindow has the window's steps by hand.
func TestWindow(t *testing.T) {
	for _, c := range []struct {
		what                                               string
		window                                             window
		acked, inFlight, most, qdelay, target, trend, want float64
		fast                                               bool
	}{
		{"fast increase", window{bytes: 10_000, fast: true}, 2000, 8000, 8000, 0, 0.1, 0.1, 12_000, true},
		{"fast increase, not in use", window{bytes: 10_000, fast: true}, 2000, 5000, 5000, 0, 0.1, 0.1, 10_000, true},
		// 0.5 · 2000 · 1000 / 10000.
		{"the trend ends it", window{bytes: 10_000, fast: true}, 2000, 10_000, 12_000, 0.05, 0.1, 0.2, 10_100, false},
		{"no delay", window{bytes: 10_000}, 2000, 10_000, 12_000, 0, 0.1, 0, 10_200, false},
		{"at the target", window{bytes: 10_000}, 2000, 10_000, 12_000, 0.1, 0.1, 0, 10_000, false},
		{"twice the target", window{bytes: 10_000}, 2000, 10_000, 12_000, 0.2, 0.1, 0, 9800, false},
		{"not in use", window{bytes: 10_000}, 2000, 6400, 12_000, 0, 0.1, 0, 10_000, false},
		{"not in use, but too much delay", window{bytes: 10_000}, 2000, 6400, 12_000, 0.2, 0.1, 0, 9800, false},
		{"more than was ever on its way", window{bytes: 10_000}, 2000, 7000, 8000, 0, 0.1, 0, 8800, false},
		{"the least", window{bytes: 3000}, 2000, 3000, 3000, 0.5, 0.1, 0, 3000, false},
	} {
		w := c.window
		w.acknowledge(c.acked, c.inFlight, c.most, c.qdelay, c.target, c.trend)
		near(t, c.what, w.bytes, c.want)
		if w.fast != c.fast {
			t.Errorf("%s: fast increase %v", c.what, w.fast)
		}
	}
	w := window{bytes: 10_000, fast: true}
	w.lose()
	near(t, "a loss", w.bytes, 8000)
	if w.fast {
		t.Error("fast increase goes on after a loss")
	}
	w.resume(time.Second, 0.3)
	w.resume(5900*time.Millisecond, 0.1)
	if w.fast {
		t.Error("fast increase resumed within 5 s")
	}
	w.resume(6*time.Second, 0.1)
	if !w.fast {
		t.Error("fast increase did not resume after 5 s")
	}
}

// TestTrend: the average is an exponential one, and the correlation by hand.
func TestTrend(t *testing.T) {
	var c trend
	c.add(1)
	near(t, "average", c.average, 0.1)
	// One sample of 1 and 19 of 0, which is the newest: the mean is 1/20.
	m := 1.0 / 20
	power := 19*m*m + (1-m)*(1-m)
	near(t, "correlation", c.correlation(), (18*m*m-(1-m)*m)/power)
	near(t, "trend of a spike", c.value, 0)
	for i := range 20 {
		c.add(float64(i) / 20)
	}
	// A ramp x(n) = n - 9.5: Σx(n)x(n+1) / Σx(n)².
	var with, squares float64
	for n := range 20 {
		x := float64(n) - 9.5
		squares += x * x
		if n > 0 {
			with += x * (x - 1)
		}
	}
	near(t, "correlation of a ramp", c.correlation(), with/squares)
	near(t, "trend of a ramp", c.value, with/squares*c.average)
	peak := c.value
	for range 40 {
		c.add(0)
	}
	near(t, "trend without delay", c.value, 0)
	if c.memory > peak || c.memory < peak*math.Pow(0.99, 41) {
		t.Errorf("memory %v of a peak of %v, 40 samples later", c.memory, peak)
	}
}

// TestTarget has the branches of the compensation for competing flows.
func TestTarget(t *testing.T) {
	run := func(seconds, lossEventRate float64, delays ...float64) float64 {
		c := target{seconds: seconds}
		for i := range normSamples {
			c.history[i] = delays[i*len(delays)/normSamples] / qdelayTargetLow
		}
		c.next = normSamples - 1
		c.adjust(delays[len(delays)-1], lossEventRate)
		return c.seconds
	}
	near(t, "stable delay", run(0.1, 0, 0.25), 0.25)
	near(t, "stable delay, with losses", run(0.1, 0.01, 0.2), 0.3)
	near(t, "no delay", run(0.3, 0, 0), 0.1)
	near(t, "much delay", run(0.1, 0.01, 0.9), 0.4)
	// Half the time none, half of it 0.2 s: the variance is 1, the mean of the
	// last 50 is 0.2 s.
	near(t, "delay that varies", run(0.3, 0, 0, 0.2), 0.27)
	near(t, "and is now gone", run(0.4, 0, 0.2, 0.2, 0.2, 0), 0.2)
}

// TestRate has the media rate's steps by hand.
func TestRate(t *testing.T) {
	calm, busy := &trend{}, &trend{value: 0.5, memory: 0.8}
	for _, c := range []struct {
		what                       string
		rate                       rate
		sent, acked, bits, waiting float64
		fast                       bool
		trend                      *trend
		want                       float64
	}{
		{"fast increase: 200 kbps/s", rate{bps: 1e6, lastMax: 1}, 1e6, 1e6, 0, 0, true, calm, 1.04e6},
		{"fast increase of little: half of it in a second", rate{bps: 100e3, lastMax: 1}, 100e3, 100e3, 0, 0, true, calm, 110e3},
		{"near the last maximum: a fifth", rate{bps: 1e6, lastMax: 1e6}, 1e6, 1e6, 0, 0, true, calm, 1.008e6},
		{"an eighth above it: a quarter", rate{bps: 1.125e6, lastMax: 1e6}, 1.1e6, 1.1e6, 0, 0, true, calm, 1.135e6},
		{"increase", rate{bps: 1e6, lastMax: 1}, 1e6, 0.9e6, 0, 0, false, calm, 1.04e6},
		{"a queue", rate{bps: 1e6, lastMax: 1}, 1e6, 1e6, 1.2e6, 1.2, false, calm, 0.8e6 * 0.95},
		{"a short queue", rate{bps: 1e6, lastMax: 1}, 1e6, 1e6, 10e3, 0.01, false, calm, 1.04e6},
		{"the trend slows", rate{bps: 1e6, lastMax: 1}, 1e6, 1e6, 0.95e6 - 20e3, 0.02, false, busy, 1.02e6},
		{"never more than twice the media", rate{bps: 3e6, lastMax: 1}, 1e6, 0.5e6, 0, 0, true, calm, 2e6},
		{"less after congestion", rate{bps: 3e6, lastMax: 1}, 1e6, 0.5e6, 0, 0, true, busy, 1.2e6},
	} {
		r := c.rate
		r.adjust(c.sent, c.acked, c.bits, c.waiting, c.fast, c.trend)
		near(t, c.what, r.bps, c.want)
	}
	r := rate{bps: 1e6, lastMax: 1}
	r.lose()
	if r.bps != 0.9e6 || r.lastMax != 1e6 {
		t.Errorf("after a loss: %v", r)
	}
	r = rate{}
	for i := range 60 {
		r.median(float64((i * 7) % 60))
	}
	// The samples 10 to 59 of a permutation of 0..59.
	if got := r.median(1e9); r.count != medianSamples || got < 20 || got > 40 {
		t.Errorf("median %v of %d", got, r.count)
	}
}
