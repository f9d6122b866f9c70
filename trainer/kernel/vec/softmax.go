package vec

import "math"

// Softmax is dst = e^(src−m) / Σ e^(src−m) with m the largest of src, which has
// at least one number. Where src is -∞ dst is 0; where all of src is -∞, or any
// +∞ or NaN, dst is NaN.
func Softmax(dst, src []float32) { softmax(best, dst, src[:len(dst)]) }

func softmaxPlain(dst, src []float32) {
	most := largestPlain(src)
	var l lanes
	for i, v := range src {
		e := exp(v - most)
		l[i%width] += e
		dst[i] = e
	}
	factor := 1 / l.sum()
	for i := range dst {
		dst[i] *= factor
	}
}

// SoftmaxRows is [Softmax] of each row of src, rows×cols.
func SoftmaxRows(dst, src []float32, rows, cols int) {
	for r := range rows {
		Softmax(dst[r*cols:][:cols], src[r*cols:])
	}
}

// SoftmaxBackward is dx = p·(dp − Σ p·dp): from the gradient dp of the softmax p
// to that of the scores. It does not add to dx.
func SoftmaxBackward(dx, p, dp []float32) { softmaxBackward(best, dx, p[:len(dx)], dp[:len(dx)]) }

func softmaxBackwardPlain(dx, p, dp []float32) {
	mean := dotPlain(p, dp)
	for i, v := range p {
		dx[i] = v * (dp[i] - mean)
	}
}

// SoftmaxBackwardRows is [SoftmaxBackward] of each row, rows×cols.
func SoftmaxBackwardRows(dx, p, dp []float32, rows, cols int) {
	for r := range rows {
		SoftmaxBackward(dx[r*cols:][:cols], p[r*cols:], dp[r*cols:])
	}
}

// LogSumExp is ln Σ e^x of at least one number. Numbers of -∞ count for nothing.
func LogSumExp(x []float32) float32 {
	most := largest(best, x)
	return most + log(sumExp(best, x, most))
}

// sumExpPlain is Σ e^(x−most).
func sumExpPlain(x []float32, most float32) float32 {
	var l lanes
	for i, v := range x {
		l[i%width] += exp(v - most)
	}
	return l.sum()
}

// largestPlain is the largest of x.
func largestPlain(x []float32) float32 {
	var l lanes
	for i := range l {
		l[i] = float32(math.Inf(-1))
	}
	for i, v := range x {
		l[i%width] = larger(l[i%width], v)
	}
	return l.largest()
}
