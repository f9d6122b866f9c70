package tcp

import (
	"slices"
	"testing"
	"time"
)

func TestMaxFilter(t *testing.T) {
	var f maxFilter
	f.add(5)
	f.add(9)
	f.add(7)
	for i := 1; i < bandwidthRounds; i++ {
		f.advance()
		f.add(float64(i) / 10)
		near(t, "the maximum", f.max, 9, 0)
	}
	f.advance()
	near(t, "the maximum of ten later rounds", f.max, 0.9, 0)
	f.add(1)
	near(t, "the maximum", f.max, 1, 0)
}

// TestBBRModes follows a flow of 10 Mbps and 40 ms: startup doubles, finds the
// bandwidth, drains, and cycles. Then the path takes 60 ms, so that the least
// round-trip time is not seen for 10 s, and it looks for it.
func TestBBRModes(t *testing.T) {
	const rate, rtt = 10.0, 40 * time.Millisecond
	p := newPath(t, rate, rtt/2, 10*bdp(rate, rtt/2))
	s := p.add(BBR, 1500, 0)
	b := &s.bbr
	type change struct {
		mode bbrMode
		at   time.Duration
	}
	modes := []change{{startup, 0}}
	var phases []change
	closed := time.Duration(-1) // when little was left in flight
	closedFor := time.Duration(0)
	p.step = func() {
		if last := modes[len(modes)-1]; b.mode != last.mode {
			modes = append(modes, change{b.mode, p.now})
		}
		if n := len(phases); b.mode == probeBW && (n == 0 || phases[n-1].mode != bbrMode(b.phase)) {
			phases = append(phases, change{bbrMode(b.phase), p.now})
		}
		switch {
		case b.mode == probeRTT && closed < 0 && s.InFlight() <= 4*1500:
			closed = p.now
		case b.mode != probeRTT && closed >= 0 && closedFor == 0:
			closedFor = p.now - closed
		}
	}
	p.run(9 * time.Second)
	near(t, "the bandwidth in Mbps", b.bandwidth.max/1e6, rate, 0.01*rate)
	near(t, "the round-trip time in ms", b.minRTT.Seconds()*1000, 40+1.2, 0.01)
	if got, target := s.Cwnd(), 2*bdp(rate, rtt/2); got < target || got > target*115/100 {
		t.Errorf("the window is %d, about twice %d", got, target/2)
	}
	// A cycle takes eight round-trip times, give or take the acknowledgment
	// that shows their ends.
	var ups []time.Duration
	for i, c := range phases {
		if i > 0 && int(c.mode) != (int(phases[i-1].mode)+1)%8 {
			t.Errorf("phase %d follows phase %d", c.mode, phases[i-1].mode)
		}
		if c.mode == 0 {
			ups = append(ups, c.at)
		}
	}
	for i := 1; i < len(ups); i++ {
		if d := ups[i] - ups[i-1]; d < 7*rtt || d > 10*rtt {
			t.Errorf("a cycle takes %v", d)
		}
	}
	p.oneWay = 30 * time.Millisecond
	p.run(25 * time.Second)
	var order []bbrMode
	for _, c := range modes {
		order = append(order, c.mode)
	}
	if want := []bbrMode{startup, drain, probeBW, probeRTT, probeBW}; !slices.Equal(order, want) {
		t.Fatalf("modes %v, want %v", modes, want)
	}
	if full := modes[1].at; full > 500*time.Millisecond {
		t.Errorf("startup takes %v", full)
	}
	if d := modes[3].at; d < 18*time.Second || d > 19500*time.Millisecond {
		t.Errorf("ProbeRTT begins at %v", d)
	}
	if closedFor < 200*time.Millisecond || closedFor > 200*time.Millisecond+3*rtt {
		t.Errorf("the window is closed for %v", closedFor)
	}
	near(t, "the round-trip time in ms", b.minRTT.Seconds()*1000, 60+1.2, 0.01)
}

// model is a BBR that knows 8 Mbps and 100 ms: a product of 100,000 bytes.
func model(mode bbrMode) *bbr {
	b := new(bbr)
	b.start(1000)
	b.mode, b.minRTT, b.minRTTAt = mode, 100*time.Millisecond, time.Second
	b.bandwidth.add(8e6)
	return b
}

// TestBBRPhases: when each phase of the cycle ends, one round-trip time being
// 100 ms.
func TestBBRPhases(t *testing.T) {
	const ms = time.Millisecond
	for _, test := range []struct {
		name     string
		phase    int
		since    time.Duration
		inFlight int64
		lost     int64
		ends     bool
	}{
		{"probing, the time is not over", 0, 90 * ms, 130_000, 0, false},
		{"probing, little in flight yet", 0, 110 * ms, 120_000, 0, false},
		{"probing", 0, 110 * ms, 125_000, 0, true},
		{"probing, with losses", 0, 110 * ms, 110_000, 1000, true},
		{"draining", 1, 50 * ms, 101_000, 0, false},
		{"draining, the queue is empty", 1, 50 * ms, 100_000, 0, true},
		{"draining, the time is over", 1, 110 * ms, 110_000, 0, true},
		{"cruising", 5, 90 * ms, 50_000, 0, false},
		{"cruising, the time is over", 5, 110 * ms, 150_000, 0, true},
	} {
		b := model(probeBW)
		b.phase, b.phaseAt = test.phase, time.Second
		b.updatePhase(&ack{now: time.Second + test.since, inFlight: test.inFlight, lost: test.lost})
		if ended := b.phase == test.phase+1; ended != test.ends {
			t.Errorf("%s: the phase ended: %v", test.name, ended)
		}
	}
}

// TestBBRFull: startup has found the bandwidth when it rises by less than a
// quarter for three rounds.
func TestBBRFull(t *testing.T) {
	b := model(startup)
	for i, step := range []struct {
		bps  float64
		full bool
	}{{8e6, false}, {9e6, false}, {9.9e6, false}, {10e6, false}, {11e6, false}, {12e6, false}, {12.4e6, true}} {
		b.bandwidth.add(step.bps)
		b.checkFull(&ack{}, false)
		b.checkFull(&ack{}, true)
		if b.full != step.full {
			t.Errorf("round %d: full is %v", i, b.full)
		}
	}
}

// TestBBRRecovery: for a round what leaves is what has arrived, and then the
// window is as before.
func TestBBRRecovery(t *testing.T) {
	b := model(probeBW)
	b.full, b.cwnd, b.phase, b.phaseAt = true, 203_000, 4, time.Second
	b.onCongestion(150_000)
	now := time.Second + time.Millisecond
	for _, step := range []struct{ lost, inFlight int64 }{{3000, 149_000}, {0, 149_000}, {2000, 147_000}} {
		b.onAck(&ack{now: now, rtt: 150 * time.Millisecond, bytes: 1000, lost: step.lost, inFlight: step.inFlight, recovering: true})
		if got := b.window(); got < step.inFlight+1000 || got > 151_000 {
			t.Errorf("in recovery the window is %d with %d in flight", got, step.inFlight)
		}
	}
	b.onAck(&ack{now: now, rtt: 150 * time.Millisecond, bytes: 1000, inFlight: 148_000})
	if got := b.window(); got != 203_000 {
		t.Errorf("after it the window is %d", got)
	}
	b.onTimeout(true)
	if got := b.window(); got != 1000 {
		t.Errorf("after a timeout the window is %d", got)
	}
	b.onAck(&ack{now: now, rtt: 150 * time.Millisecond, bytes: 1000})
	if got := b.window(); got != 203_000 {
		t.Errorf("after that the window is %d", got)
	}
}

// TestBBRFollows: the bandwidth estimate follows the link, up within a few
// cycles and down within the filter's length.
func TestBBRFollows(t *testing.T) {
	p := newPath(t, 4, 20*time.Millisecond, 60_000)
	s := p.add(BBR, 1500, 0)
	at := time.Duration(0)
	for _, mbps := range []float64{4, 12, 3} {
		p.bps = mbps * 1e6
		at += 8 * time.Second
		p.run(at)
		near(t, "the bandwidth in Mbps", s.bbr.bandwidth.max/1e6, mbps, 0.03*mbps)
	}
}

// TestBBRLosses: unlike CUBIC, BBR keeps its rate where 2 % are lost at random.
func TestBBRLosses(t *testing.T) {
	var rates [2]float64
	for a := range BBR + 1 {
		p := newPath(t, 10, 20*time.Millisecond, 100_000)
		p.lossOf = func(_ int, number int64) bool { return number%50 == 7 }
		s := p.add(a, 1500, 0)
		p.run(20 * time.Second)
		rates[a] = mbpsOf(s.DeliveredBytes(), 20*time.Second)
	}
	t.Logf("cubic %.2f, bbr %.2f Mbps", rates[Cubic], rates[BBR])
	if rates[Cubic] > 4 || rates[BBR] < 8.5 {
		t.Errorf("cubic %.2f, bbr %.2f Mbps", rates[Cubic], rates[BBR])
	}
}
