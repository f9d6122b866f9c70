package vec

import (
	"math"
	"testing"
)

// TestAdamW takes three steps and compares with torch.optim.AdamW of PyTorch
// 2.15: rate 0.01, betas 0.9 and 0.95, eps 1e-8, decay 0.1.
func TestAdamW(t *testing.T) {
	param := []float32{0.5, -1.25, 3, 0, 1e-3}
	m, v := make([]float32, 5), make([]float32, 5)
	for i, step := range []struct{ grad, want []float32 }{
		{[]float32{0.1, -2, 0, 1e-4, 30}, []float32{0.489500016, -1.23874998, 2.99699998, -0.00999900047, -0.00900100078}},
		{[]float32{0.3, 1, -1e-6, -1e-4, -20}, []float32{0.479923606, -1.23482764, 3.00125146, -0.00946273841, -0.0104442444}},
		{[]float32{-0.2, 0.5, 4, 0, 10}, []float32{0.476877928, -1.23296773, 2.99201798, -0.00904122368, -0.013259707}},
	} {
		// Gradients of twice the size, which GradScale undoes.
		twice := make([]float32, 5)
		ScaleTo(twice, 2, step.grad)
		AdamW{
			Rate: 0.01, Beta1: 0.9, Beta2: 0.95, Eps: 1e-8, Decay: 0.1, GradScale: 0.5,
			Correction1: 1 - math.Pow(0.9, float64(i+1)), Correction2: 1 - math.Pow(0.95, float64(i+1)),
		}.Apply(param, twice, m, v)
		for j, want := range step.want {
			if math.Abs(float64(param[j]-want)) > 4e-7 {
				t.Errorf("step %d: param %d is %v, want %v", i+1, j, param[j], want)
			}
		}
	}
}
