package kernel

import (
	"fmt"

	"trailblazer/trainer/kernel/vec"
)

// norm is a layer norm, or a root-mean-square norm where bias is nil.
type norm struct {
	x, out       *Var
	gain, bias   *Param
	eps          float32
	mean, scale  []float32 // of each row; the scale is 1/deviation
	rows         cut
	in           sink
	dgain, dbias []float32 // sums of each piece; nil where not wanted
}

// LayerNorm brings each row of x to mean 0 and variance 1, and scales and
// shifts it by columns: (x − mean)/√(variance + eps)·gain + bias (Ba, Kiros and
// Hinton, "Layer Normalization", 2016). gain and bias are [cols].
func (t *Tape) LayerNorm(x *Var, gain, bias *Param, eps float32) *Var {
	if len(bias.Value) != x.Cols {
		panic(fmt.Sprintf("kernel: LayerNorm of %d columns by %q %v", x.Cols, bias.Name, bias.Shape))
	}
	return t.norm(x, gain, bias, eps)
}

// RMSNorm divides each row of x by its root mean square, and scales it by
// columns: x/√(mean of squares + eps)·gain (Zhang and Sennrich, "Root Mean
// Square Layer Normalization", 2019). gain is [cols].
func (t *Tape) RMSNorm(x *Var, gain *Param, eps float32) *Var {
	return t.norm(x, gain, nil, eps)
}

func (t *Tape) norm(x *Var, gain, bias *Param, eps float32) *Var {
	if len(gain.Value) != x.Cols {
		panic(fmt.Sprintf("kernel: a norm of %d columns by %q %v", x.Cols, gain.Name, gain.Shape))
	}
	op := t.norms.take(t)
	*op = norm{x: x, gain: gain, bias: bias, eps: eps, rows: cutRows(x.Rows, x.Cols)}
	op.out = t.result(x.Rows, x.Cols, x.learns || gain.learns() || bias.learns())
	op.mean, op.scale = t.memory.take(x.Rows), t.memory.take(x.Rows)
	t.gang.run(op.rows.pieces(), (*normForward)(op))
	t.record(op)
	return op.out
}

type normForward norm

func (op *normForward) piece(i, _ int) {
	low, high := op.rows.bounds(i)
	cols := op.x.Cols
	x, y := op.x.Value[low*cols:high*cols], op.out.Value[low*cols:high*cols]
	if op.bias == nil {
		vec.RMSNorm(y, op.scale[low:high], x, op.gain.Value, op.eps)
		return
	}
	vec.LayerNorm(y, op.mean[low:high], op.scale[low:high], x, op.gain.Value, op.bias.Value, op.eps)
}

func (op *norm) output() *Var { return op.out }

func (op *norm) backward(t *Tape) {
	pieces := op.rows.pieces()
	op.dgain, op.dbias = op.partial(t, op.gain), op.partial(t, op.bias)
	op.in = t.sink(op.x)
	t.gang.run(pieces, (*normBackward)(op))
	op.collect(t, op.gain, op.dgain)
	op.collect(t, op.bias, op.dbias)
}

// partial is memory for the sums of each piece.
func (op *norm) partial(t *Tape, p *Param) []float32 {
	if !p.learns() {
		return nil
	}
	return t.memory.take(op.rows.pieces() * op.x.Cols)
}

// collect adds the sums of pieces, in their order.
func (op *norm) collect(t *Tape, p *Param, partial []float32) {
	if partial == nil {
		return
	}
	vec.ColumnSums(p.gradient(), partial, op.rows.pieces(), op.x.Cols)
	t.memory.put(partial)
}

type normBackward norm

func (op *normBackward) piece(i, _ int) {
	low, high := op.rows.bounds(i)
	cols := op.x.Cols
	var dx, dgain, dbias []float32
	if op.in.grad != nil {
		dx = op.in.part(low*cols, high*cols)
	}
	if op.dgain != nil {
		dgain = op.dgain[i*cols : (i+1)*cols]
		clear(dgain)
	}
	if op.dbias != nil {
		dbias = op.dbias[i*cols : (i+1)*cols]
		clear(dbias)
	}
	dy, x := op.out.grad[low*cols:high*cols], op.x.Value[low*cols:high*cols]
	if op.bias == nil {
		vec.RMSNormBackward(dx, dgain, dy, x, op.scale[low:high], op.gain.Value)
		return
	}
	vec.LayerNormBackward(dx, dgain, dbias, dy, x, op.mean[low:high], op.scale[low:high], op.gain.Value)
}
