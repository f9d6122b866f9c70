package vec

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestRotary compares with turning by complex numbers, and turns back.
func TestRotary(t *testing.T) {
	r := rand.New(rand.NewPCG(15, 16))
	for _, heads := range []int{1, 3} {
		for _, size := range []int{2, 6, 32, 80} {
			rotary := NewRotary(size, 50, 10000)
			if got := rotary.Positions(); got != 50 {
				t.Fatalf("%d positions, want 50", got)
			}
			for _, position := range []int{0, 1, 49} {
				x := numbers(r, heads*size)
				y := padded(x)
				rotary.Apply(y, position)
				for h := range heads {
					for i := range size / 2 {
						angle := float64(position) * math.Pow(10000, -2*float64(i)/float64(size))
						at := h*size + i
						point := complex(float64(x[at]), float64(x[at+size/2])) * complex(math.Cos(angle), math.Sin(angle))
						if off(y[at], real(point)) > 2e-7 || off(y[at+size/2], imag(point)) > 2e-7 {
							t.Fatalf("heads of %d, position %d: point %d is (%v, %v), want %v", size, position, i, y[at], y[at+size/2], point)
						}
					}
				}
				rotary.Undo(y, position)
				for i := range x {
					if off(y[i], float64(x[i])) > 5e-7 {
						t.Fatalf("heads of %d, position %d: turned back %v is %v", size, position, x[i], y[i])
					}
				}
			}
		}
	}
}
