package vec

import (
	"math"

	"trailblazer/trainer/kernel/vec/internal/coef"
)

// exp is e^x with a relative error below 1.2e-7.
func exp(x float32) float32 {
	scale, rest := expParts(x)
	return float32((rest + 1) * scale)
}

// expParts returns 2^n and e^r − 1.
func expParts(x float32) (scale, rest float32) {
	x = smaller(coef.ExpMost, larger(coef.ExpLeast, x))
	shifted := float32(x*math.Log2E) + coef.ExpRound
	n := shifted - coef.ExpRound
	r := x - float32(n*coef.Ln2High)
	r -= float32(n * coef.Ln2Low)
	p := float32(r*coef.Exp6) + coef.Exp5
	p = float32(p*r) + coef.Exp4
	p = float32(p*r) + coef.Exp3
	p = float32(p*r) + coef.Exp2
	p = float32(p * float32(r*r))
	return math.Float32frombits(math.Float32bits(shifted) << 23), p + r
}

// sigmoid is σ(x) = 1/(1+e^-x), and 1 − σ(x).
func sigmoid(x float32) (s, rest float32) {
	e := exp(-x)
	s = 1 / (e + 1)
	return s, e * s
}

// tanh is the hyperbolic tangent, with a relative error below 2.5e-7. It is
// E/(E+2) of E = e^2|x| − 1, which loses no bits where x is small.
func tanh(x float32) float32 {
	a := abs(x)
	scale, rest := expParts(a + a)
	e := float32(rest*scale) + (scale - 1)
	y := e / (e + 2)
	return math.Float32frombits(math.Float32bits(y) | math.Float32bits(x)&(1<<31))
}

// log is ln x for x from 1 on, in float64 without fused operations: with
// x = 2^k·m and s = (m−1)/(m+1), ln x = k·ln 2 + 2·(s + s³/3 + s⁵/5 + …).
func log(x float32) float32 {
	f, k := math.Frexp(float64(x))
	if f < math.Sqrt2/2 {
		f, k = f*2, k-1
	}
	s := (f - 1) / (f + 1) // at most 0.172
	square := float64(s * s)
	var series float64
	for term := 15; term >= 1; term -= 2 {
		series = float64(series*square) + 1/float64(term)
	}
	return float32(float64(2*s*series) + float64(float64(k)*math.Ln2))
}
