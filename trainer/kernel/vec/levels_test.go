package vec

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// kernelCase runs a kernel on slices of one length.
type kernelCase struct {
	name   string
	slices int
	run    func(l level, s [][]float32) []float64
}

// none is for kernels that return nothing.
func none(run func(l level, s [][]float32)) func(level, [][]float32) []float64 {
	return func(l level, s [][]float32) []float64 { run(l, s); return nil }
}

var kernelCases = []kernelCase{
	{"fill", 1, none(func(l level, s [][]float32) { fill(l, s[0], 0.3) })},
	{"addTo", 3, none(func(l level, s [][]float32) { addTo(l, s[0], s[1], s[2]) })},
	{"mul", 3, none(func(l level, s [][]float32) { mul(l, s[0], s[1], s[2]) })},
	{"mulAdd", 3, none(func(l level, s [][]float32) { mulAdd(l, s[0], s[1], s[2]) })},
	{"scaleTo", 2, none(func(l level, s [][]float32) { scaleTo(l, s[0], s[1], 1.7) })},
	{"axpy", 2, none(func(l level, s [][]float32) { axpy(l, s[0], s[1], -0.7) })},
	{"sum", 1, func(l level, s [][]float32) []float64 { return []float64{float64(sum(l, s[0]))} }},
	{"dot", 2, func(l level, s [][]float32) []float64 { return []float64{float64(dot(l, s[0], s[1]))} }},
	{"sumSquares", 1, func(l level, s [][]float32) []float64 { return []float64{sumSquares(l, s[0])} }},
	{"largest", 1, func(l level, s [][]float32) []float64 { return []float64{float64(largest(l, s[0]))} }},
	{"sumExp", 1, func(l level, s [][]float32) []float64 { return []float64{float64(sumExp(l, s[0], 1.5))} }},
	{"softmax", 2, none(func(l level, s [][]float32) { softmax(l, s[0], s[1]) })},
	{"softmaxBackward", 3, none(func(l level, s [][]float32) { softmaxBackward(l, s[0], s[1], s[2]) })},
	{"relu", 2, none(func(l level, s [][]float32) { relu(l, s[0], s[1]) })},
	{"leakyReLU", 2, none(func(l level, s [][]float32) { leakyReLU(l, s[0], s[1], 0.01) })},
	{"leakyReLUBackward", 3, none(func(l level, s [][]float32) { leakyReLUBackward(l, s[0], s[1], s[2], 0.01) })},
	{"tanhOf", 2, none(func(l level, s [][]float32) { tanhOf(l, s[0], s[1]) })},
	{"tanhBackward", 3, none(func(l level, s [][]float32) { tanhBackward(l, s[0], s[1], s[2]) })},
	{"silu", 2, none(func(l level, s [][]float32) { silu(l, s[0], s[1]) })},
	{"siluBackward", 3, none(func(l level, s [][]float32) { siluBackward(l, s[0], s[1], s[2]) })},
	{"swiGLU", 3, none(func(l level, s [][]float32) { swiGLU(l, s[0], s[1], s[2]) })},
	{"swiGLUBackward", 5, none(func(l level, s [][]float32) { swiGLUBackward(l, s[0], s[1], s[2], s[3], s[4]) })},
	{"gelu", 2, none(func(l level, s [][]float32) { gelu(l, s[0], s[1]) })},
	{"geluBackward", 3, none(func(l level, s [][]float32) { geluBackward(l, s[0], s[1], s[2]) })},
	{"geluTanh", 2, none(func(l level, s [][]float32) { geluTanh(l, s[0], s[1]) })},
	{"geluTanhBackward", 3, none(func(l level, s [][]float32) { geluTanhBackward(l, s[0], s[1], s[2]) })},
	{"layerNorm", 4, func(l level, s [][]float32) []float64 {
		mean, rstd := layerNorm(l, s[0], s[1], s[2], s[3], 1e-5, float32(len(s[0])))
		return []float64{float64(mean), float64(rstd)}
	}},
	{"layerNormBackward", 4, none(func(l level, s [][]float32) {
		layerNormBackward(l, s[0], s[1], s[2], s[3], 0.1, 1.3, float32(len(s[0])))
	})},
	{"normGain", 3, none(func(l level, s [][]float32) { normGain(l, s[0], s[1], s[2], 0.1, 1.3) })},
	{"rmsNorm", 3, func(l level, s [][]float32) []float64 {
		return []float64{float64(rmsNorm(l, s[0], s[1], s[2], 1e-6, float32(len(s[0]))))}
	}},
	{"rmsNormBackward", 4, none(func(l level, s [][]float32) {
		rmsNormBackward(l, s[0], s[1], s[2], s[3], 1.3, float32(len(s[0])))
	})},
	{"adamW", 4, none(func(l level, s [][]float32) {
		adamW(l, s[0], s[1], s[2], s[3], 0.999, 0.5, 0.9, 0.1, 0.95, 0.05, 1.2, 1e-8, 1e-3)
	})},
	{"dropout", 2, none(func(l level, s [][]float32) {
		dropout(l, s[0], s[1], 7<<32|(1<<32-20), 1<<32-3, 1<<30, 2)
	})},
	{"dropoutBackward", 2, none(func(l level, s [][]float32) {
		dropoutBackward(l, s[0], s[1], 99, 12345, 1<<31-1<<28, 1.1)
	})},
	{"rotate", 4, none(func(l level, s [][]float32) { rotate(l, s[0], s[1], s[2], s[3]) })},
}

// strange are numbers that are not like others.
var strange = []float32{
	0, float32(math.Copysign(0, -1)), float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN()),
	math.SmallestNonzeroFloat32, -1e-40, math.MaxFloat32, -math.MaxFloat32, 1e-30, 88, -88, 87.5, -87.5, 1e19, 20, -20,
}

// draw returns slices of a length that ends where their arrays go on, some of
// them with strange numbers.
func draw(r *rand.Rand, count, length int) [][]float32 {
	all := make([][]float32, count)
	oddity := []float64{0, 0, 0.02, 0.5}[r.IntN(4)]
	size := []float64{1, 1, 10, 1e-3}[r.IntN(4)]
	for i := range all {
		all[i] = make([]float32, length+width)
		for j := range all[i] {
			all[i][j] = float32(r.NormFloat64() * size)
			if r.Float64() < oddity {
				all[i][j] = strange[r.IntN(len(strange))]
			}
		}
		all[i] = all[i][:length]
	}
	return all
}

func cloneAll(s [][]float32) [][]float32 {
	c := make([][]float32, len(s))
	for i, x := range s {
		c[i] = slices.Clone(x[:cap(x)])[:len(x)]
	}
	return c
}

// same is whether two numbers have the same bits, or are both NaN.
func same(a, b float32) bool {
	return math.Float32bits(a) == math.Float32bits(b) || a != a && b != b
}

// difference says where slices differ, behind their ends too.
func difference(got, want [][]float32) string {
	for i := range want {
		g, w := got[i][:len(want[i])+width], want[i][:len(want[i])+width]
		for j := range w {
			if !same(g[j], w[j]) {
				return fmt.Sprintf("slice %d, number %d is %v, want %v", i, j, g[j], w[j])
			}
		}
	}
	return ""
}

// TestLevels: all levels give the same bits as plain Go.
func TestLevels(t *testing.T) {
	const seed = 1
	for _, l := range levels()[1:] {
		for _, c := range kernelCases {
			t.Run(fmt.Sprint(l, "/", c.name), func(t *testing.T) {
				r := rand.New(rand.NewPCG(seed, 0))
				for round := range 3 * 101 {
					length := round % 101
					s := draw(r, c.slices, length)
					want, got := cloneAll(s), cloneAll(s)
					wanted, gotten := c.run(plainGo, want), c.run(l, got)
					if d := difference(got, want); d != "" {
						t.Fatalf("seed %d, round %d, %d numbers: %s", seed, round, length, d)
					}
					for i := range wanted {
						if a, b := gotten[i], wanted[i]; math.Float64bits(a) != math.Float64bits(b) && (a == a || b == b) {
							t.Fatalf("seed %d, round %d, %d numbers: result %d is %v, want %v", seed, round, length, i, a, b)
						}
					}
				}
			})
		}
	}
}
