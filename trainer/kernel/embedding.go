package kernel

import "trailblazer/trainer/kernel/vec"

// embedding is rows of a table.
type embedding struct {
	table *Param
	rows  []int32
	out   *Var
}

// Embedding looks up rows of a table of the shape [n, width]: row i of the
// result is row rows[i] of the table.
func (t *Tape) Embedding(table *Param, rows []int32) *Var {
	n, width := table.matrix()
	op := t.embeddings.take(t)
	*op = embedding{table, rows, t.result(len(rows), width, table.learns())}
	for i, row := range rows {
		if row < 0 || int(row) >= n {
			t.fail("row %d of the %d of %q was looked up", row, n, table.Name)
			row = 0
		}
		copy(op.out.Row(i), table.Value[int(row)*width:])
	}
	t.record(op)
	return op.out
}

func (op *embedding) output() *Var { return op.out }

func (op *embedding) backward(t *Tape) {
	if t.err != nil {
		return
	}
	addRows(op.table.gradient(), op.out.grad, op.out.Cols, nil, op.rows)
}

// addRows adds row from[i] of x to row to[i] of y, in the order of i. Where from
// or to is nil, it counts up.
func addRows(y, x []float32, cols int, from, to []int32) {
	for i := range max(len(from), len(to)) {
		source, target := i, i
		if from != nil {
			source = int(from[i])
		}
		if to != nil {
			target = int(to[i])
		}
		vec.Add(y[target*cols:][:cols], x[source*cols:])
	}
}
