package dense

import "math"

// Exp is e^x for x up to 0, to within 2e-7. It is not math.Exp as that one's
// last bit depends on the platform.
func Exp(x float32) float32 {
	if !(x > -87) {
		return 0
	}
	return Exp2(x * math.Log2E)
}

// Exp2 is 2^x for x from -126 to 127, with a relative error of 2.5e-7.
func Exp2(x float32) float32 {
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
