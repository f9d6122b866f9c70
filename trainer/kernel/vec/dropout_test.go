package vec

import (
	"math"
	"slices"
	"testing"
)

// TestPhilox checks the known answers of Random123 for ten rounds.
func TestPhilox(t *testing.T) {
	for _, c := range []struct {
		counter uint64
		key     uint32
		want    uint64
	}{
		{0, 0, 0x6cd10df2_ff1dae59},
		{math.MaxUint64, math.MaxUint32, 0xab4fd7ad_2c3f628b},
		{0x85a308d3_243f6a88, 0x13198a2e, 0xf62a4c12_dd7ce038},
	} {
		if got := philox(c.counter, c.key); got != c.want {
			t.Errorf("philox(%#x, %#x) = %#x, want %#x", c.counter, c.key, got, c.want)
		}
	}
}

func ones(n int) []float32 {
	x := make([]float32, n)
	Fill(x, 1)
	return x
}

// TestDropout: as many stay as are meant to, scaled, and the backward pass goes
// through the same ones.
func TestDropout(t *testing.T) {
	const n = 100_000
	for _, keep := range []float32{0.9, 0.5, 0.1} {
		y, dx := make([]float32, n), ones(n)
		Dropout(y, ones(n), 42, 0, keep)
		DropoutBackward(dx, ones(n), 42, 0, keep)
		kept := 0
		for i, v := range y {
			if v != 0 {
				kept++
				if v != 1/keep {
					t.Fatalf("keep %v: number %d is %v", keep, i, v)
				}
			}
			if dx[i] != 1+v {
				t.Fatalf("keep %v: the gradient of number %d is %v, want %v", keep, i, dx[i], 1+v)
			}
		}
		deviation := math.Sqrt(n * float64(keep) * float64(1-keep))
		if math.Abs(float64(kept)-n*float64(keep)) > 4*deviation {
			t.Errorf("keep %v: %d of %d are kept", keep, kept, n)
		}
	}
}

// TestDropoutInPieces: what is kept depends on the seed and the place, not on
// how a matrix is cut.
func TestDropoutInPieces(t *testing.T) {
	const n = 301
	whole, gradient := make([]float32, n), make([]float32, n)
	for _, seed := range []uint64{0, 1, 1 << 32, math.MaxUint64} {
		before := slices.Clone(whole)
		Dropout(whole, ones(n), seed, 5, 0.5)
		if slices.Equal(before, whole) {
			t.Errorf("seed %d gives what another gives", seed)
		}
		for piece := 1; piece < 40; piece += 3 {
			pieces := make([]float32, n)
			clear(gradient)
			for at := 0; at < n; at += piece {
				end := min(at+piece, n)
				Dropout(pieces[at:end], ones(end-at), seed, 5+at, 0.5)
				DropoutBackward(gradient[at:end], ones(end-at), seed, 5+at, 0.5)
			}
			if !slices.Equal(pieces, whole) || !slices.Equal(gradient, whole) {
				t.Fatalf("seed %d, in pieces of %d: something else is kept", seed, piece)
			}
		}
	}
}

// TestDropoutOfNothing: from 1 on everything stays as it is, and what is
// dropped is 0 even where it was NaN.
func TestDropoutOfNothing(t *testing.T) {
	x := []float32{nan, inf, -3}
	y, dx := make([]float32, 3), []float32{1, 1, 1}
	Dropout(y, x, 1, 0, 1)
	DropoutBackward(dx, x, 1, 0, 1)
	if !same(y[0], nan) || y[1] != inf || y[2] != -3 || dx[2] != -2 {
		t.Errorf("Dropout with keep 1 gives %v, gradients %v", y, dx)
	}
	for place := range 64 {
		Dropout(y[:1], x[:1], 1, place, 1e-9)
		if y[0] != 0 {
			t.Errorf("what is dropped at %d is %v", place, y[0])
		}
	}
}
