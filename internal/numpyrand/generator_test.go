package numpyrand

import (
	"math"
	"testing"
)

// The numbers are what NumPy 2.4 draws.

func TestUint64(t *testing.T) {
	for seed, want := range map[uint64][]uint64{
		666:       {14096303598119456263, 10154900060186982965, 10001660316343558924},
		1<<40 + 7: {15307346044642009514, 4709548916763817589},
	} {
		g := New(seed)
		for i, x := range want {
			if got := g.Uint64(); got != x {
				t.Errorf("seed %d: draw %d is %d, want %d", seed, i, got, x)
			}
		}
	}
}

// Integers take halves of draws; an exponential between them takes a whole one
// and leaves the half that is kept.
func TestIntegers(t *testing.T) {
	g := New(666)
	for i, want := range []int{19, 16, 5, 12, 1, 11, 7, 13, 10} {
		if got := g.Integers(22); got != want {
			t.Errorf("draw %d is %d, want %d", i, got, want)
		}
	}
	if got := g.Exponential(); got != 0.9256773619222903 {
		t.Errorf("exponential %v", got)
	}
	if got := g.Integers(7); got != 2 {
		t.Errorf("the last is %d", got)
	}
}

// TestExponential compares 100,000 draws, 53 of them from the tail.
func TestExponential(t *testing.T) {
	g := New(0)
	hash, most := uint64(0), 0.0
	for range 100_000 {
		x := g.Exponential()
		hash, most = hash*31+math.Float64bits(x), max(most, x)
	}
	if hash != 6681494772890837453 || most != 11.712382294738756 {
		t.Errorf("hash %d, the most is %v", hash, most)
	}
}
