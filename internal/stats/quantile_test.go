package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestPooledQuantile(t *testing.T) {
	if got := PooledQuantile(nil, 0.5); got != (Mean{}) {
		t.Errorf("of nothing: %+v", got)
	}
	for q, want := range map[float64]float64{0: 1, 0.2: 1, 0.21: 2, 0.5: 3, 0.95: 9, 1: 9} {
		if got := PooledQuantile([]Part{{4, 1, 9, 3, 2}}, q); got != (Mean{want, want, want}) {
			t.Errorf("quantile %v: %+v, want %v", q, got, want)
		}
	}
	// Parts of differing length and empty ones are pooled.
	if got := PooledQuantile([]Part{{1, 2, 3}, {}, {10}}, 0.75); got.Value != 3 || got.Low > 3 || got.High < 3 {
		t.Errorf("three parts: %+v", got)
	}
	// The interval of a median of n normals is about ±1.96·1.2533/√n.
	random := rand.New(rand.NewPCG(7, 8))
	parts := make([]Part, 1000)
	for i := range parts {
		parts[i].Add(5 + random.NormFloat64())
	}
	got := PooledQuantile(parts, 0.5)
	want := 1.96 * 1.2533 / math.Sqrt(1000)
	if math.Abs(got.Value-5) > 0.15 || math.Abs((got.High-got.Low)/2-want) > 0.25*want {
		t.Errorf("median %+v of 1000 normals around 5, want ±%.3f", got, want)
	}
}

func TestPooledRatio(t *testing.T) {
	if got := PooledRatio([]Part{{}, nil}); got != (Mean{}) {
		t.Errorf("of nothing: %+v", got)
	}
	var p Part
	p.AddRatio(1, 4)
	p.AddRatio(2, 2)
	if got := PooledRatio([]Part{p}); got != (Mean{0.5, 0.5, 0.5}) {
		t.Errorf("one part: %+v", got)
	}
	// A long session with few stalls outweighs a short one with many.
	if got := PooledRatio([]Part{{1, 100}, {9, 10}}); got.Value != 10.0/110 || got.Low != 0.01 || got.High != 0.9 {
		t.Errorf("two parts: %+v", got)
	}
}
