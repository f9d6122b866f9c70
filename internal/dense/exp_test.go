package dense

import (
	"math"
	"testing"
)

// TestExp goes through float32 numbers of all sizes.
func TestExp(t *testing.T) {
	for bits := uint32(0); bits < 0x7f800000; bits += 9973 {
		for _, x := range []float32{math.Float32frombits(bits), math.Float32frombits(bits | 1<<31)} {
			if got, want := float64(Exp(x)), math.Exp(float64(x)); x <= 0 && math.Abs(got-want) > 2e-7 {
				t.Fatalf("Exp(%v) = %v, want %v", x, got, want)
			}
			if got, want := float64(Exp2(x)), math.Exp2(float64(x)); x >= -126 && x <= 127 && math.Abs(got-want) > 2.5e-7*want {
				t.Fatalf("Exp2(%v) = %v, want %v", x, got, want)
			}
		}
	}
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	if Exp(-inf) != 0 || Exp(nan) != 0 {
		t.Errorf("Exp(-∞) = %v, Exp(NaN) = %v", Exp(-inf), Exp(nan))
	}
}
