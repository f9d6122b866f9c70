package kernel

import "fmt"

// addLinear is y with scale·x·wᵀ added to some columns.
type addLinear struct {
	t           *Tape
	y, x, out   *Var
	w           *Param
	column      int
	scale       float32
	in          sink
	dw          []float32
	inWidth     int
	outWidth    int
	rowPieces   cut
	paramPieces cut
}

// AddLinear computes y plus scale·x·wᵀ on the columns from column up to, not
// including, column+out: x is rows × in, w [out, in]. It is the second half of
// a low-rank adapter on part of a fused projection (Hu et al., "LoRA: Low-Rank
// Adaptation of Large Language Models", 2021).
func (t *Tape) AddLinear(y, x *Var, w *Param, column int, scale float32) *Var {
	outWidth, inWidth := w.matrix()
	if x.Cols != inWidth || x.Rows != y.Rows || column < 0 || column+outWidth > y.Cols {
		panic(fmt.Sprintf("kernel: AddLinear of %d×%d by %q %v to column %d of %d×%d", x.Rows, x.Cols, w.Name, w.Shape, column, y.Rows, y.Cols))
	}
	op := t.addLinears.take(t)
	*op = addLinear{t: t, y: y, x: x, w: w, column: column, scale: scale, inWidth: inWidth, outWidth: outWidth,
		rowPieces: cut{x.Rows, matrixPieceRows}, paramPieces: cut{outWidth, gradientPieceRows}}
	op.out = t.result(y.Rows, y.Cols, y.learns || x.learns || !w.Frozen)
	t.gang.run(op.rowPieces.pieces(), (*addLinearForward)(op))
	t.record(op)
	return op.out
}

type addLinearForward addLinear

func (op *addLinearForward) piece(i, _ int) {
	low, high := op.rowPieces.bounds(i)
	n, k := op.out.Cols, op.inWidth
	copy(op.out.Value[low*n:high*n], op.y.Value[low*n:high*n])
	op.t.compute.backend.Multiply(false, true, high-low, op.outWidth, k, op.scale, op.x.Value[low*k:high*k], k, op.w.Value, k, 1, op.out.Value[low*n+op.column:high*n], n)
}

func (op *addLinear) output() *Var { return op.out }

func (op *addLinear) backward(t *Tape) {
	if !op.w.Frozen && op.x.Rows > 0 {
		op.dw = op.w.gradient()
		t.gang.run(op.paramPieces.pieces(), (*addLinearParam)(op))
	}
	if op.x.learns {
		op.in = t.sink(op.x)
		t.gang.run(op.rowPieces.pieces(), (*addLinearInput)(op))
	}
	t.pass(op.out, op.y, true)
}

type addLinearParam addLinear

func (op *addLinearParam) piece(i, _ int) {
	low, high := op.paramPieces.bounds(i)
	k := op.inWidth
	op.t.compute.backend.Multiply(true, false, high-low, k, op.x.Rows, op.scale, op.out.grad[op.column+low:], op.out.Cols, op.x.Value, k, 1, op.dw[low*k:high*k], k)
}

type addLinearInput addLinear

func (op *addLinearInput) piece(i, _ int) {
	low, high := op.rowPieces.bounds(i)
	n, k := op.out.Cols, op.inWidth
	op.t.compute.backend.Multiply(false, false, high-low, k, op.outWidth, op.scale, op.out.grad[low*n+op.column:high*n], n, op.w.Value, k, op.in.beta(), op.in.grad[low*k:high*k], k)
}
