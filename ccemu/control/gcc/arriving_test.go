package gcc

import (
	"math"
	"testing"
	"time"
)

func TestArrivingRate(t *testing.T) {
	var r arrivingRate
	// 1,250 bytes in 10 ms are 1 Mbps. The first window takes 500 ms.
	now := time.Duration(0)
	for ; now < 500*ms; now += 10 * ms {
		r.add(1250, now, false)
		if r.bps() != -1 {
			t.Fatalf("after %v: %v", now, r.bps())
		}
	}
	r.add(1250, now, false)
	if !near(r.bps(), 1e6) {
		t.Fatalf("first estimate %v", r.bps())
	}
	// Half of it: the next window of 150 ms holds the packet that began it,
	// then 15 of half the size.
	for range 15 {
		now += 10 * ms
		r.add(625, now, false)
	}
	sample := (1250 + 14*625) * 8 / 150.0
	deviation := 10 * (1000 - sample) / 1000
	want := (deviation*deviation*1000 + 55*sample) / (deviation*deviation + 55)
	if math.Abs(r.kbps-want) > 1e-9 {
		t.Errorf("second estimate %v kbps, want %v", r.kbps, want)
	}
	if want := deviation * deviation * 55 / (deviation*deviation + 55); math.Abs(r.variance-want) > 1e-9 {
		t.Errorf("variance %v, want %v", r.variance, want)
	}
}

func TestArrivingRateWhileLimited(t *testing.T) {
	fall := func(limited bool) float64 {
		r := arrivingRate{known: true, kbps: 1000, variance: startVariance}
		r.sample(500, limited)
		return 1000 - r.kbps
	}
	if free, limited := fall(false), fall(true); !(limited > 0 && limited < free) {
		t.Errorf("falls by %v kbps, and by %v while limited", free, limited)
	}
	r := arrivingRate{known: true, kbps: 1000, variance: 5}
	r.expectJump()
	r.sample(2000, false)
	slow := arrivingRate{known: true, kbps: 1000, variance: 5}
	slow.sample(2000, false)
	if !(r.kbps > slow.kbps) {
		t.Errorf("%v kbps although a jump was expected, else %v", r.kbps, slow.kbps)
	}
}

// A pause counts neither as time nor as bytes, but begins a new window.
func TestArrivingRateAfterPause(t *testing.T) {
	r := arrivingRate{known: true, kbps: 1000, variance: startVariance}
	r.add(1250, 0, false)
	r.add(1250, 10*time.Second, false) // 100 ms into a window that held nothing
	for now := 10*time.Second + 10*ms; now <= 10*time.Second+50*ms; now += 10 * ms {
		r.add(1250, now, false)
	}
	if sample := 5 * 1250 * 8 / 150.0; !(r.kbps < 1000 && r.kbps > sample) {
		t.Errorf("%v kbps, want between the sample %v and 1000", r.kbps, sample)
	}
}

// At a steady rate the estimate is within a packet in a window.
func TestArrivingRateSettles(t *testing.T) {
	for _, kbps := range []float64{30, 100, 700, 5000} {
		var r arrivingRate
		gap := time.Duration(1200 * 8 / kbps * float64(ms))
		for now := time.Duration(0); now < 20*time.Second; now += gap {
			r.add(1200, now, false)
		}
		if margin := 1200 * 8 / 150.0; kbps >= 100 && math.Abs(r.kbps-kbps) > margin {
			t.Errorf("%v kbps: %v", kbps, r.kbps)
		} else {
			t.Logf("%v kbps: %.1f", kbps, r.kbps)
		}
	}
}
