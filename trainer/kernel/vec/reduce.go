package vec

// Sum is the sum of x.
func Sum(x []float32) float32 { return sum(best, x) }

func sumPlain(x []float32) float32 {
	var l lanes
	for i, v := range x {
		l[i%width] += v
	}
	return l.sum()
}

// Dot is the sum of x·y.
func Dot(x, y []float32) float32 { return dot(best, x, y[:len(x)]) }

func dotPlain(x, y []float32) float32 {
	var l lanes
	for i, v := range x {
		l[i%width] += float32(v * y[i])
	}
	return l.sum()
}

// SumSquares is the sum of x², in float64, for norms of gradients.
func SumSquares(x []float32) float64 { return sumSquares(best, x) }

func sumSquaresPlain(x []float32) float64 {
	var w wide
	for i, v := range x {
		w[i%width] += float64(float64(v) * float64(v))
	}
	return w.sum()
}
