package vec

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestReductions compares sums with float64, and with their error bound: lanes
// keep it small for long sums.
func TestReductions(t *testing.T) {
	r := rand.New(rand.NewPCG(17, 18))
	for _, n := range []int{0, 1, 15, 16, 17, 1000, 100_003} {
		x, y := numbers(r, n), numbers(r, n)
		var total, dot, squares, size float64
		for i, v := range x {
			total += float64(v)
			dot += float64(v) * float64(y[i])
			squares += float64(v) * float64(v)
			size += math.Abs(float64(v)) + math.Abs(float64(v)*float64(y[i]))
		}
		within := 1e-6 * size
		if got := Sum(x); math.Abs(float64(got)-total) > within {
			t.Errorf("Sum of %d numbers is %v, want %v", n, got, total)
		}
		if got := Dot(x, y); math.Abs(float64(got)-dot) > within {
			t.Errorf("Dot of %d numbers is %v, want %v", n, got, dot)
		}
		if got := SumSquares(x); math.Abs(got-squares) > 1e-13*squares {
			t.Errorf("SumSquares of %d numbers is %v, want %v", n, got, squares)
		}
	}
	if got := SumSquares([]float32{math.MaxFloat32, math.MaxFloat32}); math.IsInf(got, 0) {
		t.Error("squares overflow")
	}
}

// TestRows: a bias goes to each row, and its gradient is the sum of columns.
func TestRows(t *testing.T) {
	x := []float32{1, 2, 3, 4, 5, 6}
	AddBiasRows(x, []float32{10, 20, 30}, 2, 3)
	if want := []float32{11, 22, 33, 14, 25, 36}; !slices.Equal(x, want) {
		t.Errorf("AddBiasRows gives %v, want %v", x, want)
	}
	sums := []float32{1, 1, 1}
	ColumnSums(sums, x, 2, 3)
	if want := []float32{26, 48, 70}; !slices.Equal(sums, want) {
		t.Errorf("ColumnSums gives %v, want %v", sums, want)
	}
	Scale(0.5, sums)
	Axpy(2, []float32{1, 0, 1}, sums)
	MulAdd(sums, []float32{1, 2, 3}, []float32{1, 1, -1})
	if want := []float32{16, 26, 34}; !slices.Equal(sums, want) {
		t.Errorf("Scale, Axpy and MulAdd give %v, want %v", sums, want)
	}
}

// TestLengths: a slice that is too short panics, and nothing is written.
func TestLengths(t *testing.T) {
	long, short := make([]float32, 20), make([]float32, 19)
	for name, call := range map[string]func(){
		"Add":        func() { Add(long, short) },
		"AddTo":      func() { AddTo(long, long, short) },
		"Axpy":       func() { Axpy(1, short, long) },
		"Dot":        func() { Dot(long, short) },
		"Softmax":    func() { Softmax(long, short) },
		"GELU":       func() { GELU(long, short) },
		"SwiGLU":     func() { SwiGLUBackward(long, short, long, long, long) },
		"LayerNorm":  func() { LayerNorm(long, long[:2], long[:2], short, long[:10], long[:10], 1) },
		"ColumnSums": func() { ColumnSums(long[:10], short, 2, 10) },
		"AdamW":      func() { AdamW{}.Apply(long, short, long, long) },
		"Dropout":    func() { Dropout(long, short, 1, 1, 0.5) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s takes a slice that is too short", name)
				}
			}()
			call()
		}()
	}
}

// TestAllocations: nothing allocates, arrays on the stack included.
func TestAllocations(t *testing.T) {
	if n := testing.AllocsPerRun(10, func() {
		var x, y [40]float32
		Fill(x[:], 1)
		Softmax(y[:], x[:])
		GELUTanhBackward(x[:], y[:], x[:])
		Dropout(x[:], y[:], 1, 1, 0.5)
		LayerNorm(y[:], x[:1], x[1:2], y[:], x[:], x[:], 1)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
