package kernel

import (
	"fmt"

	"trailblazer/trainer/kernel/vec"
)

// concat is matrices side by side.
type concat struct {
	xs  []*Var
	out *Var
}

// Concat puts matrices of equally many rows side by side; there is at least
// one.
func (t *Tape) Concat(xs ...*Var) *Var {
	cols, learns := 0, false
	for _, x := range xs {
		if x.Rows != xs[0].Rows {
			panic(fmt.Sprintf("kernel: Concat of %d and %d rows", xs[0].Rows, x.Rows))
		}
		cols += x.Cols
		learns = learns || x.learns
	}
	op := t.concats.take(t)
	*op = concat{append(op.xs[:0], xs...), t.result(xs[0].Rows, cols, learns)}
	at := 0
	for _, x := range xs {
		for r := range x.Rows {
			copy(op.out.Value[r*cols+at:], x.Row(r))
		}
		at += x.Cols
	}
	t.record(op)
	return op.out
}

func (op *concat) output() *Var { return op.out }

func (op *concat) backward(t *Tape) {
	at := 0
	for _, x := range op.xs {
		if s := t.sink(x); s.grad != nil {
			addColumns(s, x.Rows, x.Cols, op.out.grad[at:], op.out.Cols)
		}
		at += x.Cols
	}
}

// addColumns adds the first cols columns of dy, whose rows lie stride apart.
func addColumns(s sink, rows, cols int, dy []float32, stride int) {
	for r := range rows {
		from, to := dy[r*stride:r*stride+cols], s.grad[r*cols:(r+1)*cols]
		if s.fresh {
			copy(to, from)
			continue
		}
		vec.Add(to, from)
	}
}

// columnRange is some neighbouring columns.
type columnRange struct {
	x, out *Var
	low    int
}

// Columns is the columns of x from low up to, not including, high.
func (t *Tape) Columns(x *Var, low, high int) *Var {
	if low < 0 || high < low || high > x.Cols {
		panic(fmt.Sprintf("kernel: columns %d to %d of %d", low, high, x.Cols))
	}
	op := t.columnRanges.take(t)
	*op = columnRange{x, t.result(x.Rows, high-low, x.learns), low}
	for r := range x.Rows {
		copy(op.out.Row(r), x.Row(r)[low:high])
	}
	t.record(op)
	return op.out
}

func (op *columnRange) output() *Var { return op.out }

func (op *columnRange) backward(t *Tape) {
	dx, cols := t.cleared(op.x), op.out.Cols
	for r := range op.x.Rows {
		vec.Add(dx[r*op.x.Cols+op.low:][:cols], op.out.grad[r*cols:])
	}
}
