package gemm

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
)

// BenchmarkMultiply goes through the products of a training step (128 episodes
// of 60 tokens, width 128), of attention and of decisions.
func BenchmarkMultiply(b *testing.B) {
	for _, shape := range []struct {
		name           string
		transA, transB bool
		m, n, k        int
	}{
		{"qkv", false, true, 7680, 384, 128},
		{"qkv dX", false, false, 7680, 128, 384},
		{"qkv dW", true, false, 384, 128, 7680},
		{"up", false, true, 7680, 512, 128},
		{"up dX", false, false, 7680, 128, 512},
		{"up dW", true, false, 512, 128, 7680},
		{"down", false, true, 7680, 128, 512},
		{"down dX", false, false, 7680, 512, 128},
		{"down dW", true, false, 128, 512, 7680},
		{"attention scores", false, true, 60, 60, 32},
		{"attention values", false, false, 60, 32, 60},
		{"attention dK", true, false, 60, 32, 60},
		{"short attention scores", false, true, 10, 10, 16},
		{"short attention values", false, false, 10, 16, 10},
		{"decision 1", false, true, 1, 384, 128},
		{"decision 8", false, true, 8, 512, 128},
		{"decision 30", false, true, 30, 256, 64},
	} {
		for _, backend := range benchmarked() {
			b.Run(fmt.Sprintf("%s/%s", shape.name, backend.Description()), func(b *testing.B) {
				p := newProduct(rand.New(rand.NewPCG(1, 2)), shape.transA, shape.transB, shape.m, shape.n, shape.k)
				p.alpha, p.beta = 1, 0
				for b.Loop() {
					p.with(backend, p.c)
				}
				b.ReportMetric(2*float64(p.m*p.n*p.k)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
			})
		}
	}
}

// gonumBLAS multiplies as gonum does.
type gonumBLAS struct{}

func (gonumBLAS) Multiply(transA, transB bool, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	flag := map[bool]blas.Transpose{false: blas.NoTrans, true: blas.Trans}
	gonum.Implementation{}.Sgemm(flag[transA], flag[transB], m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}

func (gonumBLAS) Description() string { return "gonum" }

// benchmarked are all backends: OpenBLAS without what it leaves to our kernels.
func benchmarked() []Backend {
	var list []Backend
	for _, set := range available() {
		list = append(list, newNative(set))
	}
	list = append(list, gonumBLAS{})
	if libraries := loaded(); len(libraries) > 0 {
		list = append(list, libraries[1])
	}
	return list
}
