package decima

import "trailblazer/internal/dense"

// mean turns scores into their softmax and returns the mean place, rounded.
func mean(x []float32) int {
	dense.Weigh(x)
	sum, moment := float32(0), float32(0)
	for i, w := range x {
		sum += w
		moment += float32(float32(i) * w)
	}
	return min(max(int(moment/sum+0.5), 0), len(x)-1)
}
