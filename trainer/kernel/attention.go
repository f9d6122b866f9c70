package kernel

import (
	"fmt"
	"math"
)

// Attention says how a fused projection is cut into heads.
type Attention struct {
	// Heads ask, KVHeads answer; each of these serves Heads/KVHeads of those.
	Heads, KVHeads int
	// HeadWidth is how many columns a head has.
	HeadWidth int
	// RopeBase is the base of rotary position embeddings; 0 stands for none.
	RopeBase float32
}

// columns is the width of the fused projection.
func (a Attention) columns() int { return (a.Heads + 2*a.KVHeads) * a.HeadWidth }

// scale keeps products of queries and keys near 1.
func (a Attention) scale() float32 { return float32(1 / math.Sqrt(float64(a.HeadWidth))) }

func (a Attention) check(qkv *Var) {
	if a.Heads < 1 || a.KVHeads < 1 || a.Heads%a.KVHeads != 0 || a.HeadWidth < 1 || a.RopeBase != 0 && a.HeadWidth%2 != 0 || qkv.Cols != a.columns() {
		panic(fmt.Sprintf("kernel: attention %+v of %d columns", a, qkv.Cols))
	}
}

// attention is softmax(q·kᵀ/√width)·v for each head.
type attention struct {
	qkv, out *Var
	layout   *Layout
	heads    Attention
	turned   []float32 // qkv after rotary embeddings
}

// Attention computes softmax(q·kᵀ/√HeadWidth)·v for each head of each token
// over the tokens that it sees (Vaswani et al., "Attention Is All You Need",
// 2017). The columns of qkv are all heads' queries, then keys, then values; the
// result is tokens × Heads·HeadWidth.
func (t *Tape) Attention(qkv *Var, l *Layout, a Attention) *Var {
	a.check(qkv)
	l.check(qkv.Rows)
	op := t.attentions.take(t)
	*op = attention{qkv: qkv, layout: l, heads: a, out: t.result(qkv.Rows, a.Heads*a.HeadWidth, qkv.learns)}
	op.turned = t.turnHeads(qkv, l, a)
	clear(op.out.Value)
	op.each(func(q, k, v, out int, weight float32, _ []float32) {
		for d := range a.HeadWidth {
			op.out.Value[out+d] += weight * op.turned[v+d]
		}
	})
	t.record(op)
	return op.out
}

// turnHeads applies rotary embeddings to queries and keys.
func (t *Tape) turnHeads(qkv *Var, l *Layout, a Attention) []float32 {
	if a.RopeBase == 0 {
		return qkv.Value
	}
	turned := t.memory.keep(len(qkv.Value))
	copy(turned, qkv.Value)
	for s := range l.Offsets[1:] {
		for i := l.Offsets[s]; i < l.Offsets[s+1]; i++ {
			position := i - l.Offsets[s]
			if l.Positions != nil {
				position = l.Positions[i]
			}
			t.rope.reach(a.RopeBase, a.HeadWidth, int(position)+1)
			for h := range a.Heads + a.KVHeads {
				at := int(i)*qkv.Cols + h*a.HeadWidth
				t.rope.turn(turned[at:], qkv.Value[at:], position, 1)
			}
		}
	}
	return turned
}

// each calls do for every head, query and key that it sees, with where q, k, v
// and the output's head begin.
func (op *attention) each(do func(q, k, v, out int, weight float32, weights []float32)) {
	a, l, cols := op.heads, op.layout, op.qkv.Cols
	for s := range l.Offsets[1:] {
		low := int(l.Offsets[s])
		for i := low; i < int(l.Offsets[s+1]); i++ {
			for h := range a.Heads {
				kv := h / (a.Heads / a.KVHeads)
				q := i*cols + h*a.HeadWidth
				weights := make([]float32, i+1-low)
				for j := low; j <= i; j++ {
					if i != j && !sees(l.step(i, i-low), l.step(j, j-low), l.transient(j), l.Context) {
						weights[j-low] = float32(math.Inf(-1))
						continue
					}
					k := j*cols + (a.Heads+kv)*a.HeadWidth
					for d := range a.HeadWidth {
						weights[j-low] += op.turned[q+d] * op.turned[k+d] * a.scale()
					}
				}
				softmax(weights)
				for j := low; j <= i; j++ {
					k := j*cols + (a.Heads+kv)*a.HeadWidth
					do(q, k, k+a.KVHeads*a.HeadWidth, i*op.out.Cols+h*a.HeadWidth, weights[j-low], weights)
				}
			}
		}
	}
}

func (op *attention) output() *Var { return op.out }

func (op *attention) backward(t *Tape) {
	a, l := op.heads, op.layout
	dx := make([]float32, len(op.qkv.Value))
	op.each(func(q, k, v, out int, weight float32, weights []float32) {
		// d(weight) needs Σ over all keys of weight·dweight = dout·out.
		var inner, own float32
		for d := range a.HeadWidth {
			inner += op.out.grad[out+d] * op.out.Value[out+d]
			own += op.out.grad[out+d] * op.turned[v+d]
		}
		ds := weight * (own - inner) * a.scale()
		for d := range a.HeadWidth {
			dx[v+d] += weight * op.out.grad[out+d]
			dx[q+d] += ds * op.turned[k+d]
			dx[k+d] += ds * op.turned[q+d]
		}
	})
	if a.RopeBase != 0 {
		for s := range l.Offsets[1:] {
			for i := l.Offsets[s]; i < l.Offsets[s+1]; i++ {
				position := i - l.Offsets[s]
				if l.Positions != nil {
					position = l.Positions[i]
				}
				for h := range a.Heads + a.KVHeads {
					at := int(i)*op.qkv.Cols + h*a.HeadWidth
					t.rope.turn(dx[at:], dx[at:], position, -1)
				}
			}
		}
	}
	into := t.cleared(op.qkv)
	for i, d := range dx {
		into[i] += d
	}
}
