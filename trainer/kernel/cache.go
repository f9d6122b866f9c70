package kernel

import (
	"fmt"
	"slices"
)

// Cache keeps what attention needs of one sequence that is being played: the
// keys, after rotary embeddings, and values of all layers. Tokens that no later
// one sees are dropped: those out of the context, and transient ones once a
// later step begins.
type Cache struct {
	heads   Attention
	context int
	width   int // of a token's keys, and of its values, in one layer
	layers  []cacheLayer
	// steps and transient are those of the tokens. The ones before first are
	// dropped, but still lie there.
	steps     []int32
	transient []bool
	first     int
	// seen is how many tokens there ever were.
	seen int
}

// cacheLayer is the keys and values of one layer, tokens × width each.
type cacheLayer struct{ keys, values []float32 }

// NewCache makes the cache of an empty sequence for a model of some layers,
// whose layouts have the given Context.
func NewCache(layers int, a Attention, context int) *Cache {
	return &Cache{heads: a, context: context, width: a.KVHeads * a.HeadWidth, layers: make([]cacheLayer, layers)}
}

// Reset empties it: the next token is the first of a sequence.
func (c *Cache) Reset() {
	c.truncate(0)
	c.first, c.seen = 0, 0
}

// Len is how many tokens it keeps.
func (c *Cache) Len() int { return len(c.steps) - c.first }

// Seen is how many tokens there were since the sequence began; without
// Layout.Positions it is the next one's position.
func (c *Cache) Seen() int { return c.seen }

// drop forgets what tokens from a step on don't see.
func (c *Cache) drop(step int32) {
	for c.first < len(c.steps) && !c.sees(step, c.first) {
		c.first++
	}
	kept := c.first
	for i := c.first; i < len(c.steps); i++ {
		if c.sees(step, i) {
			if kept < i {
				c.move(kept, i, i+1)
			}
			kept++
		}
	}
	c.truncate(kept)
	// Tokens move to the front once there are fewer of them than room there.
	if c.first > c.Len() {
		c.move(0, c.first, kept)
		c.truncate(kept - c.first)
		c.first = 0
	}
}

// sees reports whether a token of a step sees token i.
func (c *Cache) sees(step int32, i int) bool {
	return sees(step, c.steps[i], c.transient[i], c.context)
}

// move copies tokens forward.
func (c *Cache) move(to, low, high int) {
	copy(c.steps[to:], c.steps[low:high])
	copy(c.transient[to:], c.transient[low:high])
	for _, l := range c.layers {
		copy(l.keys[to*c.width:], l.keys[low*c.width:high*c.width])
		copy(l.values[to*c.width:], l.values[low*c.width:high*c.width])
	}
}

// truncate forgets the tokens from a place on.
func (c *Cache) truncate(tokens int) {
	c.steps, c.transient = c.steps[:tokens], c.transient[:tokens]
	for i := range c.layers {
		l := &c.layers[i]
		l.keys, l.values = l.keys[:tokens*c.width], l.values[:tokens*c.width]
	}
}

// join adds the tokens of sequence s of a layout, without keys and values.
func (c *Cache) join(l *Layout, s int) {
	low, high := int(l.Offsets[s]), int(l.Offsets[s+1])
	for i := low; i < high; i++ {
		step := l.step(i, c.seen)
		if i == low {
			c.drop(step)
		}
		if len(c.steps) > c.first && step < c.steps[len(c.steps)-1] {
			panic(fmt.Sprintf("kernel: a token of step %d goes on from one of step %d", step, c.steps[len(c.steps)-1]))
		}
		c.steps = append(c.steps, step)
		c.transient = append(c.transient, l.transient(i))
		c.seen++
	}
}

// cachedAttention is attention of sequences that go on.
type cachedAttention struct {
	t        *Tape
	qkv, out *Var
	layout   *Layout
	layer    int
	caches   []*Cache
	q        []float32
	stride   int
	scratch  []float32 // of all workers
	each     int       // of one worker
}

// AttentionCached is Attention of sequences that go on: sequence s of the layout
// continues the one in caches[s], whose tokens it sees as if they lay before its
// own, and joins it. Layers are called in order from 0, each once for the same
// layout. It is for Eval, and has no gradients.
func (t *Tape) AttentionCached(qkv *Var, l *Layout, a Attention, layer int, caches []*Cache) *Var {
	a.check(qkv)
	l.check(qkv.Rows)
	if len(caches) != len(l.Offsets)-1 || t.mode != Eval {
		panic(fmt.Sprintf("kernel: AttentionCached of %d sequences in %d caches; it is for Eval", len(l.Offsets)-1, len(caches)))
	}
	op := t.cachedAttentions.take(t)
	*op = cachedAttention{t: t, qkv: qkv, layout: l, layer: layer, caches: caches, q: qkv.Value, stride: qkv.Cols,
		out: t.result(qkv.Rows, a.Heads*a.HeadWidth, false)}
	if a.RopeBase != 0 {
		op.stride = a.Heads * a.HeadWidth
		op.q = t.memory.take(qkv.Rows * op.stride)
	}
	work := 0
	for s, c := range caches {
		if c.heads != a || c.context != l.Context {
			panic(fmt.Sprintf("kernel: a cache for %+v and a context of %d meets %+v and %d", c.heads, c.context, a, l.Context))
		}
		if layer == 0 {
			c.join(l, s)
		}
		op.append(s)
		weights := int(l.Offsets[s+1]-l.Offsets[s]) * c.Len()
		op.each = max(op.each, weights)
		work += weights * a.Heads * a.HeadWidth
	}
	op.scratch = t.memory.take(t.gang.size() * op.each)
	// Only work that takes far longer than to wake workers is shared.
	if work > 8*pieceElements {
		t.gang.run(len(caches), op)
	} else {
		for s := range caches {
			op.piece(s, 0)
		}
	}
	t.memory.put(op.scratch)
	return op.out
}

// append adds the keys and values of sequence s to its cache, and turns its
// queries.
func (op *cachedAttention) append(s int) {
	c, low, high := op.caches[s], int(op.layout.Offsets[s]), int(op.layout.Offsets[s+1])
	into, queries := &c.layers[op.layer], c.heads.Heads*c.heads.HeadWidth
	if len(into.keys)+(high-low)*c.width != len(c.steps)*c.width {
		panic(fmt.Sprintf("kernel: layer %d of a cache has %d numbers of %d tokens but the %d new ones; call layers in order", op.layer, len(into.keys), len(c.steps), high-low))
	}
	for i := low; i < high; i++ {
		row := op.qkv.Row(i)
		into.keys = append(into.keys, row[queries:][:c.width]...)
		into.values = append(into.values, row[queries+c.width:][:c.width]...)
		if c.heads.RopeBase == 0 {
			continue
		}
		position := int(op.layout.position(i, int32(c.seen-(high-i))))
		rotary := op.t.rope.reach(c.heads, position+1)
		rotary.Apply(into.keys[len(into.keys)-c.width:], position)
		q := op.q[i*op.stride:][:queries]
		copy(q, row)
		rotary.Apply(q, position)
	}
}

// piece computes the tokens of sequence s, which are its cache's last.
func (op *cachedAttention) piece(s, worker int) {
	c, low, high := op.caches[s], int(op.layout.Offsets[s]), int(op.layout.Offsets[s+1])
	rows, keys, a, backend := high-low, c.Len(), c.heads, op.t.compute.backend
	if rows == 0 {
		return
	}
	weights := op.scratch[worker*op.each:][:rows*keys]
	steps, transient := c.steps[c.first:], c.transient[c.first:]
	if !slices.Contains(transient, true) {
		transient = nil
	}
	from := &c.layers[op.layer]
	for h := range a.Heads {
		at := c.first*c.width + h/a.group()*a.HeadWidth
		backend.Multiply(false, true, rows, keys, a.HeadWidth, a.scale(), op.q[low*op.stride+h*a.HeadWidth:], op.stride, from.keys[at:], c.width, 0, weights, keys)
		maskedSoftmax(weights, rows, steps, transient, c.context)
		backend.Multiply(false, false, rows, a.HeadWidth, keys, 1, weights, keys, from.values[at:], c.width, 0, op.out.Value[low*op.out.Cols+h*a.HeadWidth:], op.out.Cols)
	}
}
