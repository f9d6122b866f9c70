package kernel

import (
	"fmt"

	"trailblazer/trainer/kernel/vec"
)

// dropout is x with some numbers set to 0.
type dropout struct {
	x, out *Var
	keep   float32
	seed   uint64
	rows   cut
	in     sink
}

// Dropout sets each number to 0 with the probability p and divides the others
// by 1−p (Srivastava et al., "Dropout", 2014); in Eval it does nothing. Which
// ones depends on the seed of Begin, on how many dropouts came before and on
// the place in x, and on nothing else.
func (t *Tape) Dropout(x *Var, p float32) *Var {
	if !(p >= 0 && p < 1) {
		panic(fmt.Sprintf("kernel: a dropout of %v; give one from 0 up to, not including, 1", p))
	}
	if t.mode == Eval || p == 0 {
		return x
	}
	op := t.dropouts.take(t)
	*op = dropout{x: x, out: t.result(x.Rows, x.Cols, x.learns), keep: 1 - p, seed: t.nextSeed(), rows: cutRows(x.Rows, x.Cols)}
	t.gang.run(op.rows.pieces(), (*dropoutForward)(op))
	t.record(op)
	return op.out
}

type dropoutForward dropout

func (op *dropoutForward) piece(i, _ int) {
	low, high := op.rows.bounds(i)
	low, high = low*op.x.Cols, high*op.x.Cols
	vec.Dropout(op.out.Value[low:high], op.x.Value[low:high], op.seed, low, op.keep)
}

func (op *dropout) output() *Var { return op.out }

func (op *dropout) backward(t *Tape) {
	op.in = t.sink(op.x)
	t.gang.run(op.rows.pieces(), (*dropoutBackward)(op))
}

type dropoutBackward dropout

func (op *dropoutBackward) piece(i, _ int) {
	low, high := op.rows.bounds(i)
	low, high = low*op.x.Cols, high*op.x.Cols
	vec.DropoutBackward(op.in.part(low, high), op.out.grad[low:high], op.seed, low, op.keep)
}
