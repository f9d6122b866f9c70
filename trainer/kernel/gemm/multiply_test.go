package gemm

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
)

// naive is the definition, in float64. It also gives the sums of magnitudes,
// which bound the error.
func naive(transA, transB bool, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int) (want, most []float64) {
	want, most = make([]float64, m*n), make([]float64, m*n)
	for i := range m {
		for j := range n {
			var sum, magnitude float64
			for p := range k {
				x, y := i*lda+p, p*ldb+j
				if transA {
					x = p*lda + i
				}
				if transB {
					y = j*ldb + p
				}
				product := float64(a[x]) * float64(b[y])
				sum += product
				magnitude += math.Abs(product)
			}
			want[i*n+j] = float64(alpha) * sum
			most[i*n+j] = math.Abs(float64(alpha)) * magnitude
			if beta != 0 {
				old := float64(beta) * float64(c[i*ldc+j])
				want[i*n+j] += old
				most[i*n+j] += math.Abs(old)
			}
		}
	}
	return want, most
}

// product is one with random operands.
type product struct {
	transA, transB bool
	m, n, k        int
	lda, ldb, ldc  int
	alpha, beta    float32
	a, b, c        []float32
}

func (p *product) String() string {
	return fmt.Sprintf("m %d, n %d, k %d, transposed %v %v, rows %d %d %d apart, alpha %v, beta %v", p.m, p.n, p.k, p.transA, p.transB, p.lda, p.ldb, p.ldc, p.alpha, p.beta)
}

func newProduct(random *rand.Rand, transA, transB bool, m, n, k int) *product {
	p := &product{transA: transA, transB: transB, m: m, n: n, k: k, alpha: 1}
	gap := func(n int) int {
		if random.IntN(2) == 0 {
			return n
		}
		return n + random.IntN(20)
	}
	rowsA, rowsB := m, k
	p.lda, p.ldb, p.ldc = gap(k), gap(n), gap(n)
	if transA {
		rowsA, p.lda = k, gap(m)
	}
	if transB {
		rowsB, p.ldb = n, gap(k)
	}
	numbers := func(rows, ld int) []float32 {
		x := make([]float32, rows*ld)
		for i := range x {
			x[i] = float32(random.NormFloat64())
		}
		return x
	}
	p.a, p.b, p.c = numbers(rowsA, p.lda), numbers(rowsB, p.ldb), numbers(m, p.ldc)
	factors := []float32{0, 1, -0.5, 1.25}
	p.alpha, p.beta = factors[random.IntN(4)], factors[random.IntN(4)]
	return p
}

func (p *product) with(b Backend, c []float32) {
	b.Multiply(p.transA, p.transB, p.m, p.n, p.k, p.alpha, p.a, p.lda, p.b, p.ldb, p.beta, c, p.ldc)
}

func sizes(random *rand.Rand) (m, n, k int) {
	pick := func(large int) int {
		switch random.IntN(4) {
		case 0:
			return 1 + random.IntN(3)
		case 1:
			return 1 + random.IntN(large)
		}
		return 1 + random.IntN(80)
	}
	return pick(200), pick(600), pick(600)
}

// backends are all of this machine: OpenBLAS also where it would leave products
// to our kernels.
func backends() []Backend {
	var list []Backend
	for _, set := range available() {
		list = append(list, newNative(set))
	}
	return append(list, loaded()...)
}

// TestMultiply compares with the definition.
func TestMultiply(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, b := range backends() {
		for range 50 {
			m, n, k := sizes(random)
			compare(t, b, newProduct(random, random.IntN(2) == 0, random.IntN(2) == 0, m, n, k))
		}
	}
}

// compare tells where a backend's product is not the definition's, within what
// rounding explains.
func compare(t *testing.T, b Backend, p *product) {
	t.Helper()
	got := slices.Clone(p.c)
	p.with(b, got)
	want, most := naive(p.transA, p.transB, p.m, p.n, p.k, p.alpha, p.a, p.lda, p.b, p.ldb, p.beta, p.c, p.ldc)
	for i, x := range got {
		row, column := i/p.ldc, i%p.ldc
		if column >= p.n {
			if x != p.c[i] {
				t.Errorf("%s, %v: wrote at %d, %d, beyond a row", b.Description(), p, row, column)
				return
			}
			continue
		}
		place := row*p.n + column
		if e := math.Abs(float64(x) - want[place]); !(e <= 1e-6*most[place]+1e-30) {
			t.Errorf("%s, %v: %v at %d, %d, want %v", b.Description(), p, x, row, column, want[place])
			return
		}
	}
}

// TestEmpty: without a product to add C is only scaled, and where beta is 0 it
// is not read.
func TestEmpty(t *testing.T) {
	nan := float32(math.NaN())
	for _, b := range backends() {
		b.Multiply(false, false, 0, 3, 2, 1, nil, 2, make([]float32, 6), 3, 0, nil, 3)
		b.Multiply(false, false, 3, 0, 2, 1, make([]float32, 6), 2, nil, 0, 0, nil, 0)
		c := []float32{1, 2, 9, 3, 4, 9}
		b.Multiply(false, true, 2, 2, 0, 1, nil, 0, nil, 0, 2, c, 3)
		if want := []float32{2, 4, 9, 6, 8, 9}; !slices.Equal(c, want) {
			t.Errorf("%s: twice C is %v, want %v", b.Description(), c, want)
		}
		c = []float32{nan, nan, 9, nan, nan, 9}
		b.Multiply(false, false, 2, 2, 0, 1, nil, 0, nil, 2, 0, c, 3)
		if want := []float32{0, 0, 9, 0, 0, 9}; !slices.Equal(c, want) {
			t.Errorf("%s: no times C is %v, want %v", b.Description(), c, want)
		}
		for _, k := range []int{1, 300} {
			for _, size := range []int{1, 2, 5, 13, 70} {
				p := newProduct(rand.New(rand.NewPCG(7, 8)), false, true, size, size, k)
				p.alpha, p.beta = 1, 0
				clean := slices.Clone(p.c)
				p.with(b, clean)
				dirty := slices.Repeat([]float32{nan}, len(p.c))
				p.with(b, dirty)
				for i := range dirty {
					if i%p.ldc < size && dirty[i] != clean[i] {
						t.Fatalf("%s, %v: %v where C was NaN, else %v", b.Description(), p, dirty[i], clean[i])
					}
				}
			}
		}
	}
}

// TestCheck: kernels get no matrix that doesn't lie within its slice.
func TestCheck(t *testing.T) {
	x := make([]float32, 100)
	for _, c := range []struct {
		name    string
		m, n, k int
		a       []float32
		lda     int
		b       []float32
		ldb     int
		c       []float32
		ldc     int
		transA  bool
	}{
		{"short A", 3, 4, 5, x[:14], 5, x, 4, x, 4, false},
		{"short transposed A", 3, 4, 5, x[:14], 3, x, 4, x, 4, true},
		{"rows of A that overlap", 3, 4, 5, x, 4, x, 4, x, 4, false},
		{"short B", 3, 4, 5, x, 5, x[:19], 4, x, 4, false},
		{"short C", 3, 4, 5, x, 5, x, 4, x[:11], 4, false},
		{"negative", -1, 4, 5, x, 5, x, 4, x, 4, false},
	} {
		for _, b := range backends() {
			func() {
				defer func() {
					if r := recover(); r == nil || !strings.HasPrefix(fmt.Sprint(r), "gemm: ") {
						t.Errorf("%s with %s: %v", c.name, b.Description(), r)
					}
				}()
				b.Multiply(c.transA, false, c.m, c.n, c.k, 1, c.a, c.lda, c.b, c.ldb, 0, c.c, c.ldc)
			}()
		}
	}
}

// TestConcurrent multiplies in several goroutines at a time, with operands on
// their stacks, which move as they grow.
func TestConcurrent(t *testing.T) {
	for _, b := range backends() {
		var group sync.WaitGroup
		for seed := range uint64(4) {
			group.Go(func() {
				random := rand.New(rand.NewPCG(seed, 9))
				for range 10 {
					compare(t, b, newProduct(random, random.IntN(2) == 0, random.IntN(2) == 0, 1+random.IntN(40), 1+random.IntN(40), 1+random.IntN(40)))
					if sum := grow(b, 20); sum != 8*8*8 {
						t.Errorf("%s: sum %v", b.Description(), sum)
					}
				}
			})
		}
		group.Wait()
	}
}

// grow multiplies on each of so many levels of the stack.
func grow(b Backend, levels int) float32 {
	var x, y, z [64]float32
	for i := range x {
		x[i], y[i] = 1, 1
	}
	b.Multiply(false, false, 8, 8, 8, 1, x[:], 8, y[:], 8, 0, z[:], 8)
	if levels > 0 {
		return grow(b, levels-1)
	}
	var sum float32
	for _, v := range z {
		sum += v
	}
	return sum
}

// TestAllocations: products allocate nothing.
func TestAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector drops pooled memory")
	}
	for _, b := range backends() {
		p := newProduct(rand.New(rand.NewPCG(1, 2)), false, true, 20, 30, 40)
		p.with(b, p.c)
		if n := testing.AllocsPerRun(20, func() { p.with(b, p.c) }); n > 0 {
			t.Errorf("%s: %v allocations", b.Description(), n)
		}
	}
}

// FuzzMultiply compares with the definition.
func FuzzMultiply(f *testing.F) {
	f.Add(uint64(1), uint16(3), uint16(4), uint16(5), false, true)
	f.Add(uint64(2), uint16(13), uint16(33), uint16(257), true, false)
	f.Fuzz(func(t *testing.T, seed uint64, m, n, k uint16, transA, transB bool) {
		random := rand.New(rand.NewPCG(seed, 1))
		p := newProduct(random, transA, transB, 1+int(m%100), 1+int(n%150), 1+int(k%600))
		for _, b := range backends() {
			compare(t, b, p)
		}
	})
}
