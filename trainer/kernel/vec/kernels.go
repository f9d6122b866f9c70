package vec

// level is what computes the inner loops.
type level uint8

const best level = 0

func relu(_ level, dst, x []float32) { reluPlain(dst, x) }

func leakyReLU(_ level, dst, x []float32, slope float32) { leakyReLUPlain(dst, x, slope) }

func leakyReLUBackward(_ level, dx, dy, x []float32, slope float32) {
	leakyReLUBackwardPlain(dx, dy, x, slope)
}

func tanhOf(_ level, dst, x []float32) { tanhOfPlain(dst, x) }

func tanhBackward(_ level, dx, dy, x []float32) { tanhBackwardPlain(dx, dy, x) }

func silu(_ level, dst, x []float32) { siluPlain(dst, x) }

func siluBackward(_ level, dx, dy, x []float32) { siluBackwardPlain(dx, dy, x) }

func swiGLU(_ level, dst, gate, up []float32) { swiGLUPlain(dst, gate, up) }

func swiGLUBackward(_ level, dgate, dup, dy, gate, up []float32) {
	swiGLUBackwardPlain(dgate, dup, dy, gate, up)
}

func adamW(_ level, param, grad, m, v []float32, keep, scale, beta1, rest1, beta2, rest2, root, eps, rate float32) {
	adamWPlain(param, grad, m, v, keep, scale, beta1, rest1, beta2, rest2, root, eps, rate)
}

func addTo(_ level, dst, x, y []float32) { addToPlain(dst, x, y) }

func mul(_ level, dst, x, y []float32) { mulPlain(dst, x, y) }

func mulAdd(_ level, dst, x, y []float32) { mulAddPlain(dst, x, y) }

func scaleTo(_ level, dst, x []float32, alpha float32) { scaleToPlain(dst, x, alpha) }

func axpy(_ level, y, x []float32, alpha float32) { axpyPlain(y, x, alpha) }

func dropout(_ level, dst, src []float32, counter, key uint64, threshold uint32, scale float32) {
	dropoutPlain(dst, src, counter, key, threshold, scale)
}

func dropoutBackward(_ level, dx, dy []float32, counter, key uint64, threshold uint32, scale float32) {
	dropoutBackwardPlain(dx, dy, counter, key, threshold, scale)
}

func gelu(_ level, dst, x []float32) { geluPlain(dst, x) }

func geluBackward(_ level, dx, dy, x []float32) { geluBackwardPlain(dx, dy, x) }

func geluTanh(_ level, dst, x []float32) { geluTanhPlain(dst, x) }

func geluTanhBackward(_ level, dx, dy, x []float32) { geluTanhBackwardPlain(dx, dy, x) }

func layerNorm(_ level, dst, x, gain, bias []float32, eps, count float32) (mean, rstd float32) {
	return layerNormPlain(dst, x, gain, bias, eps, count)
}

func layerNormBackward(_ level, dx, dy, x, gain []float32, mean, rstd, count float32) {
	layerNormBackwardPlain(dx, dy, x, gain, mean, rstd, count)
}

func normGain(_ level, dgain, dy, x []float32, mean, rstd float32) {
	normGainPlain(dgain, dy, x, mean, rstd)
}

func rmsNorm(_ level, dst, x, gain []float32, eps, count float32) (rstd float32) {
	return rmsNormPlain(dst, x, gain, eps, count)
}

func rmsNormBackward(_ level, dx, dy, x, gain []float32, rstd, count float32) {
	rmsNormBackwardPlain(dx, dy, x, gain, rstd, count)
}

func sum(_ level, x []float32) float32 { return sumPlain(x) }

func dot(_ level, x, y []float32) float32 { return dotPlain(x, y) }

func sumSquares(_ level, x []float32) float64 { return sumSquaresPlain(x) }

func rotate(_ level, a, b, cos, sin []float32) { rotatePlain(a, b, cos, sin) }

func softmax(_ level, dst, src []float32) { softmaxPlain(dst, src) }

func softmaxBackward(_ level, dx, p, dp []float32) { softmaxBackwardPlain(dx, p, dp) }

func sumExp(_ level, x []float32, most float32) float32 { return sumExpPlain(x, most) }

func largest(_ level, x []float32) float32 { return largestPlain(x) }
