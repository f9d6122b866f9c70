package dense

import (
	"math"
	"slices"
	"testing"
)

// TestDraw checks which place a number falls into, at the borders too.
func TestDraw(t *testing.T) {
	below := func(x float64) float64 { return math.Nextafter(x, 0) }
	for _, c := range []struct {
		scores []float32
		u      float64
		want   int
	}{
		{[]float32{3}, 0.99, 0},
		{[]float32{0, 0, 0, 0}, 0, 0},
		{[]float32{0, 0, 0, 0}, below(0.25), 0},
		{[]float32{0, 0, 0, 0}, 0.25, 1},
		{[]float32{0, 0, 0, 0}, 0.5, 2},
		{[]float32{0, 0, 0, 0}, below(1), 3},
		{[]float32{-1000, 0, 0, -1000}, 0, 1}, // a weight of 0 is never chosen
		{[]float32{-1000, 0, 0, -1000}, 0.5, 2},
		{[]float32{-1000, 0, -1000, 0, -1000}, 0.5, 3},
	} {
		if got := Draw(slices.Clone(c.scores), c.u); got != c.want {
			t.Errorf("Draw(%v, %v) = %d, want %d", c.scores, c.u, got, c.want)
		}
	}
}

// TestLargest: of equal scores the first is the largest.
func TestLargest(t *testing.T) {
	for _, c := range []struct {
		scores []float32
		want   int
	}{
		{[]float32{1}, 0}, {[]float32{1, 1}, 0}, {[]float32{-1, 2, 2, 1}, 1}, {[]float32{-3, -2}, 1},
	} {
		if got := Largest(c.scores); got != c.want {
			t.Errorf("Largest(%v) = %d, want %d", c.scores, got, c.want)
		}
	}
}
