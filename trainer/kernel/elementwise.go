package kernel

import (
	"fmt"

	"trailblazer/trainer/kernel/vec"
)

func sameShape(what string, x, y *Var) {
	if x.Rows != y.Rows || x.Cols != y.Cols {
		panic(fmt.Sprintf("kernel: %s of %d×%d and %d×%d", what, x.Rows, x.Cols, y.Rows, y.Cols))
	}
}

// sum is a sum of matrices.
type sum struct {
	xs   []*Var
	out  *Var
	rows cut
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
	*op = sum{append(op.xs[:0], xs...), t.result(xs[0].Rows, xs[0].Cols, learns), cutRows(xs[0].Rows, xs[0].Cols)}
	t.gang.run(op.rows.pieces(), (*sumForward)(op))
	t.record(op)
	return op.out
}

type sumForward sum

func (op *sumForward) piece(i, _ int) {
	low, high := op.rows.bounds(i)
	low, high = low*op.out.Cols, high*op.out.Cols
	y, first := op.out.Value[low:high], op.xs[0].Value[low:high]
	if len(op.xs) == 1 {
		copy(y, first)
		return
	}
	vec.AddTo(y, first, op.xs[1].Value[low:high])
	for _, x := range op.xs[2:] {
		vec.Add(y, x.Value[low:high])
	}
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
	vec.Mul(op.out.Value, x.Value, y.Value)
	t.record(op)
	return op.out
}

func (op *product) output() *Var { return op.out }

func (op *product) backward(t *Tape) {
	for _, side := range [2][2]*Var{{op.x, op.y}, {op.y, op.x}} {
		if dx := t.cleared(side[0]); dx != nil {
			vec.MulAdd(dx, op.out.grad, side[1].Value)
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
	vec.ScaleTo(op.out.Value, s, x.Value)
	t.record(op)
	return op.out
}

func (op *scaling) output() *Var { return op.out }

func (op *scaling) backward(t *Tape) {
	vec.Axpy(op.s, op.out.grad, t.cleared(op.x))
}
