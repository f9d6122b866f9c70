package dense

// multiplyBlock writes start + src·block to the first Lanes outputs of every
// row of dst. Rows of src are in wide, those of dst out and those of block
// Lanes. Products are rounded, and added from the first input to the last, so
// that the result is the same on every platform.
func multiplyBlock(dst, src, block []float32, start *[Lanes]float32, rows, in, out int) {
	const some = 4 // as many sums as registers hold
	for r := range rows {
		x := src[r*in:][:in]
		for k := 0; k < Lanes; k += some {
			a := [some]float32(start[k:])
			a0, a1, a2, a3 := a[0], a[1], a[2], a[3]
			for i, v := range x {
				w := (*[some]float32)(block[i*Lanes+k:])
				a0 += float32(v * w[0])
				a1 += float32(v * w[1])
				a2 += float32(v * w[2])
				a3 += float32(v * w[3])
			}
			*(*[some]float32)(dst[r*out+k:]) = [some]float32{a0, a1, a2, a3}
		}
	}
}
