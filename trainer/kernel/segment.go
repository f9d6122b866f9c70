package kernel

import (
	"fmt"

	"trailblazer/trainer/kernel/vec"
)

// segmentSum is the sum, or mean, of each segment's rows.
type segmentSum struct {
	x, out  *Var
	offsets []int32
	mean    bool
}

// SegmentSum adds the rows of each segment: row i of the result is the sum of
// x's rows from offsets[i] up to, not including, offsets[i+1].
func (t *Tape) SegmentSum(x *Var, offsets []int32) *Var { return t.segmentSum(x, offsets, false) }

// SegmentMean is SegmentSum over the number of rows; 0 where there are none.
func (t *Tape) SegmentMean(x *Var, offsets []int32) *Var { return t.segmentSum(x, offsets, true) }

func (t *Tape) segmentSum(x *Var, offsets []int32, mean bool) *Var {
	checkOffsets(offsets, x.Rows)
	op := t.segmentSums.take(t)
	*op = segmentSum{x, t.result(len(offsets)-1, x.Cols, x.learns), offsets, mean}
	clear(op.out.Value)
	for i := range op.out.Rows {
		y, share := op.out.Row(i), op.share(i)
		for r := offsets[i]; r < offsets[i+1]; r++ {
			vec.Axpy(share, x.Row(int(r)), y)
		}
	}
	t.record(op)
	return op.out
}

// share is what a row of segment i counts.
func (op *segmentSum) share(i int) float32 {
	if op.mean {
		return 1 / float32(op.offsets[i+1]-op.offsets[i])
	}
	return 1
}

func (op *segmentSum) output() *Var { return op.out }

func (op *segmentSum) backward(t *Tape) {
	dx, cols := t.cleared(op.x), op.x.Cols
	for i := range op.out.Rows {
		dy, share := op.out.grad[i*cols:(i+1)*cols], op.share(i)
		for r := int(op.offsets[i]); r < int(op.offsets[i+1]); r++ {
			vec.Axpy(share, dy, dx[r*cols:(r+1)*cols])
		}
	}
}

// spread is each row several times.
type spread struct {
	x, out  *Var
	offsets []int32
}

// Spread is the other way round: row i of x becomes the result's rows from
// offsets[i] up to, not including, offsets[i+1].
func (t *Tape) Spread(x *Var, offsets []int32) *Var {
	if len(offsets) != x.Rows+1 {
		panic(fmt.Sprintf("kernel: %d offsets for %d rows", len(offsets), x.Rows))
	}
	rows := int(offsets[x.Rows])
	checkOffsets(offsets, rows)
	op := t.spreads.take(t)
	*op = spread{x, t.result(rows, x.Cols, x.learns), offsets}
	for i := range x.Rows {
		for r := offsets[i]; r < offsets[i+1]; r++ {
			copy(op.out.Row(int(r)), x.Row(i))
		}
	}
	t.record(op)
	return op.out
}

func (op *spread) output() *Var { return op.out }

func (op *spread) backward(t *Tape) {
	dx, cols := t.cleared(op.x), op.x.Cols
	for i := range op.x.Rows {
		row := dx[i*cols : (i+1)*cols]
		for r := int(op.offsets[i]); r < int(op.offsets[i+1]); r++ {
			vec.Add(row, op.out.grad[r*cols:])
		}
	}
}

// checkOffsets panics unless the offsets go from 0 up to rows.
func checkOffsets(offsets []int32, rows int) {
	if len(offsets) == 0 || offsets[0] != 0 || int(offsets[len(offsets)-1]) != rows {
		panic(fmt.Sprintf("kernel: %d offsets %v… do not go from 0 to %d", len(offsets), offsets[:min(4, len(offsets))], rows))
	}
	for i := range offsets[1:] {
		if offsets[i] > offsets[i+1] {
			panic(fmt.Sprintf("kernel: offset %d is %d, below the %d before it", i+1, offsets[i+1], offsets[i]))
		}
	}
}
