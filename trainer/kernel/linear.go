package kernel

import "fmt"

// linear is y = x·wᵀ + b.
type linear struct {
	affine
	out          *Var
	weight, bias *Param
}

// Linear computes x·wᵀ + b: x is rows × in, w [out, in], b [out] or nil.
func (t *Tape) Linear(x *Var, w, b *Param) *Var {
	outWidth, inWidth := w.matrix()
	if x.Cols != inWidth || b != nil && len(b.Value) != outWidth {
		panic(fmt.Sprintf("kernel: Linear of %d columns by %q %v", x.Cols, w.Name, w.Shape))
	}
	op := t.linears.take(t)
	*op = linear{weight: w, bias: b, out: t.result(x.Rows, outWidth, x.learns || w.learns() || b.learns())}
	op.affine = affine{t: t, x: x, w: w.Value, outWidth: outWidth, scale: 1, y: op.out.Value, stride: outWidth}
	if b != nil {
		op.b = b.Value
	}
	op.forward()
	t.record(op)
	return op.out
}

func (op *linear) output() *Var { return op.out }

func (op *linear) backward(t *Tape) {
	op.dy, op.dw, op.db = op.out.grad, op.weight.gradient(), op.bias.gradient()
	op.affine.backward()
}

// addLinear is y with scale·x·wᵀ added to some columns.
type addLinear struct {
	affine
	onto, out *Var
	weight    *Param
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
	*op = addLinear{onto: y, weight: w, out: t.result(y.Rows, y.Cols, y.learns || x.learns || w.learns())}
	copy(op.out.Value, y.Value)
	op.affine = affine{t: t, x: x, w: w.Value, outWidth: outWidth, scale: scale, y: op.out.Value, stride: y.Cols, column: column, keep: true}
	op.forward()
	t.record(op)
	return op.out
}

func (op *addLinear) output() *Var { return op.out }

func (op *addLinear) backward(t *Tape) {
	op.dy, op.dw = op.out.grad, op.weight.gradient()
	op.affine.backward()
	t.pass(op.out, op.onto, true)
}
