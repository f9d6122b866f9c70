package kernel

import "fmt"

func sameShape(what string, x, y *Var) {
	if x.Rows != y.Rows || x.Cols != y.Cols {
		panic(fmt.Sprintf("kernel: %s of %d×%d and %d×%d", what, x.Rows, x.Cols, y.Rows, y.Cols))
	}
}

// sum is a sum of matrices.
type sum struct {
	xs  []*Var
	out *Var
}

// Add adds two matrices of one shape.
func (t *Tape) Add(x, y *Var) *Var { return t.Sum(x, y) }

// Sum adds matrices of one shape; there is at least one.
func (t *Tape) Sum(xs ...*Var) *Var {
	learns := false
	for _, x := range xs {
		sameShape("Sum", xs[0], x)
		learns = learns || x.learns
	}
	op := t.sums.take(t)
	*op = sum{append(op.xs[:0], xs...), t.result(xs[0].Rows, xs[0].Cols, learns)}
	copy(op.out.Value, xs[0].Value)
	for _, x := range xs[1:] {
		for i, v := range x.Value {
			op.out.Value[i] += v
		}
	}
	t.record(op)
	return op.out
}

func (op *sum) output() *Var { return op.out }

func (op *sum) backward(t *Tape) {
	for i := len(op.xs) - 1; i >= 0; i-- {
		t.pass(op.out, op.xs[i], i == 0)
	}
}

// product is x·y, number by number.
type product struct{ x, y, out *Var }

// Mul multiplies two matrices of one shape, number by number.
func (t *Tape) Mul(x, y *Var) *Var {
	sameShape("Mul", x, y)
	op := t.products.take(t)
	*op = product{x, y, t.result(x.Rows, x.Cols, x.learns || y.learns)}
	for i, v := range x.Value {
		op.out.Value[i] = v * y.Value[i]
	}
	t.record(op)
	return op.out
}

func (op *product) output() *Var { return op.out }

func (op *product) backward(t *Tape) {
	for _, side := range [2][2]*Var{{op.x, op.y}, {op.y, op.x}} {
		if dx := t.cleared(side[0]); dx != nil {
			for i, d := range op.out.grad {
				dx[i] += d * side[1].Value[i]
			}
		}
	}
}

// scaling is s·x.
type scaling struct {
	x, out *Var
	s      float32
}

// Scale multiplies every number by s.
func (t *Tape) Scale(x *Var, s float32) *Var {
	op := t.scalings.take(t)
	*op = scaling{x, t.result(x.Rows, x.Cols, x.learns), s}
	for i, v := range x.Value {
		op.out.Value[i] = v * s
	}
	t.record(op)
	return op.out
}

func (op *scaling) output() *Var { return op.out }

func (op *scaling) backward(t *Tape) {
	dx := t.cleared(op.x)
	for i, d := range op.out.grad {
		dx[i] += d * op.s
	}
}
