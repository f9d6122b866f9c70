package kernel

import "fmt"

// convolution slides kernels along the last dimension.
type convolution struct {
	x, out                         *Var
	w, b                           *Param
	channels, length, places, wide int // wide is the kernel's width
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
	*op = convolution{x: x, w: w, b: b, channels: channels, length: x.Cols / channels, wide: w.Shape[2]}
	op.places = op.length - op.wide + 1
	op.out = t.result(x.Rows, w.Shape[0]*op.places, x.learns || !w.Frozen || b != nil && !b.Frozen)
	for r := range x.Rows {
		x, y := x.Row(r), op.out.Row(r)
		for o := range w.Shape[0] {
			y := y[o*op.places : (o+1)*op.places]
			for p := range y {
				y[p] = 0
				if b != nil {
					y[p] = b.Value[o]
				}
				for c := range channels {
					for k := range op.wide {
						y[p] += x[c*op.length+p+k] * w.Value[(o*channels+c)*op.wide+k]
					}
				}
			}
		}
	}
	t.record(op)
	return op.out
}

func (op *convolution) output() *Var { return op.out }

func (op *convolution) backward(t *Tape) {
	dx := t.cleared(op.x)
	var dw, db []float32
	if !op.w.Frozen {
		dw = op.w.gradient()
	}
	if op.b != nil && !op.b.Frozen {
		db = op.b.gradient()
	}
	for r := range op.x.Rows {
		x, dy := op.x.Row(r), op.out.grad[r*op.out.Cols:(r+1)*op.out.Cols]
		for o := range op.w.Shape[0] {
			for p, d := range dy[o*op.places : (o+1)*op.places] {
				if db != nil {
					db[o] += d
				}
				for c := range op.channels {
					for k := range op.wide {
						at, weight := c*op.length+p+k, (o*op.channels+c)*op.wide+k
						if dw != nil {
							dw[weight] += d * x[at]
						}
						if dx != nil {
							dx[r*op.x.Cols+at] += d * op.w.Value[weight]
						}
					}
				}
			}
		}
	}
}
