package decima

import "math"

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
		t := 1 - 2/(pow2(magnitude*(2*math.Log2E))+1)
		x[i] = math.Float32frombits(math.Float32bits(t) | bits&sign)
	}
}

// exp is e^x for x up to 0, to within 2e-7. It is not math.Exp as that one's
// last bit depends on the platform.
func exp(x float32) float32 {
	if !(x > -87) {
		return 0
	}
	return pow2(x * math.Log2E)
}

// pow2 is 2^x for x from -126 to 127, with a relative error of 2.5e-7.
func pow2(x float32) float32 {
	const (
		// Adding this much leaves no bits for a fraction.
		round = 3 << 22
		c     = math.Ln2
	)
	shifted := x + round
	n := shifted - round
	r := x - n // -1/2 to 1/2
	// The power series of e^(r·ln 2).
	p := float32(c * c * c * c * c * c / 720)
	p = float32(p*r) + c*c*c*c*c/120
	p = float32(p*r) + c*c*c*c/24
	p = float32(p*r) + c*c*c/6
	p = float32(p*r) + c*c/2
	p = float32(p*r) + c
	p = float32(p*r) + 1
	// The lowest bits of shifted are n; adding them to the exponent
	// multiplies by 2^n.
	return math.Float32frombits(math.Float32bits(p) + math.Float32bits(shifted)<<23)
}
