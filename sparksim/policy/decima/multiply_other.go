//go:build !amd64

package decima

func multiply(dst, src, block []float32, start *[lanes]float32, rows, in, out int) {
	multiplyBlock(dst, src, block, start, rows, in, out)
}
