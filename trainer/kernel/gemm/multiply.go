package gemm

import (
	"fmt"
	"sync"
	"unsafe"
)

// Sums are cut into blocks of blockK steps, and the sums of blocks are added in
// their order. The number is part of what fixes the bits of a result: it is the
// same for every instruction set.
const blockK = 256

// blockN is how many columns of op(B) are packed at a time: with blockK steps
// they are 512 KiB, for the second-level cache.
const blockN = 512

const size = 4 // bytes of a float32

// native multiplies with kernels of our own.
type native struct {
	*kernels
	scratch sync.Pool
}

func newNative(k *kernels) *native {
	g := &native{kernels: k}
	g.scratch.New = func() any { return newScratch() }
	return g
}

// scratch holds packed parts of operands.
type scratch struct {
	a, b []float32
	t    tile
}

func newScratch() *scratch {
	const line = 64 / size
	align := func(n int) []float32 {
		x := make([]float32, n+line)
		skip := int(-uintptr(unsafe.Pointer(&x[0]))%64) / size
		return x[skip:][:n]
	}
	return &scratch{a: align(16 * blockK), b: align(blockN * blockK)}
}

// Description implements Backend.
func (g *native) Description() string { return "Go " + g.name }

// Multiply implements Backend.
func (g *native) Multiply(transA, transB bool, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	check(transA, transB, m, n, k, len(a), lda, len(b), ldb, len(c), ldc)
	if m == 0 || n == 0 {
		return
	}
	if k == 0 || alpha == 0 {
		scale(m, n, beta, c, ldc)
		return
	}
	s := g.scratch.Get().(*scratch)
	aRow, aStep := lda, 1
	if transA {
		aRow, aStep = 1, lda
	}
	t := &s.t
	t.alpha, t.beta = alpha, beta
	t.cRow = ldc * size
	for step := 0; step < k; step += blockK {
		t.k = min(blockK, k-step)
		for left := 0; left < n; left += blockN {
			columns := min(blockN, n-left)
			var panels *float32
			if !transB && m <= 2*g.tiles[0].rows {
				panels = &b[step*ldb+left]
				t.bStep, t.bPanel = ldb*size, g.panel*size
			} else {
				g.packB(s.b, b, ldb, transB, step, t.k, left, columns)
				panels = &s.b[0]
				t.bStep, t.bPanel = g.panel*size, g.panel*t.k*size
			}
			for top := 0; top < m; {
				shape := &g.tiles[0]
				for i := 0; shape.rows > m-top; i++ {
					shape = &g.tiles[i]
				}
				left0 := &a[top*aRow+step*aStep]
				t.aRow, t.aStep = aRow*size, aStep*size
				if transA && n > g.panel {
					g.copy(&s.a[0], 16*size, left0, lda*size, t.k, shape.rows)
					left0 = &s.a[0]
					t.aRow, t.aStep = size, 16*size
				}
				for j := 0; j < columns; j += shape.columns {
					t.columns = min(shape.columns, columns-j)
					panel := (*float32)(unsafe.Add(unsafe.Pointer(panels), j/g.panel*t.bPanel))
					shape.multiply(t, left0, panel, &c[top*ldc+left+j])
				}
				top += shape.rows
			}
		}
		t.beta = 1
	}
	g.scratch.Put(s)
}

// packB writes steps of op(B), panel after panel: element (p, j) of a panel is
// at p·panel+j.
func (g *native) packB(dst, b []float32, ldb int, trans bool, step, steps, left, columns int) {
	for j := 0; j < columns; j += g.panel {
		width := min(g.panel, columns-j)
		panel := dst[j*steps:][:g.panel*steps]
		if !trans {
			g.copy(&panel[0], g.panel*size, &b[step*ldb+left+j], ldb*size, steps, width)
			continue
		}
		for i := range width {
			for p, v := range b[(left+j+i)*ldb+step:][:steps] {
				panel[p*g.panel+i] = v
			}
		}
	}
}

// scale multiplies C by beta.
func scale(m, n int, beta float32, c []float32, ldc int) {
	for i := range m {
		row := c[i*ldc:][:n]
		if beta == 0 {
			clear(row)
			continue
		}
		for j := range row {
			row[j] *= beta
		}
	}
}

// check panics where a matrix doesn't lie within its slice: kernels don't look.
func check(transA, transB bool, m, n, k, a, lda, b, ldb, c, ldc int) {
	rowsA, columnsA, rowsB, columnsB := m, k, k, n
	if transA {
		rowsA, columnsA = k, m
	}
	if transB {
		rowsB, columnsB = n, k
	}
	if m < 0 || n < 0 || k < 0 {
		panic(fmt.Sprintf("gemm: product of %d×%d and %d×%d: sizes can't be negative", m, k, k, n))
	}
	inside("A", rowsA, columnsA, lda, a)
	inside("B", rowsB, columnsB, ldb, b)
	inside("C", m, n, ldc, c)
}

func inside(name string, rows, columns, ld, length int) {
	if rows > 0 && columns > 0 && (ld < columns || (rows-1)*ld+columns > length) {
		panic(fmt.Sprintf("gemm: %s is %d×%d with rows %d apart in %d numbers", name, rows, columns, ld, length))
	}
}
