package vec

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// BenchmarkKernels computes a matrix of a small transformer, row by row where
// rows matter, with each level. MB/s are of float32 numbers of one operand: a
// quarter of it is millions of numbers per second.
func BenchmarkKernels(b *testing.B) {
	for _, c := range []struct {
		kernel     string
		rows, cols int
	}{
		{"addTo", 1, 1 << 13}, {"addTo", 1, 1 << 22}, {"axpy", 1, 1 << 13}, {"sum", 1, 1 << 13}, {"dot", 1, 1 << 13},
		{"sumSquares", 1, 1 << 13}, {"softmax", 7680, 60}, {"softmaxBackward", 7680, 60}, {"sumExp", 7680, 60},
		{"relu", 7680, 512}, {"geluTanh", 7680, 512}, {"geluTanhBackward", 7680, 512}, {"gelu", 7680, 512}, {"geluBackward", 7680, 512},
		{"silu", 7680, 512}, {"siluBackward", 7680, 512}, {"swiGLU", 7680, 512}, {"swiGLUBackward", 7680, 512}, {"tanhOf", 7680, 512},
		{"layerNorm", 7680, 128}, {"layerNormBackward", 7680, 128}, {"normGain", 7680, 128}, {"rmsNorm", 7680, 128}, {"rmsNormBackward", 7680, 128},
		{"adamW", 1, 600_000}, {"adamW", 1, 1 << 23}, {"dropout", 7680, 128}, {"rotate", 7680 * 8, 8},
	} {
		k := find(c.kernel)
		for _, l := range levels() {
			b.Run(fmt.Sprintf("%s/%dx%d/%s", c.kernel, c.rows, c.cols, l), func(b *testing.B) {
				r := rand.New(rand.NewPCG(1, 2))
				s := make([][]float32, k.slices)
				for i := range s {
					s[i] = make([]float32, c.rows*c.cols)
					for j := range s[i] {
						s[i][j] = r.Float32() + 0.01
					}
				}
				row := make([][]float32, k.slices)
				b.SetBytes(int64(4 * c.rows * c.cols))
				for b.Loop() {
					for i := range c.rows {
						for j := range s {
							row[j] = s[j][i*c.cols:][:c.cols]
						}
						k.run(l, row)
					}
				}
			})
		}
	}
}

func find(kernel string) kernelCase {
	for _, c := range kernelCases {
		if c.name == kernel {
			return c
		}
	}
	panic(kernel)
}
