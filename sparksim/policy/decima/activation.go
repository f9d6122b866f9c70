package decima

import (
	"math"

	"trailblazer/internal/dense"
)

// slopes are those of LeakyReLU by the sign bit of its argument.
var slopes = [2]float32{1, 0.2}

// leakyReLU applies max(x, x/5) in place. Looking up the slope spares a branch
// that would be mispredicted half of the time.
func leakyReLU(x []float32) {
	for i, v := range x {
		x[i] = v * slopes[math.Float32bits(v)>>31]
	}
}

// tanh applies the hyperbolic tangent in place, to within 2e-7.
func tanh(x []float32) {
	const (
		sign  = 1 << 31
		large = 0x41a00000 // 20, from where on the result is 1
	)
	for i, v := range x {
		bits := math.Float32bits(v)
		// Numbers without a sign are in the order of their bits.
		magnitude := math.Float32frombits(min(bits&^sign, large))
		t := 1 - 2/(dense.Exp2(magnitude*(2*math.Log2E))+1)
		x[i] = math.Float32frombits(math.Float32bits(t) | bits&sign)
	}
}
