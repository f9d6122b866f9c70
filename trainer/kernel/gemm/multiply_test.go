package gemm

import (
	"fmt"
	"math"
	"math/rand/v2"
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

// TestMultiply compares with the definition.
func TestMultiply(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, set := range available() {
		g := newNative(set)
		for range 200 {
			m, n, k := sizes(random)
			p := newProduct(random, random.IntN(2) == 0, random.IntN(2) == 0, m, n, k)
			got := append([]float32(nil), p.c...)
			p.with(g, got)
			want, most := naive(p.transA, p.transB, m, n, k, p.alpha, p.a, p.lda, p.b, p.ldb, p.beta, p.c, p.ldc)
			for i, x := range got {
				row, column := i/p.ldc, i%p.ldc
				if column >= n {
					if x != p.c[i] {
						t.Fatalf("%s, %v: wrote at %d, %d, beyond a row", set.name, p, row, column)
					}
					continue
				}
				if e := math.Abs(float64(x) - want[row*n+column]); !(e <= 1e-6*most[row*n+column]+1e-30) {
					t.Fatalf("%s, %v: %v at %d, %d, want %v", set.name, p, x, row, column, want[row*n+column])
				}
			}
		}
	}
}
