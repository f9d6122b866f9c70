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

// tanhAll applies tanh in place.
func tanhAll(x []float32) {
	for i, v := range x {
		x[i] = tanh(v)
	}
}

// tanh is the hyperbolic tangent to within 1.2e-7.
func tanh(x float32) float32 {
	bits := math.Float32bits(x)
	magnitude := math.Float32frombits(bits &^ (1 << 31))
	t := 1 - 2/(exp(min(2*magnitude, 40))+1)
	return math.Float32frombits(math.Float32bits(t) | bits&(1<<31))
}

// exp is e^x for x up to 88, to within 2e-7 of it; below -87 it is 0. It is
// not math.Exp as that one's last bit depends on the platform.
func exp(x float32) float32 {
	if !(x >= -87) {
		return 0
	}
	// e^x = 2^n · e^r with |r| <= ln(2)/2. Adding 3·2^22 rounds to a whole
	// number; ln(2) is split in two so that its product with n is exact
	// enough.
	const (
		log2E    = 1 / math.Ln2
		round    = 3 << 22
		ln2High  = 0x1.62ep-1
		ln2Low   = math.Ln2 - ln2High
		exponent = 127
	)
	n := float32(x*log2E) + round - round
	r := x - float32(n*ln2High) - float32(n*ln2Low)
	p := float32(1.0 / 5040)
	p = float32(p*r) + 1.0/720
	p = float32(p*r) + 1.0/120
	p = float32(p*r) + 1.0/24
	p = float32(p*r) + 1.0/6
	p = float32(p*r) + 1.0/2
	p = float32(p*r) + 1
	p = float32(p*r) + 1
	return float32(p * math.Float32frombits(uint32(int32(n)+exponent)<<23))
}
