package kernel

import "fmt"

// gather is chosen rows.
type gather struct {
	x, out *Var
	rows   []int32
}

// Gather chooses rows: row i of the result is row rows[i] of x.
func (t *Tape) Gather(x *Var, rows []int32) *Var {
	op := t.gathers.take(t)
	*op = gather{x, t.result(len(rows), x.Cols, x.learns), rows}
	for i, row := range rows {
		copy(op.out.Row(i), x.Row(int(row)))
	}
	t.record(op)
	return op.out
}

func (op *gather) output() *Var { return op.out }

func (op *gather) backward(t *Tape) {
	addRows(t.cleared(op.x), op.out.grad, op.x.Cols, nil, op.rows)
}

// Part is rows of a matrix that is put together by Assemble.
type Part struct {
	X *Var
	// Rows says for each row of X where it goes.
	Rows []int32
}

// assembly is a matrix put together from rows.
type assembly struct {
	parts []Part
	out   *Var
}

// Assemble puts a matrix of some rows together: row Rows[i] of the result is
// row i of X. A row comes from at most one part; those that come from none are
// 0. There is at least one part, and all have equally many columns.
func (t *Tape) Assemble(rows int, parts ...Part) *Var {
	cols, learns, given := parts[0].X.Cols, false, 0
	for _, p := range parts {
		if p.X.Cols != cols || p.X.Rows != len(p.Rows) {
			panic(fmt.Sprintf("kernel: Assemble of %d columns from %d×%d to %d rows", cols, p.X.Rows, p.X.Cols, len(p.Rows)))
		}
		learns = learns || p.X.learns
		given += p.X.Rows
	}
	op := t.assemblies.take(t)
	*op = assembly{append(op.parts[:0], parts...), t.result(rows, cols, learns)}
	if given < rows {
		clear(op.out.Value)
	}
	for _, p := range parts {
		for i, row := range p.Rows {
			copy(op.out.Row(int(row)), p.X.Row(i))
		}
	}
	t.record(op)
	return op.out
}

func (op *assembly) output() *Var { return op.out }

func (op *assembly) backward(t *Tape) {
	for _, p := range op.parts {
		if p.X.learns {
			addRows(t.cleared(p.X), op.out.grad, p.X.Cols, p.Rows, nil)
		}
	}
}
