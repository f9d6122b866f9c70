//go:build !amd64

package dense

func multiply(dst, src, block []float32, start *[Lanes]float32, rows, in, out int) {
	multiplyBlock(dst, src, block, start, rows, in, out)
}
