package vec

import "math"

// AdamW is a step of Adam with decoupled weight decay (Loshchilov and Hutter,
// "Decoupled Weight Decay Regularization", 2019). With g = GradScale·grad:
//
//	m     = Beta1·m + (1−Beta1)·g
//	v     = Beta2·v + (1−Beta2)·g²
//	param = (1 − Rate·Decay)·param − Rate/Correction1 · m / (√(v/Correction2) + Eps)
type AdamW struct {
	// Rate is the learning rate.
	Rate float64
	// Beta1 and Beta2 are how much the means of gradients and of their squares
	// keep in a step.
	Beta1, Beta2 float64
	// Eps keeps the divisor above 0.
	Eps float64
	// Decay is the weight decay; 0 for params that have none.
	Decay float64
	// GradScale multiplies gradients; 1 where they aren't clipped.
	GradScale float64
	// Correction1 and Correction2 undo the means' start at 0: 1 − Beta^t at
	// step t, from 1.
	Correction1, Correction2 float64
}

// Apply takes the step for some params, in place.
func (a AdamW) Apply(param, grad, m, v []float32) {
	n := len(param)
	adamW(best, param, grad[:n], m[:n], v[:n],
		float32(1-float64(a.Rate*a.Decay)), float32(a.GradScale),
		float32(a.Beta1), float32(1-a.Beta1), float32(a.Beta2), float32(1-a.Beta2),
		float32(1/math.Sqrt(a.Correction2)), float32(a.Eps), float32(a.Rate/a.Correction1))
}

func adamWPlain(param, grad, m, v []float32, keep, scale, beta1, rest1, beta2, rest2, root, eps, rate float32) {
	for i := range param {
		g := float32(grad[i] * scale)
		m1 := float32(m[i]*beta1) + float32(g*rest1)
		v1 := float32(v[i]*beta2) + float32(float32(g*rest2)*g)
		m[i], v[i] = m1, v1
		divisor := float32(squareRoot(v1)*root) + eps
		param[i] = float32(param[i]*keep) - float32(m1*rate)/divisor
	}
}
