package decima

import (
	"math"
	"testing"
)

// TestActivations goes through float32 numbers of all sizes.
func TestActivations(t *testing.T) {
	for bits := uint32(0); bits < 0x7f800000; bits += 9973 {
		for _, x := range []float32{math.Float32frombits(bits), math.Float32frombits(bits | 1<<31)} {
			if got, want := float64(tanh(x)), math.Tanh(float64(x)); math.Abs(got-want) > 1.2e-7 {
				t.Fatalf("tanh(%v) = %v, want %v", x, got, want)
			}
			if got, want := float64(exp(x)), math.Exp(float64(x)); x >= -87 && x <= 88 && math.Abs(got-want) > 2e-7*want || x < -87 && got != 0 {
				t.Fatalf("exp(%v) = %v, want %v", x, got, want)
			}
			one := []float32{x}
			leakyReLU(one)
			if want := max(x, float32(x*0.2)); one[0] != want {
				t.Fatalf("leakyReLU(%v) = %v, want %v", x, one[0], want)
			}
		}
	}
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	if tanh(inf) != 1 || tanh(-inf) != -1 || exp(-inf) != 0 || exp(nan) != 0 {
		t.Errorf("tanh(±∞) = %v, %v; exp(-∞) = %v, exp(NaN) = %v", tanh(inf), tanh(-inf), exp(-inf), exp(nan))
	}
}
