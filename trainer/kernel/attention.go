package kernel

import (
	"fmt"
	"math"

	"trailblazer/trainer/kernel/vec"
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

// group is how many heads of queries share one of keys.
func (a Attention) group() int { return a.Heads / a.KVHeads }

// scale keeps products of queries and keys near 1.
func (a Attention) scale() float32 { return float32(1 / math.Sqrt(float64(a.HeadWidth))) }

func (a Attention) check(qkv *Var) {
	if a.Heads < 1 || a.KVHeads < 1 || a.Heads%a.KVHeads != 0 || a.HeadWidth < 1 || a.RopeBase != 0 && a.HeadWidth%2 != 0 || qkv.Cols != a.columns() {
		panic(fmt.Sprintf("kernel: attention %+v of %d columns", a, qkv.Cols))
	}
}

// attention is softmax(q·kᵀ/√width)·v for each head.
type attention struct {
	t        *Tape
	qkv, out *Var
	heads    Attention
	plan     *plan
	// q and k are rows, stride apart, of queries' heads and of keys' heads:
	// those of qkv, or turned ones.
	q, k    []float32
	stride  int
	rotary  *vec.Rotary
	weights []float32 // of all heads' tiles
	scratch []float32 // of all workers
	each    int       // of one worker
	in      sink
	dturned []float32
}

// Attention computes softmax(q·kᵀ/√HeadWidth)·v for each head of each token
// over the tokens that it sees (Vaswani et al., "Attention Is All You Need",
// 2017). The columns of qkv are all heads' queries, then keys, then values; the
// result is tokens × Heads·HeadWidth. Heads of queries share those of keys and
// values in turn (Ainslie et al., "GQA", 2023), and rotary embeddings pair the
// first half of a head with the second, as Llama does (Su et al., "RoFormer",
// 2021).
func (t *Tape) Attention(qkv *Var, l *Layout, a Attention) *Var {
	a.check(qkv)
	l.check(qkv.Rows)
	op := t.attentions.take(t)
	*op = attention{t: t, qkv: qkv, heads: a, plan: t.planOf(l), out: t.result(qkv.Rows, a.Heads*a.HeadWidth, qkv.learns)}
	op.q, op.k, op.stride = qkv.Value, qkv.Value[min(len(qkv.Value), a.Heads*a.HeadWidth):], qkv.Cols
	if a.RopeBase != 0 {
		op.stride = (a.Heads + a.KVHeads) * a.HeadWidth
		op.rotary = t.rope.reach(a, limit(op.plan.positions))
		op.q = t.memory.take(qkv.Rows * op.stride)
		op.k = op.q[min(len(op.q), a.Heads*a.HeadWidth):]
		t.gang.run(op.turnRows().pieces(), (*attentionTurn)(op))
	}
	if op.out.learns {
		op.weights = t.memory.take(op.plan.weights * a.Heads)
	}
	op.each = 2 * op.plan.mostKeys * a.HeadWidth
	if op.weights == nil {
		op.each += op.plan.largest
	}
	op.scratch = t.memory.take(t.gang.size() * op.each)
	t.gang.run(len(op.plan.tiles)*a.KVHeads, (*attentionForward)(op))
	t.memory.put(op.scratch)
	t.record(op)
	return op.out
}

func (op *attention) turnRows() cut { return cutRows(op.qkv.Rows, op.stride) }

// attentionTurn applies rotary embeddings to queries and keys.
type attentionTurn attention

func (op *attentionTurn) piece(i, _ int) {
	low, high := (*attention)(op).turnRows().bounds(i)
	for r := low; r < high; r++ {
		row := op.q[r*op.stride:][:op.stride]
		copy(row, op.qkv.Row(r))
		op.rotary.Apply(row, int(op.plan.positions[r]))
	}
}

// side is one head's rows of a tile, stride apart.
type side struct {
	rows   []float32
	stride int
}

// keys are a tile's keys of head kv.
func (op *attention) keys(at tile, kv int, packed []float32) side {
	return op.choice(at, side{op.k[kv*op.heads.HeadWidth:], op.stride}, packed)
}

// values are a tile's values of head kv.
func (op *attention) values(at tile, kv int, packed []float32) side {
	a := op.heads
	return op.choice(at, side{op.qkv.Value[(a.Heads+a.KVHeads+kv)*a.HeadWidth:], op.qkv.Cols}, packed)
}

// choice is the rows of a tile's keys. Where it leaves some out they are packed.
func (op *attention) choice(at tile, all side, packed []float32) side {
	if !at.choice {
		return side{all.rows[at.from*all.stride:], all.stride}
	}
	width := op.heads.HeadWidth
	for i, key := range op.plan.chosen[at.from:][:at.keys] {
		copy(packed[i*width:][:width], all.rows[int(key)*all.stride:])
	}
	return side{packed, width}
}

// tileWeights are the weights of a tile in head h.
func (op *attention) tileWeights(at tile, h int) []float32 {
	return op.weights[h*op.plan.weights+at.weights:][:at.rows()*at.keys]
}

// attentionForward computes a tile for the heads that share keys.
type attentionForward attention

func (op *attentionForward) piece(i, worker int) {
	full, a := (*attention)(op), op.heads
	at, kv := op.plan.tiles[i/a.KVHeads], i%a.KVHeads
	scratch := op.scratch[worker*op.each:][:op.each]
	packed := op.plan.mostKeys * a.HeadWidth
	k, v := full.keys(at, kv, scratch), full.values(at, kv, scratch[packed:])
	backend := op.t.compute.backend
	for h := kv * a.group(); h < (kv+1)*a.group(); h++ {
		var weights []float32
		if op.weights != nil {
			weights = full.tileWeights(at, h)
		} else {
			weights = scratch[2*packed:][:at.rows()*at.keys]
		}
		q := op.q[at.low*op.stride+h*a.HeadWidth:]
		backend.Multiply(false, true, at.rows(), at.keys, a.HeadWidth, a.scale(), q, op.stride, k.rows, k.stride, 0, weights, at.keys)
		op.plan.softmax(weights, at)
		out := op.out.Value[at.low*op.out.Cols+h*a.HeadWidth:]
		backend.Multiply(false, false, at.rows(), a.HeadWidth, at.keys, 1, weights, at.keys, v.rows, v.stride, 0, out, op.out.Cols)
	}
}

func (op *attention) output() *Var { return op.out }

func (op *attention) backward(t *Tape) {
	a := op.heads
	op.in = t.sink(op.qkv)
	op.each = op.plan.largest + 4*op.plan.mostKeys*a.HeadWidth
	op.scratch = t.memory.take(t.gang.size() * op.each)
	if op.rotary != nil {
		op.dturned = t.memory.take(len(op.q))
	}
	t.gang.run((len(op.plan.first)-1)*a.KVHeads, (*attentionBackward)(op))
	t.memory.put(op.scratch)
	if op.rotary != nil {
		t.memory.put(op.dturned)
	}
}

// attentionBackward goes through the tiles of one sequence for the heads that
// share keys.
type attentionBackward attention

func (op *attentionBackward) piece(i, worker int) {
	a, s, kv := op.heads, i/op.heads.KVHeads, i%op.heads.KVHeads
	low, high := int(op.plan.layout.Offsets[s]), int(op.plan.layout.Offsets[s+1])
	// The gradients of the turned queries and keys are gathered apart.
	dq, fresh := side{op.in.grad, op.qkv.Cols}, op.in.fresh
	if op.rotary != nil {
		dq, fresh = side{op.dturned, op.stride}, true
	}
	dk := side{dq.rows[min(len(dq.rows), (a.Heads+kv)*a.HeadWidth):], dq.stride}
	dv := side{op.in.grad[min(len(op.in.grad), (a.Heads+a.KVHeads+kv)*a.HeadWidth):], op.qkv.Cols}
	if fresh {
		dk.clear(low, high, a.HeadWidth)
	}
	if op.in.fresh {
		dv.clear(low, high, a.HeadWidth)
	}
	for _, at := range op.plan.tiles[op.plan.first[s]:op.plan.first[s+1]] {
		op.tile(at, kv, dq, dk, dv, fresh, op.scratch[worker*op.each:][:op.each])
	}
	if op.rotary != nil {
		op.turnBack(low, high, kv*a.group(), a.group())
		op.turnBack(low, high, a.Heads+kv, 1)
	}
}

// tile adds to the gradients of one tile.
func (op *attentionBackward) tile(at tile, kv int, dq, dk, dv side, fresh bool, scratch []float32) {
	full, a, backend := (*attention)(op), op.heads, op.t.compute.backend
	packed, rows, width := op.plan.mostKeys*a.HeadWidth, at.rows(), a.HeadWidth
	ds, scratch := scratch[:rows*at.keys], scratch[op.plan.largest:]
	k, v := full.keys(at, kv, scratch), full.values(at, kv, scratch[packed:])
	var intoK, intoV side
	if at.choice {
		intoK, intoV = side{scratch[2*packed:][:at.keys*width], width}, side{scratch[3*packed:][:at.keys*width], width}
		clear(intoK.rows)
		clear(intoV.rows)
	} else {
		intoK, intoV = side{dk.rows[at.from*dk.stride:], dk.stride}, side{dv.rows[at.from*dv.stride:], dv.stride}
	}
	beta := float32(1)
	if fresh {
		beta = 0
	}
	for h := kv * a.group(); h < (kv+1)*a.group(); h++ {
		weights := full.tileWeights(at, h)
		q, out := op.q[at.low*op.stride+h*width:], op.out.grad[at.low*op.out.Cols+h*width:]
		backend.Multiply(true, false, at.keys, width, rows, 1, weights, at.keys, out, op.out.Cols, 1, intoV.rows, intoV.stride)
		backend.Multiply(false, true, rows, at.keys, width, 1, out, op.out.Cols, v.rows, v.stride, 0, ds, at.keys)
		vec.SoftmaxBackwardRows(ds, weights, ds, rows, at.keys)
		backend.Multiply(false, false, rows, width, at.keys, a.scale(), ds, at.keys, k.rows, k.stride, beta, dq.rows[at.low*dq.stride+h*width:], dq.stride)
		backend.Multiply(true, false, at.keys, width, rows, a.scale(), ds, at.keys, q, op.stride, 1, intoK.rows, intoK.stride)
	}
	if !at.choice {
		return
	}
	for i, key := range op.plan.chosen[at.from:][:at.keys] {
		vec.Add(dk.rows[int(key)*dk.stride:][:width], intoK.rows[i*width:])
		vec.Add(dv.rows[int(key)*dv.stride:][:width], intoV.rows[i*width:])
	}
}

// clear sets a head's rows to 0.
func (s side) clear(low, high, width int) {
	for r := low; r < high; r++ {
		clear(s.rows[r*s.stride:][:width])
	}
}

// turnBack adds the gradients of some turned heads of a sequence to those of
// qkv.
func (op *attentionBackward) turnBack(low, high, head, heads int) {
	from, width := head*op.heads.HeadWidth, heads*op.heads.HeadWidth
	for r := low; r < high; r++ {
		turned := op.dturned[r*op.stride+from:][:width]
		op.rotary.Undo(turned, int(op.plan.positions[r]))
		into := op.in.grad[r*op.qkv.Cols+from:][:width]
		if op.in.fresh {
			copy(into, turned)
			continue
		}
		vec.Add(into, turned)
	}
}
