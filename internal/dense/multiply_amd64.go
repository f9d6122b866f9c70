package dense

// multiply is [multiplyBlock], four Lanes at a time.
//
//go:noescape
func multiply(dst, src, block []float32, start *[Lanes]float32, rows, in, out int)
