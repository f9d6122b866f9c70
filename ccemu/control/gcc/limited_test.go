package gcc

import (
	"testing"
	"time"
)

func TestLimitDetector(t *testing.T) {
	// Of 1 Mbps an application that is not limited uses 65 %: 81,250 bytes in
	// a second, and saves up to 40,625.
	var d limitDetector
	d.setRate(1e6)
	now := time.Duration(0)
	send := func(bps float64, span time.Duration) {
		for end := now + span; now < end; now += 10 * ms {
			d.onSent(int32(bps/800), now)
		}
	}
	send(650e3, 5*time.Second)
	if d.active {
		t.Error("active at 65 %")
	}
	// Unused, 80 % of the budget take 0.4 s.
	send(0, 390*ms)
	if d.active {
		t.Error("active after 0.39 s of silence")
	}
	send(0, 30*ms)
	if !d.active || d.since < 5390*ms || d.since > 5420*ms {
		t.Errorf("active %v since %v, want since 5.4 s", d.active, d.since)
	}
	// It ends with half of the budget.
	send(800e3, 500*ms)
	if !d.active {
		t.Error("ended too early")
	}
	send(900e3, time.Second)
	if d.active {
		t.Error("still active")
	}
	// A higher rate makes the same use too little.
	d.setRate(2e6)
	send(900e3, 3*time.Second)
	if !d.active {
		t.Error("45 % of 2 Mbps are not limited")
	}
}
