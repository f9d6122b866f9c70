package kernel

import (
	"fmt"
	"math"
	"strconv"
	"strings"
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
	for j := low * op.x.Cols; j < high*op.x.Cols; j++ {
		op.out.Value[j], _ = op.kind.at(op.x.Value[j], op.slope)
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
	dx := op.in.part(low, high)
	for j := low; j < high; j++ {
		_, slope := op.kind.at(op.x.Value[j], op.slope)
		dx[j-low] += slope * op.out.grad[j]
	}
}

// at is the function's value and derivative.
func (k activationKind) at(x32, slope float32) (value, derivative float32) {
	x := float64(x32)
	var y, d float64
	switch k {
	case gelu:
		phi := 0.5 * (1 + math.Erf(x/math.Sqrt2))
		y, d = x*phi, phi+x*math.Exp(-x*x/2)/math.Sqrt(2*math.Pi)
	case geluTanh:
		u := math.Sqrt(2/math.Pi) * (x + 0.044715*x*x*x)
		du := math.Sqrt(2/math.Pi) * (1 + 3*0.044715*x*x)
		h := math.Tanh(u)
		y, d = 0.5*x*(1+h), 0.5*(1+h)+0.5*x*(1-h*h)*du
	case relu:
		if x > 0 {
			y, d = x, 1
		}
	case leakyReLU:
		y, d = x*float64(slope), float64(slope)
		if x > 0 {
			y, d = x, 1
		}
	case silu:
		s := 1 / (1 + math.Exp(-x))
		y, d = x*s, s*(1+x*(1-s))
	case tanh:
		y = math.Tanh(x)
		d = 1 - y*y
	}
	return float32(y), float32(d)
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
		for j := range y {
			s, _ := silu.at(x[j], 0)
			y[j] = s * x[half+j]
		}
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
		for j, d := range dy {
			s, ds := silu.at(x[j], 0)
			dx[j] += d * x[half+j] * ds
			dx[half+j] += d * s
		}
	}
}
