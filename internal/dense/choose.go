package dense

import "slices"

// Largest is the first place of the largest number.
func Largest(x []float32) int {
	best := 0
	for i, v := range x {
		if v > x[best] {
			best = i
		}
	}
	return best
}

// Weigh turns scores into their softmax, but for a common factor.
func Weigh(x []float32) {
	most := slices.Max(x)
	for i, v := range x {
		x[i] = Exp(v - most)
	}
}

// Draw turns scores into running sums of their softmax and returns the place
// where u, from 0 to below 1, falls.
func Draw(x []float32, u float64) int {
	Weigh(x)
	for i := range x[1:] {
		x[i+1] += x[i]
	}
	last := len(x) - 1
	u *= float64(x[last])
	for i, sum := range x[:last] {
		if u < float64(sum) {
			return i
		}
	}
	return last
}
