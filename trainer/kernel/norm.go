package kernel

import (
	"fmt"
	"math"
)

// norm is a layer norm, or a root-mean-square norm where bias is nil and there
// is no mean.
type norm struct {
	t            *Tape
	x, out       *Var
	gain, bias   *Param
	eps          float32
	mean, scale  []float32 // of each row; the scale is 1/deviation
	rows         cut
	in           sink
	dgain, dbias []float32 // partial sums of each piece
}

// LayerNorm brings each row of x to mean 0 and variance 1, and scales and
// shifts it by columns: (x − mean)/√(variance + eps)·gain + bias (Ba, Kiros and
// Hinton, "Layer Normalization", 2016). gain and bias are [cols].
func (t *Tape) LayerNorm(x *Var, gain, bias *Param, eps float32) *Var {
	return t.norm(x, gain, bias, eps)
}

// RMSNorm divides each row of x by its root mean square, and scales it by
// columns: x/√(mean of squares + eps)·gain (Zhang and Sennrich, "Root Mean
// Square Layer Normalization", 2019). gain is [cols].
func (t *Tape) RMSNorm(x *Var, gain *Param, eps float32) *Var {
	return t.norm(x, gain, nil, eps)
}

func (t *Tape) norm(x *Var, gain, bias *Param, eps float32) *Var {
	if len(gain.Value) != x.Cols || bias != nil && len(bias.Value) != x.Cols {
		panic(fmt.Sprintf("kernel: a norm of %d columns by %q %v", x.Cols, gain.Name, gain.Shape))
	}
	op := t.norms.take(t)
	*op = norm{t: t, x: x, gain: gain, bias: bias, eps: eps, rows: cutRows(x.Rows, x.Cols)}
	op.out = t.result(x.Rows, x.Cols, x.learns || !gain.Frozen || bias != nil && !bias.Frozen)
	op.mean, op.scale = t.memory.keep(x.Rows), t.memory.keep(x.Rows)
	t.gang.run(op.rows.pieces(), (*normForward)(op))
	t.record(op)
	return op.out
}

type normForward norm

func (op *normForward) piece(i, _ int) {
	low, high := op.rows.bounds(i)
	for r := low; r < high; r++ {
		x, y := op.x.Row(r), op.out.Row(r)
		mean := 0.0
		if op.bias != nil {
			for _, v := range x {
				mean += float64(v)
			}
			mean /= float64(len(x))
		}
		square := 0.0
		for _, v := range x {
			square += (float64(v) - mean) * (float64(v) - mean)
		}
		scale := float32(1 / math.Sqrt(square/float64(len(x))+float64(op.eps)))
		op.mean[r], op.scale[r] = float32(mean), scale
		for j, v := range x {
			y[j] = (v - float32(mean)) * scale * op.gain.Value[j]
			if op.bias != nil {
				y[j] += op.bias.Value[j]
			}
		}
	}
}

func (op *norm) output() *Var { return op.out }

func (op *norm) backward(t *Tape) {
	cols, pieces := op.x.Cols, op.rows.pieces()
	op.dgain, op.dbias = t.memory.take(pieces*cols), t.memory.take(pieces*cols)
	op.in = t.sink(op.x)
	t.gang.run(pieces, (*normBackward)(op))
	if !op.gain.Frozen {
		addRows(op.gain.gradient(), op.dgain, cols, nil, zeros(pieces))
	}
	if op.bias != nil && !op.bias.Frozen {
		addRows(op.bias.gradient(), op.dbias, cols, nil, zeros(pieces))
	}
	t.memory.put(op.dgain)
	t.memory.put(op.dbias)
}

func zeros(n int) []int32 { return make([]int32, n) }

type normBackward norm

func (op *normBackward) piece(i, _ int) {
	low, high := op.rows.bounds(i)
	cols := op.x.Cols
	dgain, dbias := op.dgain[i*cols:(i+1)*cols], op.dbias[i*cols:(i+1)*cols]
	clear(dgain)
	clear(dbias)
	for r := low; r < high; r++ {
		x, dy := op.x.Row(r), op.out.grad[r*cols:(r+1)*cols]
		mean, scale := op.mean[r], op.scale[r]
		var sum, product float64
		for j, d := range dy {
			hat := (x[j] - mean) * scale
			dgain[j] += d * hat
			dbias[j] += d
			sum += float64(d * op.gain.Value[j])
			product += float64(d * op.gain.Value[j] * hat)
		}
		if op.in.grad == nil {
			continue
		}
		if op.bias == nil {
			sum = 0
		}
		a, b := float32(sum/float64(cols)), float32(product/float64(cols))
		dx := op.in.part(r*cols, (r+1)*cols)
		for j, d := range dy {
			dx[j] += scale * (d*op.gain.Value[j] - a - (x[j]-mean)*scale*b)
		}
	}
}
