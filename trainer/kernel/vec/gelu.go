package vec

import "trailblazer/trainer/kernel/vec/internal/coef"

// normal returns Φ(x), to within 2e-7, and e^(−x²/2).
func normal(x float32) (below, density float32) {
	t := 1 / (float32(abs(x)*coef.ErfP) + 1)
	density = exp(float32(x*-0.5) * x)
	p := float32(t*coef.Erf5) + coef.Erf4
	p = float32(p*t) + coef.Erf3
	p = float32(p*t) + coef.Erf2
	p = float32(p*t) + coef.Erf1
	tail := float32(float32(p*t) * density)
	return ifPositive(x, 1-tail, tail), density
}

// GELU is dst = x·Φ(x) (Hendrycks and Gimpel, "Gaussian Error Linear Units",
// 2016); Φ is exact to within 2e-7.
func GELU(dst, x []float32) { gelu(best, dst, x[:len(dst)]) }

func geluPlain(dst, x []float32) {
	for i, v := range x {
		below, _ := normal(v)
		dst[i] = v * below
	}
}

// GELUBackward adds dy·(Φ(x) + x·φ(x)), φ being the density.
func GELUBackward(dx, dy, x []float32) { geluBackward(best, dx, dy[:len(dx)], x[:len(dx)]) }

func geluBackwardPlain(dx, dy, x []float32) {
	for i, v := range x {
		below, density := normal(v)
		dx[i] += float32(dy[i] * (below + float32(float32(v*coef.NormalDensity)*density)))
	}
}

// geluSigmoid is [sigmoid] of 2u, for x and x².
func geluSigmoid(x, square float32) (s, rest float32) {
	return sigmoid(x * (float32(square*coef.GELUCubic) + coef.GELULinear))
}

// GELUTanh is dst = 0.5·x·(1 + tanh(√(2/π)·(x + 0.044715·x³))), GPT-2's GELU.
func GELUTanh(dst, x []float32) { geluTanh(best, dst, x[:len(dst)]) }

func geluTanhPlain(dst, x []float32) {
	for i, v := range x {
		s, _ := geluSigmoid(v, float32(v*v))
		dst[i] = v * s
	}
}

// GELUTanhBackward adds dy·(σ + x·(2u)'·σ·(1−σ)), with σ = σ(2u).
func GELUTanhBackward(dx, dy, x []float32) { geluTanhBackward(best, dx, dy[:len(dx)], x[:len(dx)]) }

func geluTanhBackwardPlain(dx, dy, x []float32) {
	for i, v := range x {
		square := float32(v * v)
		s, rest := geluSigmoid(v, square)
		slope := v * (float32(square*(3*coef.GELUCubic)) + coef.GELULinear)
		dx[i] += float32(dy[i] * sigmoidSlope(slope, s, rest))
	}
}
