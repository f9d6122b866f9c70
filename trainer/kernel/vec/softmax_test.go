package vec

import (
	"math"
	"math/rand/v2"
	"testing"
)

var inf, nan = float32(math.Inf(1)), float32(math.NaN())

// TestSoftmax compares with float64, for rows whose numbers lie near and far.
func TestSoftmax(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for length := 1; length <= 70; length++ {
		x := numbers(r, length)
		Scale(5, x)
		if length > 2 {
			x[1] = -inf // as where something is illegal
		}
		most := x[0]
		for _, v := range x {
			most = max(most, v)
		}
		var total float64
		for _, v := range x {
			total += math.Exp(float64(v - most))
		}
		p := make([]float32, length)
		Softmax(p, x)
		for i, v := range x {
			if want := math.Exp(float64(v-most)) / total; math.Abs(float64(p[i])-want) > 3e-7*want {
				t.Fatalf("length %d, number %d: %v, want %v", length, i, p[i], want)
			}
		}
		want := float64(most) + math.Log(total)
		if got := LogSumExp(x); off(got, want) > 2e-7 {
			t.Fatalf("length %d: LogSumExp is %v, want %v", length, got, want)
		}
	}
}

// TestSoftmaxOfStrangeRows: what isn't a distribution is NaN, not a panic.
func TestSoftmaxOfStrangeRows(t *testing.T) {
	for _, c := range []struct{ x, want []float32 }{
		{[]float32{3}, []float32{1}},
		{[]float32{-inf, 0}, []float32{0, 1}},
		{[]float32{1e30, -1e30}, []float32{1, 0}},
		{[]float32{-inf, -inf}, []float32{nan, nan}},
		{[]float32{0, inf}, []float32{nan, nan}},
		{[]float32{0, nan}, []float32{nan, nan}},
		{nil, nil},
	} {
		p := make([]float32, len(c.x))
		Softmax(p, c.x)
		for i := range p {
			if !same(p[i], c.want[i]) {
				t.Errorf("Softmax(%v) = %v, want %v", c.x, p, c.want)
			}
		}
	}
}

// TestSoftmaxBackward compares with differences of the float64 softmax.
func TestSoftmaxBackward(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	const rows, cols = 3, 19
	x, dp, p, dx := numbers(r, rows*cols), numbers(r, rows*cols), make([]float32, rows*cols), make([]float32, rows*cols)
	SoftmaxRows(p, x, rows, cols)
	SoftmaxBackwardRows(dx, p, dp, rows, cols)
	checkGradient(t, "scores", x, dx, func(x []float64) (loss float64) {
		for row := range rows {
			var total, weighed float64
			for i, v := range x[row*cols:][:cols] {
				e := math.Exp(v)
				total += e
				weighed += e * float64(dp[row*cols+i])
			}
			loss += weighed / total
		}
		return loss
	})
}

// numbers returns normal random numbers.
func numbers(r *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	return x
}

// checkGradient compares a gradient with central differences of a loss.
func checkGradient(t *testing.T, name string, x, gradient []float32, loss func(x []float64) float64) {
	t.Helper()
	const step = 1e-5
	at := make([]float64, len(x))
	for i, v := range x {
		at[i] = float64(v)
	}
	for i := range at {
		keep := at[i]
		at[i] = keep + step
		above := loss(at)
		at[i] = keep - step
		below := loss(at)
		at[i] = keep
		if want := (above - below) / (2 * step); off(gradient[i], want) > 2e-6 {
			t.Fatalf("gradient %d of %s is %v, want %v", i, name, gradient[i], want)
		}
	}
}
