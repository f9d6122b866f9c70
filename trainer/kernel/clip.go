package kernel

import (
	"fmt"
	"math"

	"trailblazer/trainer/kernel/vec"
)

// ClipNorm scales all gradients of a set so that their norm, √ of the sum of
// all squares, is at most limit, and returns what it was, as PyTorch's
// clip_grad_norm_ does (Pascanu, Mikolov and Bengio, "On the difficulty of
// training Recurrent Neural Networks", 2013). A limit of 0 or less scales
// nothing. The error names a param whose gradient is not finite.
func ClipNorm(set *Set, limit float32) (norm float64, err error) {
	total := 0.0
	for _, p := range set.params {
		if p.Frozen {
			continue
		}
		sum := vec.SumSquares(p.Grad)
		if math.IsNaN(sum) || math.IsInf(sum, 0) {
			return sum, fmt.Errorf("the gradient of %q is not finite: lower the learning rate, or look for numbers in the data that are not finite or far too large", p.Name)
		}
		total += sum
	}
	norm = math.Sqrt(total)
	// PyTorch adds 1e-6 to the norm before it divides.
	scale := float32(float64(limit) / (norm + 1e-6))
	if limit <= 0 || scale >= 1 {
		return norm, nil
	}
	for _, p := range set.params {
		if !p.Frozen {
			vec.Scale(scale, p.Grad)
		}
	}
	return norm, nil
}
