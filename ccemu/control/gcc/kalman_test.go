package gcc

import (
	"math"
	"testing"
	"time"
)

// TestKalmanByHand follows the draft's formulas for two groups.
func TestKalmanByHand(t *testing.T) {
	var k kalman
	// The noise is 0 so that the first sample counts 0 for it: 1 at least.
	gain := 0.101 / 1.101
	want := gain * 2
	if got := k.add(20*ms, 22*ms, 0); !near(got, want) {
		t.Errorf("first estimate %v, want %v", got, want)
	}
	err := (1 - gain) * 0.101
	z := 10 - want // more than three deviations, of 1 ms
	past := math.Pow(0.99, 0.030*20)
	noise := past*1 + (1-past)*9
	gain = (err + 1e-3) / (err + 1e-3 + noise)
	want += gain * z
	if got := k.add(20*ms, 30*ms, 0); !near(got, want) {
		t.Errorf("second estimate %v, want %v", got, want)
	}
}

// In the long run the frozen filter's gain is that of q = 1e-3 and a noise of
// 1: e + q is the root of x² - qx - q.
func TestFrozenKalman(t *testing.T) {
	k := kalman{frozen: true}
	last := 0.0
	for i := range 2000 {
		arrived := 20 * ms
		if i%2 == 0 {
			arrived = 60 * ms
		}
		k.add(20*ms, arrived, 0)
		last = k.err
	}
	x := (1e-3 + math.Sqrt(1e-6+4e-3)) / 2
	if want := x / (x + 1) * 1; math.Abs(last-want) > 1e-9 {
		t.Errorf("error %v, want %v", last, want)
	}
	if k.noise != 1 {
		t.Errorf("noise %v", k.noise)
	}
	free := kalman{}
	for i := range 2000 {
		free.add(20*ms, time.Duration(i%2)*40*ms, 0)
	}
	if !(free.noise > 100) {
		t.Errorf("noise %v of differences of ±20 ms", free.noise)
	}
	free.reset()
	if free != (kalman{}) {
		t.Error("reset left something")
	}
}

// Both find a steady growth of the delay by 1 ms from group to group.
func TestKalmanConverges(t *testing.T) {
	for _, frozen := range []bool{false, true} {
		k := kalman{frozen: frozen}
		got := 0.0
		for range 1000 {
			got = k.add(20*ms, 21*ms, 0)
		}
		if math.Abs(got-1) > 1e-6 {
			t.Errorf("frozen %v: %v", frozen, got)
		}
	}
}
