package gemm

import "unsafe"

// portable has kernels in plain Go. Their results have the same bits as those
// of vectors.
func portable() *kernels {
	return &kernels{
		panel: 4,
		lanes: 4,
		strips: []strip{
			{4, 4, portableTile4, portableNarrow4, 1},
			{1, 4, portableTile1, portableNarrow1, 1},
		},
		copy: func(dst *float32, dstStep int, src *float32, srcStep, steps, columns int) {
			for p := range steps {
				for j := range columns {
					*at(dst, p*dstStep+j*size) = *at(src, p*srcStep+j*size)
				}
			}
		},
		transpose: func(dst *float32, dstStep int, src *float32, srcColumn, steps, columns int) {
			for j := range columns {
				for p := range steps {
					*at(dst, p*dstStep+j*size) = *at(src, j*srcColumn+p*size)
				}
			}
		},
	}
}

// at is the number so many bytes after x.
func at(x *float32, bytes int) *float32 {
	return (*float32)(unsafe.Add(unsafe.Pointer(x), bytes))
}

// write puts an element of C: see kernel.
func (t *tile) write(c *float32, sum float32) {
	if t.beta == 0 {
		*c = t.alpha * sum
		return
	}
	old := float32(*c * t.beta)
	*c = fused(t.alpha, sum, old)
}

// portableTile4 is a kernel of four rows and columns.
func portableTile4(t *tile, a, b, c *float32) {
	var c00, c01, c02, c03, c10, c11, c12, c13, c20, c21, c22, c23, c30, c31, c32, c33 float32
	for p := range t.k {
		x, y := p*t.aStep, p*t.bStep
		b0, b1, b2, b3 := *at(b, y), *at(b, y+size), *at(b, y+2*size), *at(b, y+3*size)
		a0, a1, a2, a3 := *at(a, x), *at(a, x+t.aRow), *at(a, x+2*t.aRow), *at(a, x+3*t.aRow)
		c00 = fused(a0, b0, c00)
		c01 = fused(a0, b1, c01)
		c02 = fused(a0, b2, c02)
		c03 = fused(a0, b3, c03)
		c10 = fused(a1, b0, c10)
		c11 = fused(a1, b1, c11)
		c12 = fused(a1, b2, c12)
		c13 = fused(a1, b3, c13)
		c20 = fused(a2, b0, c20)
		c21 = fused(a2, b1, c21)
		c22 = fused(a2, b2, c22)
		c23 = fused(a2, b3, c23)
		c30 = fused(a3, b0, c30)
		c31 = fused(a3, b1, c31)
		c32 = fused(a3, b2, c32)
		c33 = fused(a3, b3, c33)
	}
	t.write(c, c00)
	t.write(at(c, size), c01)
	t.write(at(c, 2*size), c02)
	t.write(at(c, 3*size), c03)
	t.write(at(c, t.cRow), c10)
	t.write(at(c, t.cRow+size), c11)
	t.write(at(c, t.cRow+2*size), c12)
	t.write(at(c, t.cRow+3*size), c13)
	t.write(at(c, 2*t.cRow), c20)
	t.write(at(c, 2*t.cRow+size), c21)
	t.write(at(c, 2*t.cRow+2*size), c22)
	t.write(at(c, 2*t.cRow+3*size), c23)
	t.write(at(c, 3*t.cRow), c30)
	t.write(at(c, 3*t.cRow+size), c31)
	t.write(at(c, 3*t.cRow+2*size), c32)
	t.write(at(c, 3*t.cRow+3*size), c33)
}

// portableNarrow4 is a kernel of four rows and one column.
func portableNarrow4(t *tile, a, b, c *float32) {
	var c00, c10, c20, c30 float32
	for p := range t.k {
		x, y := p*t.aStep, p*t.bStep
		b0 := *at(b, y)
		a0, a1, a2, a3 := *at(a, x), *at(a, x+t.aRow), *at(a, x+2*t.aRow), *at(a, x+3*t.aRow)
		c00 = fused(a0, b0, c00)
		c10 = fused(a1, b0, c10)
		c20 = fused(a2, b0, c20)
		c30 = fused(a3, b0, c30)
	}
	t.write(c, c00)
	t.write(at(c, t.cRow), c10)
	t.write(at(c, 2*t.cRow), c20)
	t.write(at(c, 3*t.cRow), c30)
}

// portableTile1 is a kernel of one row and four columns.
func portableTile1(t *tile, a, b, c *float32) {
	var c00, c01, c02, c03 float32
	for p := range t.k {
		x, y := p*t.aStep, p*t.bStep
		b0, b1, b2, b3 := *at(b, y), *at(b, y+size), *at(b, y+2*size), *at(b, y+3*size)
		a0 := *at(a, x)
		c00 = fused(a0, b0, c00)
		c01 = fused(a0, b1, c01)
		c02 = fused(a0, b2, c02)
		c03 = fused(a0, b3, c03)
	}
	t.write(c, c00)
	t.write(at(c, size), c01)
	t.write(at(c, 2*size), c02)
	t.write(at(c, 3*size), c03)
}

// portableNarrow1 is a kernel of one row and column.
func portableNarrow1(t *tile, a, b, c *float32) {
	var c00 float32
	for p := range t.k {
		x, y := p*t.aStep, p*t.bStep
		b0 := *at(b, y)
		a0 := *at(a, x)
		c00 = fused(a0, b0, c00)
	}
	t.write(c, c00)
}
