package vec

import "math"

// LayerNorm is dst = (x − mean)·rstd·gain + bias for each row of x, with
// rstd = 1/√(variance + eps) (Ba, Kiros and Hinton, 2016). It keeps mean and
// rstd, one of each for a row: x is len(mean)×len(gain).
func LayerNorm(dst, mean, rstd, x, gain, bias []float32, eps float32) {
	cols := len(gain)
	for r := range mean {
		mean[r], rstd[r] = layerNorm(best, dst[r*cols:][:cols], x[r*cols:][:cols], gain, bias[:cols], eps, float32(cols))
	}
}

func layerNormPlain(dst, x, gain, bias []float32, eps, count float32) (mean, rstd float32) {
	mean = sumPlain(x) / count
	var l lanes
	for i, v := range x {
		v -= mean
		l[i%width] += float32(v * v)
	}
	rstd = 1 / squareRoot(l.sum()/count+eps)
	for i, v := range x {
		dst[i] = float32(float32((v-mean)*rstd)*gain[i]) + bias[i]
	}
	return mean, rstd
}

// LayerNormBackward adds to the gradients of x, gain and bias, each of which
// may be nil where it isn't wanted. With g = dy·gain and h = (x − mean)·rstd,
// that of x is rstd·(g − mean of g − h·mean of g·h).
func LayerNormBackward(dx, dgain, dbias, dy, x, mean, rstd, gain []float32) {
	cols := len(gain)
	for r := range mean {
		dy, x := dy[r*cols:][:cols], x[r*cols:][:cols]
		if dx != nil {
			layerNormBackward(best, dx[r*cols:][:cols], dy, x, gain, mean[r], rstd[r], float32(cols))
		}
		if dgain != nil {
			normGain(best, dgain[:cols], dy, x, mean[r], rstd[r])
		}
		if dbias != nil {
			Add(dbias[:cols], dy)
		}
	}
}

func layerNormBackwardPlain(dx, dy, x, gain []float32, mean, rstd, count float32) {
	var of, along lanes
	for i, v := range x {
		g := float32(dy[i] * gain[i])
		of[i%width] += g
		along[i%width] += float32(g * float32((v-mean)*rstd))
	}
	a, b := of.sum()/count, along.sum()/count
	for i, v := range x {
		g := float32(dy[i] * gain[i])
		h := float32((v - mean) * rstd)
		dx[i] += float32((g - a - float32(h*b)) * rstd)
	}
}

// normGainPlain adds one row's gradient of the gain, dy·(x − mean)·rstd.
func normGainPlain(dgain, dy, x []float32, mean, rstd float32) {
	for i, v := range x {
		dgain[i] += float32(float32((v-mean)*rstd) * dy[i])
	}
}

// RMSNorm is dst = x·rstd·gain for each row of x, with rstd = 1/√(mean of x² +
// eps) (Zhang and Sennrich, 2019). It keeps rstd: x is len(rstd)×len(gain).
func RMSNorm(dst, rstd, x, gain []float32, eps float32) {
	cols := len(gain)
	for r := range rstd {
		rstd[r] = rmsNorm(best, dst[r*cols:][:cols], x[r*cols:][:cols], gain, eps, float32(cols))
	}
}

func rmsNormPlain(dst, x, gain []float32, eps, count float32) (rstd float32) {
	rstd = 1 / squareRoot(dotPlain(x, x)/count+eps)
	for i, v := range x {
		dst[i] = float32(v*rstd) * gain[i]
	}
	return rstd
}

// RMSNormBackward adds to the gradients of x and gain, each of which may be nil
// where it isn't wanted. With g = dy·gain and h = x·rstd, that of x is
// rstd·(g − h·mean of g·h).
func RMSNormBackward(dx, dgain, dy, x, rstd, gain []float32) {
	cols := len(gain)
	for r := range rstd {
		dy, x := dy[r*cols:][:cols], x[r*cols:][:cols]
		if dx != nil {
			rmsNormBackward(best, dx[r*cols:][:cols], dy, x, gain, rstd[r], float32(cols))
		}
		if dgain != nil {
			normGain(best, dgain[:cols], dy, x, 0, rstd[r])
		}
	}
}

func rmsNormBackwardPlain(dx, dy, x, gain []float32, rstd, count float32) {
	var along lanes
	for i, v := range x {
		along[i%width] += float32(float32(dy[i]*gain[i]) * float32(v*rstd))
	}
	b := along.sum() / count
	for i, v := range x {
		h := float32(v * rstd)
		dx[i] += float32((float32(dy[i]*gain[i]) - float32(h*b)) * rstd)
	}
}

// squareRoot rounds once: a float64 has more than twice a float32's bits.
func squareRoot(x float32) float32 { return float32(math.Sqrt(float64(x))) }
