package kernel

import "fmt"

// matrixPieceRows is how many rows of a product one piece computes: many enough
// that what is packed for the piece pays off.
const matrixPieceRows = 256

// gradientPieceRows is how many rows of a weight's gradient one piece computes.
const gradientPieceRows = 64

// linear is y = x·wᵀ + b.
type linear struct {
	t         *Tape
	x, out    *Var
	w, b      *Param
	in        sink
	dw, db    []float32
	inWidth   int
	outWidth  int
	rowPieces cut
}

// Linear computes x·wᵀ + b: x is rows × in, w [out, in], b [out] or nil.
func (t *Tape) Linear(x *Var, w, b *Param) *Var {
	outWidth, inWidth := w.matrix()
	if x.Cols != inWidth || b != nil && len(b.Value) != outWidth {
		panic(fmt.Sprintf("kernel: Linear of %d columns by %q %v", x.Cols, w.Name, w.Shape))
	}
	op := t.linears.take(t)
	*op = linear{t: t, x: x, w: w, b: b, inWidth: inWidth, outWidth: outWidth, rowPieces: cut{x.Rows, matrixPieceRows}}
	op.out = t.result(x.Rows, outWidth, x.learns || !w.Frozen || b != nil && !b.Frozen)
	t.gang.run(op.rowPieces.pieces(), (*linearForward)(op))
	t.record(op)
	return op.out
}

// matrix is the shape of a param of two dimensions.
func (p *Param) matrix() (rows, cols int) {
	if len(p.Shape) != 2 {
		panic(fmt.Sprintf("kernel: param %q %v is no matrix", p.Name, p.Shape))
	}
	return p.Shape[0], p.Shape[1]
}

type linearForward linear

func (op *linearForward) piece(i, _ int) {
	low, high := op.rowPieces.bounds(i)
	n, k := op.outWidth, op.inWidth
	y := op.out.Value[low*n : high*n]
	op.t.compute.backend.Multiply(false, true, high-low, n, k, 1, op.x.Value[low*k:high*k], k, op.w.Value, k, 0, y, n)
	if op.b == nil {
		return
	}
	for len(y) > 0 {
		for j, b := range op.b.Value {
			y[j] += b
		}
		y = y[n:]
	}
}

func (op *linear) output() *Var { return op.out }

func (op *linear) backward(t *Tape) {
	if !op.w.Frozen {
		op.dw = op.w.gradient()
	}
	if op.b != nil && !op.b.Frozen {
		op.db = op.b.gradient()
	}
	if op.dw != nil || op.db != nil {
		t.gang.run(cut{op.outWidth, gradientPieceRows}.pieces(), (*linearParams)(op))
	}
	if op.x.learns {
		op.in = t.sink(op.x)
		t.gang.run(op.rowPieces.pieces(), (*linearInput)(op))
	}
}

// linearParams computes dw = dyᵀ·x and db, the sums of dy's columns, for some
// rows of w.
type linearParams linear

func (op *linearParams) piece(i, _ int) {
	low, high := cut{op.outWidth, gradientPieceRows}.bounds(i)
	dy, rows, n, k := op.out.grad, op.x.Rows, op.outWidth, op.inWidth
	if op.dw != nil && rows > 0 {
		op.t.compute.backend.Multiply(true, false, high-low, k, rows, 1, dy[low:], n, op.x.Value, k, 1, op.dw[low*k:high*k], k)
	}
	if op.db != nil {
		for r := range rows {
			for j := low; j < high; j++ {
				op.db[j] += dy[r*n+j]
			}
		}
	}
}

// linearInput computes dx = dy·w.
type linearInput linear

func (op *linearInput) piece(i, _ int) {
	low, high := op.rowPieces.bounds(i)
	n, k := op.outWidth, op.inWidth
	op.t.compute.backend.Multiply(false, false, high-low, k, n, 1, op.out.grad[low*n:high*n], n, op.w.Value, k, op.in.beta(), op.in.grad[low*k:high*k], k)
}
