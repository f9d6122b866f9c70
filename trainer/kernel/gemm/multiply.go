package gemm

import (
	"fmt"
	"strings"
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

// packedRows is as many rows as a strip has at most, in full cache lines, and
// as many lanes as a packer has.
const packedRows = 16

const size = 4 // bytes of a float32

// fewRows is from how many rows of C on op(B) is packed even where its columns
// lie side by side.
const fewRows = 24

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

// scratch holds packed parts of operands, and a tile: a variable whose address
// is passed to a kernel would be allocated anew each time.
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
	return &scratch{a: align(packedRows * blockK), b: align(blockN * (blockK + packedRows))}
}

// Description implements Backend.
func (g *native) Description() string { return strings.TrimSpace("Go " + g.name) }

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
	aRow, aStep := lda, 1
	if transA {
		aRow, aStep = 1, lda
	}
	block := blockN
	if m <= fewRows {
		block = blockN / 8
	}
	s := g.scratch.Get().(*scratch)
	t := &s.t
	t.alpha, t.beta, t.cRow = alpha, beta, ldc*size
	for step := 0; step < k; step += blockK {
		t.k = min(blockK, k-step)
		for left := 0; left < n; left += block {
			columns := min(block, n-left)
			panels := &s.b[0]
			if transB || m > fewRows {
				g.packB(s.b, t, b, ldb, transB, step, left, columns)
			} else {
				panels = &b[step*ldb+left]
				t.bStep, t.bPanel = ldb*size, g.panel*size
			}
			for top, i := 0, 0; top < m; top += g.strips[i].rows {
				for g.strips[i].rows > m-top {
					i++
				}
				from := &a[top*aRow+step*aStep]
				t.aRow, t.aStep = aRow*size, aStep*size
				if transA && columns > g.panel {
					g.copy(&s.a[0], packedRows*size, from, lda*size, t.k, g.strips[i].rows)
					from = &s.a[0]
					t.aRow, t.aStep = size, packedRows*size
				}
				g.strips[i].compute(t, g.panel, from, panels, c[top*ldc+left:], columns)
			}
		}
		t.beta = 1
	}
	g.scratch.Put(s)
}

// compute goes through the tiles of a strip.
func (s *strip) compute(t *tile, panel int, a, panels *float32, c []float32, columns int) {
	for j := 0; j < columns; {
		width, multiply := s.columns, s.multiply
		if s.narrow != nil && columns-j < width {
			width, multiply = s.narrowColumns, s.narrow
		}
		t.columns = min(width, columns-j)
		b := unsafe.Add(unsafe.Pointer(panels), j/panel*t.bPanel+j%panel*size)
		multiply(t, a, (*float32)(b), &c[j])
		j += width
	}
}

// packB packs some columns of op(B), panel after panel, for the steps of a tile.
func (g *native) packB(dst []float32, t *tile, b []float32, ldb int, trans bool, step, left, columns int) {
	t.bStep, t.bPanel = g.panel*size, g.panel*t.k*size
	for j := 0; j < columns; j += g.panel {
		panel := dst[j*t.k:]
		width := min(g.panel, columns-j)
		if !trans {
			g.copy(&panel[0], t.bStep, &b[step*ldb+left+j], ldb*size, t.k, width)
			continue
		}
		for i := 0; i < width; i += g.lanes {
			g.transpose(&panel[i], t.bStep, &b[(left+j+i)*ldb+step], ldb*size, t.k, min(g.lanes, width-i))
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
