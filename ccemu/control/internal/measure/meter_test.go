package measure

import (
	"math/rand/v2"
	"testing"
	"time"
)

func TestMeter(t *testing.T) {
	const ms = time.Millisecond
	m := NewMeter(100 * ms)
	if m.Full(0) || m.Bps(0) != 0 {
		t.Error("a new meter has seen something")
	}
	m.Add(50*ms, 1000)
	m.Add(100*ms, 500)
	if got := m.Bps(100 * ms); got != 120_000 {
		t.Errorf("%v bps, want 1,500 bytes in 100 ms", got)
	}
	if m.Full(149*ms) || !m.Full(150*ms) {
		t.Error("the window is full 100 ms after the first bytes")
	}
	// The window is open at its old end.
	if got := m.Bps(150 * ms); got != 40_000 {
		t.Errorf("%v bps, want 500 bytes in 100 ms", got)
	}
	// Late ones count where they belong, unless the window has passed them.
	m.Add(80*ms, 250)
	m.Add(0, 9999)
	if got := m.Sum(150 * ms); got != 750 {
		t.Errorf("%d bytes with a late packet, want 750", got)
	}
	if got := m.Sum(180 * ms); got != 500 {
		t.Errorf("%d bytes after it has left, want 500", got)
	}
	m.Reset()
	if m.Full(time.Hour) || m.Sum(time.Hour) != 0 {
		t.Error("something is left after Reset")
	}
}

// TestMeterOutOfOrder compares with a list of all amounts.
func TestMeterOutOfOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	const window = 100
	m := NewMeter(window)
	type amount struct {
		at time.Duration
		of int64
	}
	var all []amount
	newest := time.Duration(0)
	for range 3000 {
		at := max(newest+time.Duration(r.IntN(30)-15), 0)
		of := r.Int64N(100)
		m.Add(at, of)
		all = append(all, amount{at, of})
		newest = max(newest, at)
		want := int64(0)
		for _, x := range all {
			if x.at > newest-window {
				want += x.of
			}
		}
		if got := m.Sum(newest); got != want {
			t.Fatalf("at %d: %d, want %d", newest, got, want)
		}
	}
}

func TestRTT(t *testing.T) {
	var r RTT
	r.Add(100 * time.Millisecond)
	if r.Smoothed != 100*time.Millisecond || r.Variation != 50*time.Millisecond {
		t.Errorf("%+v after the first sample", r)
	}
	r.Add(180 * time.Millisecond)
	// RFC 6298: 3/4·50 + 1/4·80 = 57.5, and 7/8·100 + 1/8·180 = 110.
	if r.Smoothed != 110*time.Millisecond || r.Variation != 57500*time.Microsecond {
		t.Errorf("%+v after the second sample", r)
	}
	r.Add(-time.Second)
	if r.Latest != 0 || r.Smoothed != 96250*time.Microsecond {
		t.Errorf("%+v after a negative sample, which counts as 0", r)
	}
}

func TestPace(t *testing.T) {
	var p Pace
	p.OnReport(time.Second)
	if p.Known() {
		t.Error("one report makes no interval")
	}
	p.OnReport(1050 * time.Millisecond)
	p.OnDecide(0)
	p.OnDecide(100 * time.Millisecond)
	if !p.Known() || p.Report() != 50*time.Millisecond || p.Decision() != 100*time.Millisecond {
		t.Errorf("reports every %v and decisions every %v", p.Report(), p.Decision())
	}
	p.OnReport(time.Minute) // counts as a second: 50 + 950/8
	if got := p.Report(); got != 168750*time.Microsecond {
		t.Errorf("reports every %v after an outage", got)
	}
}

func TestRounds(t *testing.T) {
	var r Rounds
	if _, over := r.Decide(0, 0, 5); over {
		t.Error("a round is over before it began")
	}
	if _, over := r.Decide(100, 5, 9); over {
		t.Error("a round is over although only packets from before it were reported")
	}
	if took, over := r.Decide(200, 6, 12); !over || took != 200 || r.Over != 1 || r.First != 12 {
		t.Errorf("round took %v, over %v: %+v", took, over, r)
	}
	if took, over := r.Decide(500, 13, 20); !over || took != 300 {
		t.Errorf("round took %v, over %v", took, over)
	}
}

func TestBound(t *testing.T) {
	nan := 0.0
	nan /= nan
	for _, c := range [][2]float64{{nan, LeastBps}, {-1, LeastBps}, {0, LeastBps}, {1e6, 1e6}, {1e300, MostBps}} {
		if got := Bound(c[0]); got != c[1] {
			t.Errorf("Bound(%v) is %v, want %v", c[0], got, c[1])
		}
	}
}
