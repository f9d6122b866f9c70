package decima

import "slices"

// largest is the first place of the largest number.
func largest(x []float32) int {
	best := 0
	for i, v := range x {
		if v > x[best] {
			best = i
		}
	}
	return best
}

// weigh turns scores into their softmax, but for a common factor.
func weigh(x []float32) {
	most := slices.Max(x)
	for i, v := range x {
		x[i] = exp(v - most)
	}
}

// draw turns scores into running sums of their softmax and returns the place
// where u, from 0 to below 1, falls.
func draw(x []float32, u float64) int {
	weigh(x)
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

// mean turns scores into their softmax and returns the mean place, rounded.
func mean(x []float32) int {
	weigh(x)
	sum, moment := float32(0), float32(0)
	for i, w := range x {
		sum += w
		moment += float32(float32(i) * w)
	}
	return min(max(int(moment/sum+0.5), 0), len(x)-1)
}
