package stats

// Sum adds numbers pairwise in the order of NumPy's sum over a contiguous
// array, so that means agree with published ones to the last bit. Its error
// grows with the logarithm of the length only; see Higham, "The Accuracy of
// Floating Point Summation" (1993).
func Sum(xs []float64) float64 {
	const block = 128
	n := len(xs)
	switch {
	case n < 8:
		sum := 0.0
		for _, x := range xs {
			sum += x
		}
		return sum
	case n <= block:
		var r [8]float64
		copy(r[:], xs)
		i := 8
		for ; i+8 <= n; i += 8 {
			for j := range r {
				r[j] += xs[i+j]
			}
		}
		sum := ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]))
		for _, x := range xs[i:] {
			sum += x
		}
		return sum
	}
	half := n / 2
	half -= half % 8
	return Sum(xs[:half]) + Sum(xs[half:])
}
