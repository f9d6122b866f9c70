package kernel

import "trailblazer/trainer/kernel/vec"

// matrixPieceRows is how many rows of a product one piece computes: many enough
// that what is packed for the piece pays off.
const matrixPieceRows = 256

// gradientPieceRows is over how many rows of x one piece of a weight's gradient
// is summed.
const gradientPieceRows = 1024

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
	// partial is the sums of pieces where there are several: of each dw and db.
	partial []float32
	in      sink
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
	if op.dw != nil || op.db != nil {
		op.params()
	}
	if op.x.learns {
		op.in = op.t.sink(op.x)
		op.t.gang.run(op.rows().pieces(), (*affineInput)(op))
	}
}

// params adds dw = scale·dyᵀ·x, and db, the sums of dy's columns.
func (op *affine) params() {
	pieces := op.paramRows().pieces()
	if pieces <= 1 {
		op.addParams(0, op.x.Rows, op.dw, op.db, 1)
		return
	}
	op.partial = op.t.memory.take(pieces * (len(op.dw) + len(op.db)))
	op.t.gang.run(pieces, (*affineParams)(op))
	op.t.gang.run(cutRows(len(op.dw)+len(op.db), pieces).pieces(), (*affineCollect)(op))
	op.t.memory.put(op.partial)
}

func (op *affine) paramRows() cut { return cut{op.x.Rows, gradientPieceRows} }

// addParams adds what some rows of x and dy give; with a beta of 0 it writes it.
func (op *affine) addParams(low, high int, dw, db []float32, beta float32) {
	k := op.x.Cols
	if low == high {
		return
	}
	dy := op.dy[low*op.stride+op.column:]
	if dw != nil {
		op.t.compute.backend.Multiply(true, false, op.outWidth, k, high-low, op.scale, dy, op.stride, op.x.Value[low*k:], k, beta, dw, k)
	}
	if db != nil {
		if beta == 0 {
			clear(db)
		}
		for r := range high - low {
			vec.Add(db, dy[r*op.stride:])
		}
	}
}

// affineParams computes the sums of one piece.
type affineParams affine

func (op *affineParams) piece(i, _ int) {
	full, size := (*affine)(op), len(op.dw)+len(op.db)
	low, high := full.paramRows().bounds(i)
	sums := op.partial[i*size : (i+1)*size]
	var dw, db []float32
	if op.dw != nil {
		dw = sums[:len(op.dw)]
	}
	if op.db != nil {
		db = sums[len(op.dw):]
	}
	full.addParams(low, high, dw, db, 0)
}

// affineCollect adds the sums of pieces, in their order, to some numbers of dw
// and db.
type affineCollect affine

func (op *affineCollect) piece(i, _ int) {
	pieces, size := (*affine)(op).paramRows().pieces(), len(op.dw)+len(op.db)
	low, high := cutRows(size, pieces).bounds(i)
	for p := range pieces {
		sums := op.partial[p*size:][:size]
		if low < len(op.dw) {
			to := op.dw[low:min(high, len(op.dw))]
			vec.Add(to, sums[low:])
		}
		if from := max(low, len(op.dw)); from < high {
			vec.Add(op.db[from-len(op.dw):high-len(op.dw)], sums[from:])
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
