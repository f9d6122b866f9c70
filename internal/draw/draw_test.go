package draw

import (
	"math"
	"testing"
)

func TestExponential(t *testing.T) {
	d := New(1, 1<<32)
	const n = 400_000
	sum, squares := 0.0, 0.0
	var above [5]int
	for range n {
		x := d.Exponential()
		if !(x >= 0) {
			t.Fatal(x)
		}
		sum += x
		squares += x * x
		for k := range above {
			if x > float64(k)/2 {
				above[k]++
			}
		}
	}
	if mean := sum / n; math.Abs(mean-1) > 0.006 {
		t.Errorf("mean %v", mean)
	}
	if square := squares / n; math.Abs(square-2) > 0.03 {
		t.Errorf("mean square %v, want 2", square)
	}
	for k, count := range above {
		if got, want := float64(count)/n, math.Exp(-float64(k)/2); math.Abs(got-want) > 0.004 {
			t.Errorf("%v lie above %v, want %v", got, float64(k)/2, want)
		}
	}
}

// TestStreams: a stream is its seed's and its own, and always the same.
func TestStreams(t *testing.T) {
	a, b, c := New(1, 0).Unit(), New(1, 1).Unit(), New(2, 0).Unit()
	if a == b || a == c || a != New(1, 0).Unit() {
		t.Errorf("streams begin with %v, %v and %v", a, b, c)
	}
	d := New(7, 3)
	for range 10_000 {
		if x := d.Between(-2, 3); x < -2 || x >= 3 {
			t.Fatalf("%v is not between -2 and 3", x)
		}
		if n := d.Count(4, 6); n < 4 || n > 6 {
			t.Fatalf("%d is not from 4 to 6", n)
		}
		if x := d.From([]float64{1, 2, 10}); x < 1 || x > 10 {
			t.Fatalf("%v is not from the distribution", x)
		}
		if x := d.Bell(); math.Abs(x) > 6 {
			t.Fatalf("%v is beyond six deviations", x)
		}
	}
}

// TestSeed: a stream that is started again is the same, and costs nothing.
func TestSeed(t *testing.T) {
	var d Draws
	d.Seed(7, 3)
	for i, fresh := 0, New(7, 3); i < 100; i++ {
		if got, want := d.Unit(), fresh.Unit(); got != want {
			t.Fatalf("draw %d: %v, want %v", i, got, want)
		}
	}
	d.Seed(7, 3)
	if got, want := d.Unit(), New(7, 3).Unit(); got != want {
		t.Errorf("started again: %v, want %v", got, want)
	}
	if n := testing.AllocsPerRun(100, func() { d.Seed(8, 1) }); n != 0 {
		t.Errorf("starting anew allocates %v times", n)
	}
}

func TestLogBetween(t *testing.T) {
	d := New(2, 9)
	const n, bins = 200_000, 8
	var counts [bins]int
	for range n {
		x := d.LogBetween(0.15, 8)
		if x < 0.15 || x > 8 {
			t.Fatalf("%v is not between 0.15 and 8", x)
		}
		counts[min(int(bins*math.Log(x/0.15)/math.Log(8/0.15)), bins-1)]++
	}
	for i, count := range counts {
		if math.Abs(float64(count)*bins/n-1) > 0.03 {
			t.Errorf("bin %d of the logarithm has %d of %d draws", i, count, n)
		}
	}
	if x := d.LogBetween(3, 3); x != 3 {
		t.Errorf("from 3 to 3: %v", x)
	}
	hits := 0
	for range n {
		if d.Chance(0.3) {
			hits++
		}
	}
	if math.Abs(float64(hits)/n-0.3) > 0.004 {
		t.Errorf("a chance of 0.3 came %d times in %d", hits, n)
	}
}
