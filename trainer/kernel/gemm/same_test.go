package gemm

import (
	"encoding/binary"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// differ tells where two slices differ in bits; NaNs are alike.
func differ(x, y []float32) int {
	for i := range x {
		if math.Float32bits(x[i]) != math.Float32bits(y[i]) && (x[i] == x[i] || y[i] == y[i]) {
			return i
		}
	}
	return -1
}

// TestSets: all instruction sets give the same bits.
func TestSets(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	sets := available()
	for range 60 {
		m, n, k := sizes(random)
		p := newProduct(random, random.IntN(2) == 0, random.IntN(2) == 0, m, n, k)
		p.upset(random)
		first := slices.Clone(p.c)
		p.with(newNative(sets[0]), first)
		for _, set := range sets[1:] {
			other := slices.Clone(p.c)
			p.with(newNative(set), other)
			if i := differ(first, other); i >= 0 {
				t.Fatalf("%v: %v at %d, %d with %q, %v with %q", p, first[i], i/p.ldc, i%p.ldc, sets[0].name, other[i], set.name)
			}
		}
	}
}

// upset now and then puts in numbers that are hard to round, or none.
func (p *product) upset(random *rand.Rand) {
	if random.IntN(2) == 0 {
		return
	}
	hard := []float32{0, float32(math.Copysign(0, -1)), 1e-30, -1e-38, 1e-45, 3e38, float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN())}
	kinds := 1 + random.IntN(len(hard))
	for _, x := range [][]float32{p.a, p.b, p.c} {
		for range random.IntN(20) {
			x[random.IntN(len(x))] = hard[random.IntN(kinds)]
		}
	}
}

// TestGolden: the bits are those of every machine. They come from the first
// product of seeds 11 and 12 that was computed so; another number means that
// runs can't be repeated with this version.
func TestGolden(t *testing.T) {
	for _, set := range available() {
		random := rand.New(rand.NewPCG(11, 12))
		sum := fnv.New64a()
		for _, trans := range [][2]bool{{false, false}, {false, true}, {true, false}, {true, true}} {
			p := newProduct(random, trans[0], trans[1], 61, 83, 700)
			p.alpha, p.beta = -0.5, 1.25
			p.with(newNative(set), p.c)
			for _, x := range p.c {
				_ = binary.Write(sum, binary.LittleEndian, x)
			}
		}
		if got, want := sum.Sum64(), uint64(0x1cfd48d7fc6dbf95); got != want {
			t.Errorf("%q: %#x, want %#x", set.name, got, want)
		}
	}
}

// TestPieces: a product computed in pieces, by rows and by columns, has the bits
// of the whole one.
func TestPieces(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for _, set := range available() {
		g := newNative(set)
		for range 30 {
			m, n, k := sizes(random)
			p := newProduct(random, random.IntN(2) == 0, random.IntN(2) == 0, m, n, k)
			whole, pieces := slices.Clone(p.c), slices.Clone(p.c)
			p.with(g, whole)
			for top := 0; top < m; {
				rows := 1 + random.IntN(m-top)
				for left := 0; left < n; {
					columns := 1 + random.IntN(n-left)
					piece := *p
					piece.m, piece.n = rows, columns
					if p.transA {
						piece.a = p.a[top:]
					} else {
						piece.a = p.a[top*p.lda:]
					}
					if p.transB {
						piece.b = p.b[left*p.ldb:]
					} else {
						piece.b = p.b[left:]
					}
					piece.with(g, pieces[top*p.ldc+left:])
					left += columns
				}
				top += rows
			}
			if i := differ(whole, pieces); i >= 0 {
				t.Fatalf("%s, %v: %v at %d, %d, and %v in pieces", set.name, p, whole[i], i/p.ldc, i%p.ldc, pieces[i])
			}
		}
	}
}

// TestFused has cases where rounding twice goes wrong, and those near the ends
// of a float32's range.
func TestFused(t *testing.T) {
	for _, c := range []struct{ x, y, z, want float32 }{
		{1 + 0x1p-12, 1 + 0x1p-12, 0x1p-60, 1 + 0x1p-11 + 0x1p-23}, // a tie, but for z
		{1 + 0x1p-12, 1 + 0x1p-12, 0, 1 + 0x1p-11},                 // a tie, to even
		{1 + 0x1p-12, 1 + 0x1p-12, -0x1p-60, 1 + 0x1p-11},          // below a tie
		{0x1p-100, 0x1p-49, 0, 0x1p-149},                           // the smallest number
		{0x1p-100, 0x1p-50, 0, 0},                                  // half of it, to even
		{0x1p-100, 0x1p-50, 0x1p-149, 0x1p-148},                    // one and a half, to even
		{0x1p-75 * (1 + 0x1p-23), 0x1p-75, 0, 0x1p-149},            // over a half
		{0x1p-140, 0x1p-140, 0x1.8p-126, 0x1.8p-126},               // far below
		{math.MaxFloat32, 2, -math.MaxFloat32, math.MaxFloat32},    // no overflow between
		{math.MaxFloat32, 1, 0x1p103, float32(math.Inf(1))},        // half beyond the largest
		{float32(math.Inf(-1)), 2, math.MaxFloat32, float32(math.Inf(-1))},
	} {
		if got := fused(c.x, c.y, c.z); got != c.want {
			t.Errorf("fused(%x, %x, %x) = %x, want %x", c.x, c.y, c.z, got, c.want)
		}
	}
}
