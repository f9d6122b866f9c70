package vec

import (
	"math/rand/v2"
	"testing"
)

// TestSwiGLU compares with float64, and the gradients with differences.
func TestSwiGLU(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	const n = 53
	gate, up, dy, y := numbers(r, n), numbers(r, n), numbers(r, n), make([]float32, n)
	SwiGLU(y, gate, up)
	for i := range y {
		g, u := float64(gate[i]), float64(up[i])
		if want := g * logistic(g) * u; off(y[i], want) > 2e-7 {
			t.Fatalf("number %d: %v, want %v", i, y[i], want)
		}
	}
	loss := func(gate, up []float64) (loss float64) {
		for i, g := range gate {
			loss += g * logistic(g) * up[i] * float64(dy[i])
		}
		return loss
	}
	dgate, dup := make([]float32, n), make([]float32, n)
	SwiGLUBackward(dgate, dup, dy, gate, up)
	checkGradient(t, "gate", gate, dgate, func(gate []float64) float64 { return loss(gate, toFloat64(up)) })
	checkGradient(t, "up", up, dup, func(up []float64) float64 { return loss(toFloat64(gate), up) })
}

// TestBackwardAdds: gradients are added to what is there.
func TestBackwardAdds(t *testing.T) {
	x, dy := []float32{0.5, -2}, []float32{3, -1}
	for _, f := range functions {
		zero, one := make([]float32, 2), []float32{1, 1}
		f.backward(zero, dy, x)
		f.backward(one, dy, x)
		for i := range zero {
			if one[i] != zero[i]+1 {
				t.Errorf("%s: %v to gradients of 1, %v to gradients of 0", f.name, one, zero)
			}
		}
	}
}

// TestInPlace: a function may write over its argument.
func TestInPlace(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14))
	two := map[string]func(dst, x []float32){
		"Softmax":         Softmax,
		"SoftmaxBackward": func(dst, x []float32) { SoftmaxBackward(dst, x, x) },
		"SwiGLU":          func(dst, x []float32) { SwiGLU(dst, x, x) },
		"AddTo":           func(dst, x []float32) { AddTo(dst, x, x) },
		"Mul":             func(dst, x []float32) { Mul(dst, x, x) },
		"ScaleTo":         func(dst, x []float32) { ScaleTo(dst, 3, x) },
		"Dropout":         func(dst, x []float32) { Dropout(dst, x, 1, 3, 0.5) },
	}
	for _, f := range functions {
		two[f.name] = f.forward
	}
	for name, f := range two {
		x := numbers(r, 77)
		want := make([]float32, len(x))
		f(want, x)
		f(x, x)
		if d := difference([][]float32{padded(x)}, [][]float32{padded(want)}); d != "" {
			t.Errorf("%s in place: %s", name, d)
		}
	}
}
