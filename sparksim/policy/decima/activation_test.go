package decima

import (
	"math"
	"testing"
)

// TestActivations goes through float32 numbers of all sizes.
func TestActivations(t *testing.T) {
	for bits := uint32(0); bits < 0x7f800000; bits += 9973 {
		for _, x := range []float32{math.Float32frombits(bits), math.Float32frombits(bits | 1<<31)} {
			if got, want := float64(tanh1(x)), math.Tanh(float64(x)); math.Abs(got-want) > 2e-7 {
				t.Fatalf("tanh(%v) = %v, want %v", x, got, want)
			}
			one := []float32{x}
			leakyReLU(one)
			if want := max(x, float32(x*0.2)); one[0] != want {
				t.Fatalf("leakyReLU(%v) = %v, want %v", x, one[0], want)
			}
		}
	}
	if inf := float32(math.Inf(1)); tanh1(inf) != 1 || tanh1(-inf) != -1 {
		t.Errorf("tanh(±∞) = %v, %v", tanh1(inf), tanh1(-inf))
	}
}

func tanh1(x float32) float32 {
	one := []float32{x}
	tanh(one)
	return one[0]
}
