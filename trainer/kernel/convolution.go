package kernel

import "fmt"

// convolution slides kernels along the last dimension. It is a linear map whose
// matrix, (out·places) × (channels·length), repeats each kernel at every place.
type convolution struct {
	affine
	out          *Var
	weight, bias *Param
	conv         slide
}

// slide is the shape of a convolution.
type slide struct{ outs, channels, length, kernel int }

// places are where a kernel can stand.
func (s slide) places() int { return s.length - s.kernel + 1 }

// each calls do with every weight, and each row and number of the matrix where
// it stands.
func (s slide) each(do func(weight, row, number int)) {
	for out := range s.outs {
		for place := range s.places() {
			row := out*s.places() + place
			for channel := range s.channels {
				for k := range s.kernel {
					do((out*s.channels+channel)*s.kernel+k, row, channel*s.length+place+k)
				}
			}
		}
	}
}

// Conv1D slides kernels along sequences, without padding and by steps of 1: x
// is rows × (channels·length), channel after channel, w [out, channels, kernel],
// b [out] or nil; the result is rows × (out·(length−kernel+1)), as PyTorch's
// conv1d flattened.
func (t *Tape) Conv1D(x *Var, w, b *Param, channels int) *Var {
	if len(w.Shape) != 3 || channels < 1 || w.Shape[1] != channels || x.Cols%channels != 0 || x.Cols/channels < w.Shape[2] || b != nil && len(b.Value) != w.Shape[0] {
		panic(fmt.Sprintf("kernel: Conv1D of %d columns in %d channels by %q %v", x.Cols, channels, w.Name, w.Shape))
	}
	op := t.convolutions.take(t)
	conv := slide{w.Shape[0], channels, x.Cols / channels, w.Shape[2]}
	width := conv.outs * conv.places()
	*op = convolution{weight: w, bias: b, conv: conv, out: t.result(x.Rows, width, x.learns || w.learns() || b.learns())}
	op.affine = affine{t: t, x: x, w: t.memory.take(width * x.Cols), outWidth: width, scale: 1, y: op.out.Value, stride: width}
	clear(op.w)
	conv.each(func(weight, row, number int) { op.w[row*x.Cols+number] = w.Value[weight] })
	if b != nil {
		op.b = t.memory.take(width)
		for i := range op.b {
			op.b[i] = b.Value[i/conv.places()]
		}
	}
	op.forward()
	t.record(op)
	return op.out
}

func (op *convolution) output() *Var { return op.out }

func (op *convolution) backward(t *Tape) {
	op.dy = op.out.grad
	dw, db := op.weight.gradient(), op.bias.gradient()
	if dw != nil {
		op.dw = t.memory.take(len(op.w))
		clear(op.dw)
	}
	if db != nil {
		op.db = t.memory.take(len(op.b))
		clear(op.db)
	}
	op.affine.backward()
	if dw != nil {
		op.conv.each(func(weight, row, number int) { dw[weight] += op.dw[row*op.x.Cols+number] })
		t.memory.put(op.dw)
	}
	if db != nil {
		for i, d := range op.db {
			db[i/op.conv.places()] += d
		}
		t.memory.put(op.db)
	}
}
