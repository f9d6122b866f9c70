package kernel

import (
	"fmt"

	"trailblazer/internal/splitmix"
	"trailblazer/trainer/kernel/vec"
)

// Mode says what a pass is for.
type Mode uint8

const (
	// Train drops out, and keeps what Backward needs.
	Train Mode = iota
	// Eval does neither.
	Eval
)

// Var is a matrix on a tape, row-major. It lives until the tape begins anew.
type Var struct {
	Rows, Cols int
	Value      []float32

	// learns says that a param that learns lies below.
	learns bool
	// grad is the loss's gradient. It exists in Backward alone, from when the
	// first operation adds to it until it was passed on.
	grad []float32
}

// Row is row i.
func (v *Var) Row(i int) []float32 { return v.Value[i*v.Cols : (i+1)*v.Cols] }

// operation is one recorded step of the forward pass.
type operation interface {
	// output is what it computed.
	output() *Var
	// backward adds to the gradients of what it computed from. The output's
	// is there.
	backward(t *Tape)
}

// Tape records the operations of a forward pass. Shapes that don't fit together
// are errors of the program and panic; numbers that come from data and don't
// fit are reported by Err. Slices given to an operation must not change until
// Backward is done. A Tape is not safe for concurrent use; one for each
// goroutine may share a Compute.
type Tape struct {
	compute    *Compute
	gang       *gang
	mode       Mode
	seed       uint64
	draws      uint64 // how many operations drew random numbers
	step       uint64
	operations []operation
	err        error
	memory     arena
	passing    passing
	rope       rope
	plans      pool[plan]
	vars       pool[Var]
	pools
}

// pools lend the records of operations.
type pools struct {
	linears          pool[linear]
	addLinears       pool[addLinear]
	embeddings       pool[embedding]
	norms            pool[norm]
	activations      pool[activation]
	gatedUnits       pool[gatedUnit]
	sums             pool[sum]
	products         pool[product]
	scalings         pool[scaling]
	concats          pool[concat]
	columnRanges     pool[columnRange]
	gathers          pool[gather]
	assemblies       pool[assembly]
	segmentSums      pool[segmentSum]
	spreads          pool[spread]
	edgeSums         pool[edgeSum]
	dropouts         pool[dropout]
	convolutions     pool[convolution]
	attentions       pool[attention]
	cachedAttentions pool[cachedAttention]
	crossEntropies   pool[crossEntropy]
	segmentEntropies pool[segmentEntropy]
	regressions      pool[regression]
	logProbabilities pool[logProbability]
	entropies        pool[entropy]
	normals          pool[normal]
	weightedSums     pool[weightedSum]
	surrogates       pool[surrogate]
	clippedErrors    pool[clippedError]
}

// NewTape makes an empty tape in Train mode.
func NewTape(c *Compute) *Tape {
	return &Tape{compute: c, gang: newGang(c.Workers()), step: 1}
}

// Begin forgets all that was recorded, whose memory it uses again: Vars from
// before are void. The seed is dropout's.
func (t *Tape) Begin(mode Mode, seed uint64) {
	t.step++
	t.mode, t.seed, t.draws, t.err = mode, seed, 0, nil
	clear(t.operations)
	t.operations = t.operations[:0]
	t.memory.reset()
}

// Mode is what the pass is for.
func (t *Tape) Mode() Mode { return t.mode }

// Bytes is how much memory the tape has taken for matrices, which it keeps: the
// most that a pass has needed at a time.
func (t *Tape) Bytes() int { return 4 * t.memory.made }

// Err is the first thing in the data that an operation could not work with
// since Begin. Values and gradients are meaningless then.
func (t *Tape) Err() error { return t.err }

func (t *Tape) fail(format string, values ...any) {
	if t.err == nil {
		t.err = fmt.Errorf(format, values...)
	}
}

// Input makes a matrix of values, which it shares. It gets no gradient.
func (t *Tape) Input(rows, cols int, value []float32) *Var {
	if len(value) != rows*cols {
		panic(fmt.Sprintf("kernel: an input of %d×%d has %d values", rows, cols, len(value)))
	}
	v := t.vars.take(t)
	*v = Var{Rows: rows, Cols: cols, Value: value}
	return v
}

// result makes the output of an operation; its contents are arbitrary.
func (t *Tape) result(rows, cols int, learns bool) *Var {
	v := t.vars.take(t)
	*v = Var{Rows: rows, Cols: cols, Value: t.memory.take(rows * cols), learns: learns && t.mode == Train}
	return v
}

// record remembers an operation whose output learns.
func (t *Tape) record(op operation) {
	if op.output().learns {
		t.operations = append(t.operations, op)
	}
}

// Backward adds the gradient of loss, which is 1×1, to the Grad of every param
// below it that is not frozen. It can be called once for each Begin.
func (t *Tape) Backward(loss *Var) {
	if loss.Rows != 1 || loss.Cols != 1 {
		panic(fmt.Sprintf("kernel: a loss is 1×1, not %d×%d", loss.Rows, loss.Cols))
	}
	if !loss.learns {
		return
	}
	loss.grad = t.memory.take(1)
	loss.grad[0] = 1
	for i := len(t.operations) - 1; i >= 0; i-- {
		op := t.operations[i]
		out := op.output()
		if len(out.grad) == 0 {
			continue // not below the loss, or without a row
		}
		op.backward(t)
		if out.grad != nil {
			t.memory.put(out.grad)
			out.grad = nil
		}
	}
}

// sink is a gradient to add to.
type sink struct {
	grad []float32
	// fresh says that nothing was added yet: the contents are arbitrary and
	// all of them must be written.
	fresh bool
}

// sink is the gradient of v. It is the zero value where v needs none.
func (t *Tape) sink(v *Var) sink {
	if !v.learns {
		return sink{}
	}
	if v.grad != nil {
		return sink{v.grad, false}
	}
	v.grad = t.memory.take(len(v.Value))
	return sink{v.grad, true}
}

// cleared is the gradient of v, ready to be added to anywhere, or nil.
func (t *Tape) cleared(v *Var) []float32 {
	s := t.sink(v)
	if s.fresh {
		clear(s.grad)
	}
	return s.grad
}

// part is the numbers from low to high, ready to be added to.
func (s sink) part(low, high int) []float32 {
	part := s.grad[low:high]
	if s.fresh {
		clear(part)
	}
	return part
}

// beta is what a matrix product scales the gradient by before it adds to it.
func (s sink) beta() float32 {
	if s.fresh {
		return 0
	}
	return 1
}

// pass adds the output's gradient to that of v, as it is. Where v has none yet
// and the operation gives its own away, no number moves.
func (t *Tape) pass(out, v *Var, away bool) {
	if !v.learns {
		return
	}
	if v.grad == nil && away {
		v.grad, out.grad = out.grad, nil
		return
	}
	t.passing = passing{out.grad, t.sink(v)}
	t.gang.run(cutRows(len(out.grad), 1).pieces(), &t.passing)
}

// passing adds one gradient to another.
type passing struct {
	from []float32
	to   sink
}

func (p *passing) piece(i, _ int) {
	low, high := cutRows(len(p.from), 1).bounds(i)
	if p.to.fresh {
		copy(p.to.grad[low:high], p.from[low:high])
		return
	}
	vec.Add(p.to.grad[low:high], p.from[low:high])
}

// nextSeed is a seed of random numbers for one operation.
func (t *Tape) nextSeed() uint64 {
	t.draws++
	return splitmix.Mix(t.seed, t.draws)
}
