package kernel

import (
	"fmt"

	"trailblazer/internal/splitmix"
)

// dropout is x with some numbers set to 0.
type dropout struct {
	x, out *Var
	p      float32
	seed   uint64
}

// Dropout sets each number to 0 with the probability p and divides the others
// by 1−p (Srivastava et al., "Dropout", 2014); in Eval it does nothing. Which
// ones depends on the seed of Begin, on how many dropouts came before and on
// the place in x, and on nothing else.
func (t *Tape) Dropout(x *Var, p float32) *Var {
	if !(p >= 0 && p < 1) {
		panic(fmt.Sprintf("kernel: a dropout of %v; give one from 0 up to, not including, 1", p))
	}
	if t.mode == Eval || p == 0 {
		return x
	}
	op := t.dropouts.take(t)
	*op = dropout{x, t.result(x.Rows, x.Cols, x.learns), p, t.nextSeed()}
	op.apply(op.out.Value, x.Value, true)
	t.record(op)
	return op.out
}

func (op *dropout) apply(to, from []float32, fresh bool) {
	for i, v := range from {
		if float32(splitmix.Mix(op.seed, uint64(i))>>40)/(1<<24) < op.p {
			v = 0
		} else {
			v /= 1 - op.p
		}
		if !fresh {
			v += to[i]
		}
		to[i] = v
	}
}

func (op *dropout) output() *Var { return op.out }

func (op *dropout) backward(t *Tape) {
	s := t.sink(op.x)
	op.apply(s.grad, op.out.grad, s.fresh)
}
