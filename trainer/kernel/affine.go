package kernel

import "trailblazer/trainer/kernel/vec"

// matrixPieceRows is how many rows of a product one piece computes: many enough
// that what is packed for the piece pays off.
const matrixPieceRows = 256

// gradientPieceRows is how many rows of a weight's gradient one piece computes.
const gradientPieceRows = 64

// affine is columns of y = scale·x·wᵀ + b: what Linear, AddLinear and Conv1D
// have in common.
type affine struct {
	t *Tape
	x *Var
	// w is outWidth × x.Cols, b of outWidth numbers or nil.
	w, b     []float32
	outWidth int
	scale    float32
	// y holds rows stride apart, the first of which begins at column; dy is its
	// gradient.
	y, dy          []float32
	stride, column int
	// keep says that the product is added to what y holds.
	keep bool

	dw, db []float32 // nil where not wanted
	in     sink
}

func (op *affine) rows() cut { return cut{op.x.Rows, matrixPieceRows} }

func (op *affine) forward() { op.t.gang.run(op.rows().pieces(), (*affineForward)(op)) }

type affineForward affine

func (op *affineForward) piece(i, _ int) {
	low, high := (*affine)(op).rows().bounds(i)
	n, k := op.outWidth, op.x.Cols
	y := op.y[low*op.stride+op.column:]
	beta := float32(0)
	if op.keep {
		beta = 1
	}
	op.t.compute.backend.Multiply(false, true, high-low, n, k, op.scale, op.x.Value[low*k:high*k], k, op.w, k, beta, y, op.stride)
	if op.b != nil {
		for r := range high - low {
			vec.Add(y[r*op.stride:][:n], op.b)
		}
	}
}

// backward adds to dw and db where they are not nil, and to the gradient of x.
func (op *affine) backward() {
	if (op.dw != nil || op.db != nil) && op.x.Rows > 0 {
		op.t.gang.run(cut{op.outWidth, gradientPieceRows}.pieces(), (*affineParams)(op))
	}
	if op.x.learns {
		op.in = op.t.sink(op.x)
		op.t.gang.run(op.rows().pieces(), (*affineInput)(op))
	}
}

// affineParams computes dw = scale·dyᵀ·x and db, the sums of dy's columns, for
// some rows of w.
type affineParams affine

func (op *affineParams) piece(i, _ int) {
	low, high := cut{op.outWidth, gradientPieceRows}.bounds(i)
	k := op.x.Cols
	dy := op.dy[op.column+low:]
	if op.dw != nil {
		op.t.compute.backend.Multiply(true, false, high-low, k, op.x.Rows, op.scale, dy, op.stride, op.x.Value, k, 1, op.dw[low*k:high*k], k)
	}
	if op.db != nil {
		db := op.db[low:high]
		for r := range op.x.Rows {
			vec.Add(db, dy[r*op.stride:])
		}
	}
}

// affineInput computes dx = scale·dy·w.
type affineInput affine

func (op *affineInput) piece(i, _ int) {
	low, high := (*affine)(op).rows().bounds(i)
	k := op.x.Cols
	op.t.compute.backend.Multiply(false, false, high-low, k, op.outWidth, op.scale, op.dy[low*op.stride+op.column:], op.stride, op.w, k, op.in.beta(), op.in.grad[low*k:high*k], k)
}
