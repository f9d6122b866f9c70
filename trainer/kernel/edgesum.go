package kernel

import (
	"fmt"

	"trailblazer/trainer/kernel/vec"
)

// edgeSum is the sum of what comes over edges.
type edgeSum struct {
	// source says for each edge which of xs it comes from; nil for the first.
	xs               []*Var
	source, from, to []int32
	out              *Var
}

// IndexAdd adds rows of x to rows of a matrix that starts at 0, in the order of
// e: result[to[e]] += x[from[e]].
func (t *Tape) IndexAdd(x *Var, from, to []int32, rows int) *Var {
	if len(from) != len(to) {
		panic(fmt.Sprintf("kernel: IndexAdd from %d rows to %d", len(from), len(to)))
	}
	op := t.edgeSums.take(t)
	*op = edgeSum{append(op.xs[:0], x), nil, from, to, t.result(rows, x.Cols, x.learns)}
	return op.forward(t)
}

// sumEdges adds up the messages that reach each node of a level.
func (t *Tape) sumEdges(messages []*Var, l *level) *Var {
	cols, learns := 0, false
	for _, m := range messages {
		if m != nil {
			cols, learns = m.Cols, learns || m.learns
		}
	}
	op := t.edgeSums.take(t)
	*op = edgeSum{append(op.xs[:0], messages...), l.source, l.from, l.to, t.result(len(l.nodes), cols, learns)}
	return op.forward(t)
}

func (op *edgeSum) forward(t *Tape) *Var {
	clear(op.out.Value)
	for e := range op.to {
		vec.Add(op.out.Row(int(op.to[e])), op.x(e).Row(int(op.from[e])))
	}
	t.record(op)
	return op.out
}

// x is where edge e comes from.
func (op *edgeSum) x(e int) *Var {
	if op.source == nil {
		return op.xs[0]
	}
	return op.xs[op.source[e]]
}

func (op *edgeSum) output() *Var { return op.out }

func (op *edgeSum) backward(t *Tape) {
	for _, x := range op.xs {
		if x != nil {
			t.cleared(x)
		}
	}
	cols := op.out.Cols
	for e := range op.to {
		x := op.x(e)
		if !x.learns {
			continue
		}
		vec.Add(x.grad[int(op.from[e])*cols:][:cols], op.out.grad[int(op.to[e])*cols:])
	}
}
