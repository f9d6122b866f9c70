package decima

// multiply is [multiplyBlock], four lanes at a time.
//
//go:noescape
func multiply(dst, src, block []float32, start *[lanes]float32, rows, in, out int)
