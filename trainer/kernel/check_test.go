package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// matrix is what oracles compute with.
type matrix struct {
	rows, cols int
	v          []float64
}

func newMatrix(rows, cols int) matrix { return matrix{rows, cols, make([]float64, rows*cols)} }

func (m matrix) at(r, c int) float64     { return m.v[r*m.cols+c] }
func (m matrix) set(r, c int, x float64) { m.v[r*m.cols+c] = x }
func (m matrix) add(r, c int, x float64) { m.v[r*m.cols+c] += x }
func (m matrix) each(f func(r, c int) float64) matrix {
	for r := range m.rows {
		for c := range m.cols {
			m.set(r, c, f(r, c))
		}
	}
	return m
}

// operationCase is an operation with the naive version of it in float64.
type operationCase struct {
	// shapes are of the arrays that it is given, all of which learn.
	shapes [][]int
	// build records it. x(i) is array i as a matrix on the tape.
	build func(t *Tape, params []*Param, x func(i int) *Var) *Var
	// oracle computes the same. Arrays of other than two dimensions come as a
	// single row.
	oracle func(arrays []matrix) matrix
	// spread is how far from 0 the arrays reach; 0 stands for 1.
	spread float64
}

// weigh adds up all numbers of y times weights that count up from a seed.
func weigh(t *Tape, y *Var, weights []float32) *Var {
	ones := (&Set{}).New("ones", 1, y.Cols)
	ones.Fill(1)
	ones.Frozen = true
	product := t.Mul(y, t.Input(y.Rows, y.Cols, weights[:y.Rows*y.Cols]))
	return t.Linear(t.SegmentSum(product, []int32{0, int32(y.Rows)}), ones, nil)
}

func count(n int) []int32 {
	rows := make([]int32, n)
	for i := range rows {
		rows[i] = int32(i)
	}
	return rows
}

func testCompute(t testing.TB, workers int) *Compute {
	t.Helper()
	c, err := NewCompute(Options{Backend: "go", Workers: workers})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func randomWeights(r *rand.Rand, n int) []float32 {
	w := make([]float32, n)
	for i := range w {
		w[i] = float32(r.NormFloat64())
	}
	return w
}

// checkOperation compares an operation's result with its oracle's, and its
// gradients with central differences of the oracle.
func checkOperation(t *testing.T, seed uint64, oc operationCase) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	var set Set
	params, arrays := []*Param{}, []matrix{}
	for i, shape := range oc.shapes {
		p := set.New(string(rune('a'+i)), shape...)
		p.Normal(r, float32(max(oc.spread, 1)))
		a := newMatrix(1, len(p.Value))
		if len(shape) == 2 {
			a.rows, a.cols = shape[0], shape[1]
		}
		for j, v := range p.Value {
			a.v[j] = float64(v)
		}
		params, arrays = append(params, p), append(arrays, a)
	}
	want := oc.oracle(arrays)
	size := len(want.v)
	for _, p := range params {
		size = max(size, len(p.Value))
	}
	weights := randomWeights(r, size)

	tape := NewTape(testCompute(t, 2))
	// In the second round each matrix has a gradient already when the
	// operation's is added.
	for round := range 2 {
		set.ZeroGrad()
		tape.Begin(Train, seed)
		vars := map[int]*Var{}
		x := func(i int) *Var {
			if vars[i] == nil {
				vars[i] = tape.Embedding(params[i], count(params[i].Shape[0]))
			}
			return vars[i]
		}
		y := oc.build(tape, params, x)
		if y.Rows != want.rows || y.Cols != want.cols {
			t.Fatalf("seed %d: the result is %d×%d, the oracle's %d×%d", seed, y.Rows, y.Cols, want.rows, want.cols)
		}
		for i, v := range y.Value {
			if !near(float64(v), want.v[i], 2e-5, 1) {
				t.Fatalf("seed %d: the result has %v at %d, the oracle %v", seed, v, i, want.v[i])
			}
		}
		loss := weigh(tape, y, weights)
		if round == 1 {
			for i := range params {
				if vars[i] != nil {
					loss = tape.Add(loss, weigh(tape, vars[i], weights))
				}
			}
		}
		tape.Backward(loss)
		for i, p := range params {
			scale := 0.0
			numeric := make([]float64, len(p.Value))
			for j := range p.Value {
				numeric[j] = difference(oc, arrays, i, j, weights)
				if round == 1 && vars[i] != nil {
					numeric[j] += float64(weights[j])
				}
				scale = max(scale, math.Abs(numeric[j]))
			}
			for j, want := range numeric {
				got := 0.0
				if p.Grad != nil {
					got = float64(p.Grad[j])
				}
				if !near(got, want, 1e-4, max(scale, 1e-2)) {
					t.Fatalf("seed %d, round %d: the gradient of array %d has %v at %d, differences give %v", seed, round, i, got, j, want)
				}
			}
		}
	}
}

// near says that two numbers differ by at most a part of their size, or of
// scale where that is more.
func near(got, want, tolerance, scale float64) bool {
	return math.Abs(got-want) <= tolerance*max(math.Abs(want), scale)
}

// difference is the derivative of the weighed oracle by number j of array i.
func difference(oc operationCase, arrays []matrix, i, j int, weights []float32) float64 {
	const h = 1e-5
	weighed := func(x float64) float64 {
		old := arrays[i].v[j]
		arrays[i].v[j] = x
		defer func() { arrays[i].v[j] = old }()
		sum := 0.0
		for k, v := range oc.oracle(arrays).v {
			sum += v * float64(weights[k])
		}
		return sum
	}
	x := arrays[i].v[j]
	return (weighed(x+h) - weighed(x-h)) / (2 * h)
}

// checkCases runs cases by name, each with several seeds.
func checkCases(t *testing.T, cases map[string]operationCase) {
	for name, oc := range cases {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(3) {
				checkOperation(t, seed, oc)
			}
		})
	}
}
