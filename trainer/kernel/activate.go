package kernel

import (
	"fmt"
	"strconv"
	"strings"

	"trailblazer/trainer/kernel/vec"
)

// Activation names a function of single numbers: "gelu" (with the error
// function; Hendrycks and Gimpel, "Gaussian Error Linear Units", 2016),
// "gelu-tanh" (their approximation, GPT-2's), "relu", "silu", "tanh", or
// "leaky-relu:0.01" with the slope below 0.
type Activation string

// activationKind is a parsed Activation.
type activationKind uint8

const (
	gelu activationKind = iota
	geluTanh
	relu
	silu
	leakyReLU
	tanh
)

// Valid reports whether a names a function.
func (a Activation) Valid() bool {
	_, _, ok := a.parse()
	return ok
}

func (a Activation) parse() (kind activationKind, slope float32, ok bool) {
	switch a {
	case "gelu":
		return gelu, 0, true
	case "gelu-tanh":
		return geluTanh, 0, true
	case "relu":
		return relu, 0, true
	case "silu":
		return silu, 0, true
	case "tanh":
		return tanh, 0, true
	}
	text, found := strings.CutPrefix(string(a), "leaky-relu:")
	value, err := strconv.ParseFloat(text, 32)
	return leakyReLU, float32(value), found && err == nil && value >= 0 && value < 1
}

// activation is a function of every number.
type activation struct {
	x, out *Var
	kind   activationKind
	slope  float32
	rows   cut
	in     sink
}

// Activate applies a to every number. It panics where a is not valid.
func (t *Tape) Activate(x *Var, a Activation) *Var {
	kind, slope, ok := a.parse()
	if !ok {
		panic(fmt.Sprintf("kernel: there is no activation %q", a))
	}
	op := t.activations.take(t)
	*op = activation{x: x, out: t.result(x.Rows, x.Cols, x.learns), kind: kind, slope: slope, rows: cutRows(x.Rows, x.Cols)}
	t.gang.run(op.rows.pieces(), (*activationForward)(op))
	t.record(op)
	return op.out
}

type activationForward activation

func (op *activationForward) piece(i, _ int) {
	low, high := op.rows.bounds(i)
	y, x := op.out.Value[low*op.x.Cols:high*op.x.Cols], op.x.Value[low*op.x.Cols:]
	switch op.kind {
	case gelu:
		vec.GELU(y, x)
	case geluTanh:
		vec.GELUTanh(y, x)
	case relu:
		vec.ReLU(y, x)
	case silu:
		vec.SiLU(y, x)
	case leakyReLU:
		vec.LeakyReLU(y, x, op.slope)
	case tanh:
		vec.Tanh(y, x)
	}
}

func (op *activation) output() *Var { return op.out }

func (op *activation) backward(t *Tape) {
	op.in = t.sink(op.x)
	t.gang.run(op.rows.pieces(), (*activationBackward)(op))
}

type activationBackward activation

func (op *activationBackward) piece(i, _ int) {
	low, high := op.rows.bounds(i)
	low, high = low*op.x.Cols, high*op.x.Cols
	dx, dy, x := op.in.part(low, high), op.out.grad[low:high], op.x.Value[low:high]
	switch op.kind {
	case gelu:
		vec.GELUBackward(dx, dy, x)
	case geluTanh:
		vec.GELUTanhBackward(dx, dy, x)
	case relu:
		vec.ReLUBackward(dx, dy, x)
	case silu:
		vec.SiLUBackward(dx, dy, x)
	case leakyReLU:
		vec.LeakyReLUBackward(dx, dy, x, op.slope)
	case tanh:
		vec.TanhBackward(dx, dy, x)
	}
}

// gatedUnit is silu(gate)·up.
type gatedUnit struct {
	x, out *Var
	rows   cut
	in     sink
}

// SwiGLU multiplies the SiLU of the first half of x's columns, the gate, with
// the second half (Shazeer, "GLU Variants Improve Transformer", 2020).
func (t *Tape) SwiGLU(x *Var) *Var {
	if x.Cols%2 != 0 {
		panic(fmt.Sprintf("kernel: SwiGLU of %d columns; gate and up need an even number", x.Cols))
	}
	op := t.gatedUnits.take(t)
	*op = gatedUnit{x: x, out: t.result(x.Rows, x.Cols/2, x.learns), rows: cutRows(x.Rows, x.Cols)}
	t.gang.run(op.rows.pieces(), (*gatedForward)(op))
	t.record(op)
	return op.out
}

type gatedForward gatedUnit

func (op *gatedForward) piece(i, _ int) {
	low, high := op.rows.bounds(i)
	half := op.out.Cols
	for r := low; r < high; r++ {
		x, y := op.x.Row(r), op.out.Row(r)
		vec.SwiGLU(y, x[:half], x[half:])
	}
}

func (op *gatedUnit) output() *Var { return op.out }

func (op *gatedUnit) backward(t *Tape) {
	op.in = t.sink(op.x)
	t.gang.run(op.rows.pieces(), (*gatedBackward)(op))
}

type gatedBackward gatedUnit

func (op *gatedBackward) piece(i, _ int) {
	low, high := op.rows.bounds(i)
	half, cols := op.out.Cols, op.x.Cols
	for r := low; r < high; r++ {
		x, dy := op.x.Row(r), op.out.grad[r*half:(r+1)*half]
		dx := op.in.part(r*cols, (r+1)*cols)
		vec.SwiGLUBackward(dx[:half], dx[half:], dy, x[:half], x[half:])
	}
}
