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
