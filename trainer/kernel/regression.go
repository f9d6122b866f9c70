package kernel

import (
	"fmt"
	"math"
)

// regression is a loss of differences.
type regression struct {
	x, out  *Var
	targets []float32
	weights rowWeights
	// limit is where Huber's loss becomes linear; infinite for squares.
	limit float32
}

// SquaredError is the sum over rows of weight·(mean over columns of
// (x−target)²): targets are rows × cols; without weights the rows count
// equally, to the sum 1.
func (t *Tape) SquaredError(x *Var, targets, weights []float32) *Var {
	return t.regression(x, targets, weights, float32(math.Inf(1)))
}

// Huber is SquaredError up to a difference of limit, and from there on goes on
// as a straight line: limit·(2·|x−target|−limit). It is twice the loss of Huber,
// "Robust Estimation of a Location Parameter" (1964), so that both agree near 0.
func (t *Tape) Huber(x *Var, targets, weights []float32, limit float32) *Var {
	return t.regression(x, targets, weights, limit)
}

func (t *Tape) regression(x *Var, targets, weights []float32, limit float32) *Var {
	if len(targets) != len(x.Value) || weights != nil && len(weights) != x.Rows || !(limit > 0) {
		panic(fmt.Sprintf("kernel: a loss of %d×%d with %d targets, %d weights and the limit %v", x.Rows, x.Cols, len(targets), len(weights), limit))
	}
	op := t.regressions.take(t)
	*op = regression{x, t.result(1, 1, x.learns), targets, newRowWeights(weights, nil, x.Rows), limit}
	loss := 0.0
	for r := range x.Rows {
		weight := float64(op.weights.at(r))
		if weight == 0 {
			continue
		}
		sum := 0.0
		for j, v := range x.Row(r) {
			d := math.Abs(float64(v - targets[r*x.Cols+j]))
			if d > float64(limit) {
				sum += float64(limit) * (2*d - float64(limit))
			} else {
				sum += d * d
			}
		}
		loss += weight * sum / float64(x.Cols)
	}
	op.out.Value[0] = float32(loss)
	t.record(op)
	return op.out
}

func (op *regression) output() *Var { return op.out }

func (op *regression) backward(t *Tape) {
	dx, cols := t.cleared(op.x), op.x.Cols
	for r := range op.x.Rows {
		weight := op.weights.at(r) * op.out.grad[0] * 2 / float32(cols)
		if weight == 0 {
			continue
		}
		for j, v := range op.x.Row(r) {
			d := v - op.targets[r*cols+j]
			dx[r*cols+j] += weight * min(max(d, -op.limit), op.limit)
		}
	}
}
