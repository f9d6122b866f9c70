package vec

import "math"

// ReLU is dst = max(x, 0).
func ReLU(dst, x []float32) { relu(best, dst, x[:len(dst)]) }

func reluPlain(dst, x []float32) {
	for i := range dst {
		dst[i] = larger(0, x[i])
	}
}

// ReLUBackward adds dy where x is above 0.
func ReLUBackward(dx, dy, x []float32) { LeakyReLUBackward(dx, dy, x, 0) }

// LeakyReLU is dst = x where x is above 0, and else slope·x.
func LeakyReLU(dst, x []float32, slope float32) { leakyReLU(best, dst, x[:len(dst)], slope) }

func leakyReLUPlain(dst, x []float32, slope float32) {
	for i := range dst {
		dst[i] = ifPositive(x[i], x[i], float32(x[i]*slope))
	}
}

// LeakyReLUBackward adds dy where x is above 0, and else slope·dy.
func LeakyReLUBackward(dx, dy, x []float32, slope float32) {
	leakyReLUBackward(best, dx, dy[:len(dx)], x[:len(dx)], slope)
}

func leakyReLUBackwardPlain(dx, dy, x []float32, slope float32) {
	for i := range dx {
		dx[i] += ifPositive(x[i], dy[i], float32(dy[i]*slope))
	}
}

// Tanh is dst = tanh x, with a relative error below 2.5e-7.
func Tanh(dst, x []float32) { tanhOf(best, dst, x[:len(dst)]) }

func tanhOfPlain(dst, x []float32) {
	for i := range dst {
		dst[i] = tanh(x[i])
	}
}

// TanhBackward adds dy·(1 − tanh² x).
func TanhBackward(dx, dy, x []float32) { tanhBackward(best, dx, dy[:len(dx)], x[:len(dx)]) }

func tanhBackwardPlain(dx, dy, x []float32) {
	for i := range dx {
		y := tanh(x[i])
		dx[i] += float32(dy[i] * (1 - float32(y*y)))
	}
}

// SiLU is dst = x·σ(x) with σ(x) = 1/(1+e^-x).
func SiLU(dst, x []float32) { silu(best, dst, x[:len(dst)]) }

func siluPlain(dst, x []float32) {
	for i := range dst {
		s, _ := sigmoid(x[i])
		dst[i] = x[i] * s
	}
}

// SiLUBackward adds dy·σ·(1 + x·(1−σ)).
func SiLUBackward(dx, dy, x []float32) { siluBackward(best, dx, dy[:len(dx)], x[:len(dx)]) }

func siluBackwardPlain(dx, dy, x []float32) {
	for i := range dx {
		s, rest := sigmoid(x[i])
		dx[i] += float32(dy[i] * sigmoidSlope(x[i], s, rest))
	}
}

// sigmoidSlope is the slope of x·σ(u(x)), σ + x·u'·σ·(1−σ), given x·u'.
func sigmoidSlope(x, s, rest float32) float32 { return s * (float32(x*rest) + 1) }

// SwiGLU is dst = SiLU(gate)·up (Shazeer, "GLU Variants Improve Transformer",
// 2020).
func SwiGLU(dst, gate, up []float32) { swiGLU(best, dst, gate[:len(dst)], up[:len(dst)]) }

func swiGLUPlain(dst, gate, up []float32) {
	for i := range dst {
		s, _ := sigmoid(gate[i])
		dst[i] = float32(gate[i]*s) * up[i]
	}
}

// SwiGLUBackward adds to the gradients of gate and up.
func SwiGLUBackward(dgate, dup, dy, gate, up []float32) {
	n := len(dgate)
	swiGLUBackward(best, dgate, dup[:n], dy[:n], gate[:n], up[:n])
}

func swiGLUBackwardPlain(dgate, dup, dy, gate, up []float32) {
	for i := range dgate {
		s, rest := sigmoid(gate[i])
		dgate[i] += float32(float32(dy[i]*up[i]) * sigmoidSlope(gate[i], s, rest))
		dup[i] += float32(dy[i] * float32(gate[i]*s))
	}
}

// ifPositive is a where x is above 0, and else b.
func ifPositive(x, a, b float32) float32 {
	if x > 0 {
		return a
	}
	return b
}

// abs clears the sign.
func abs(x float32) float32 { return math.Float32frombits(math.Float32bits(x) &^ (1 << 31)) }
