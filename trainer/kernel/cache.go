package kernel

import "fmt"

// Cache keeps what attention needs of one sequence that is being played: the
// keys, after rotary embeddings, and values of all layers. Tokens that no later
// one sees are dropped: those out of the context, and transient ones once a
// later step begins.
type Cache struct {
	heads   Attention
	context int
	width   int // of a token's keys or values in one layer
	// layers hold keys and values, tokens × width each.
	layers []cacheLayer
	// tokens are those kept, and how many of them each layer has by now.
	tokens []cachedToken
	// seen is how many tokens there ever were.
	seen int32
	// own is how many tokens the call has added.
	own int
}

type cacheLayer struct{ keys, values []float32 }

type cachedToken struct {
	step      int32
	transient bool
}

// NewCache makes the cache of an empty sequence for a model of some layers,
// whose layouts have the given Context.
func NewCache(layers int, a Attention, context int) *Cache {
	return &Cache{heads: a, context: context, width: a.KVHeads * a.HeadWidth, layers: make([]cacheLayer, layers)}
}

// Reset empties it: the next token is the first of a sequence.
func (c *Cache) Reset() {
	for i := range c.layers {
		c.layers[i] = cacheLayer{c.layers[i].keys[:0], c.layers[i].values[:0]}
	}
	c.tokens, c.seen, c.own = c.tokens[:0], 0, 0
}

// Len is how many tokens it keeps.
func (c *Cache) Len() int { return len(c.tokens) }

// Seen is how many tokens there were since the sequence began; without
// Layout.Positions it is the next one's position.
func (c *Cache) Seen() int { return int(c.seen) }

// drop forgets what tokens from a step on don't see.
func (c *Cache) drop(step int32) {
	kept := 0
	for i, token := range c.tokens {
		if !sees(step, token.step, token.transient, c.context) {
			continue
		}
		if kept < i {
			c.tokens[kept] = token
			for l := range c.layers {
				layer := &c.layers[l]
				copy(layer.keys[kept*c.width:(kept+1)*c.width], layer.keys[i*c.width:])
				copy(layer.values[kept*c.width:(kept+1)*c.width], layer.values[i*c.width:])
			}
		}
		kept++
	}
	c.tokens = c.tokens[:kept]
	for l := range c.layers {
		layer := &c.layers[l]
		layer.keys, layer.values = layer.keys[:kept*c.width], layer.values[:kept*c.width]
	}
}

// AttentionCached is Attention of sequences that go on: sequence s of the layout
// continues the one in caches[s], whose tokens it sees as if they lay before its
// own, and joins it. Layers are called in order from 0, each once for the same
// layout. It keeps no gradients.
func (t *Tape) AttentionCached(qkv *Var, l *Layout, a Attention, layer int, caches []*Cache) *Var {
	a.check(qkv)
	l.check(qkv.Rows)
	if len(caches) != len(l.Offsets)-1 || t.mode != Eval {
		panic(fmt.Sprintf("kernel: AttentionCached of %d sequences in %d caches; it is for Eval", len(l.Offsets)-1, len(caches)))
	}
	out := t.result(qkv.Rows, a.Heads*a.HeadWidth, false)
	clear(out.Value)
	for s, c := range caches {
		c.append(t, qkv, l, a, layer, s)
		c.attend(qkv, out, l, a, layer, s)
	}
	return out
}

// append adds the tokens of sequence s.
func (c *Cache) append(t *Tape, qkv *Var, l *Layout, a Attention, layer, s int) {
	low, high := int(l.Offsets[s]), int(l.Offsets[s+1])
	if c.heads != a || c.context != l.Context {
		panic(fmt.Sprintf("kernel: a cache for %+v and a context of %d meets %+v and %d", c.heads, c.context, a, l.Context))
	}
	if layer == 0 {
		for i := low; i < high; i++ {
			step := l.step(i, int(c.seen))
			if i == low {
				c.drop(step)
			}
			c.tokens = append(c.tokens, cachedToken{step, l.transient(i)})
			c.seen++
		}
		c.own = high - low
	}
	into := &c.layers[layer]
	if len(into.keys)/c.width+high-low != len(c.tokens) {
		panic(fmt.Sprintf("kernel: layer %d of a cache has %d tokens and gets %d, layer 0 has %d", layer, len(into.keys)/c.width, high-low, len(c.tokens)))
	}
	for i := low; i < high; i++ {
		position := c.seen - int32(high-i)
		if l.Positions != nil {
			position = l.Positions[i]
		}
		row := qkv.Row(i)
		keys := row[a.Heads*a.HeadWidth:]
		into.keys = append(into.keys, keys[:c.width]...)
		into.values = append(into.values, keys[c.width:]...)
		if a.RopeBase != 0 {
			t.rope.reach(a.RopeBase, a.HeadWidth, int(position)+1)
			added := into.keys[len(into.keys)-c.width:]
			for h := range a.KVHeads {
				t.rope.turn(added[h*a.HeadWidth:], added[h*a.HeadWidth:], position, 1)
			}
			for h := range a.Heads {
				t.rope.turn(row[h*a.HeadWidth:], row[h*a.HeadWidth:], position, 1)
			}
		}
	}
}

// attend computes the tokens of sequence s, which are the cache's last.
func (c *Cache) attend(qkv, out *Var, l *Layout, a Attention, layer, s int) {
	low, high := int(l.Offsets[s]), int(l.Offsets[s+1])
	from := &c.layers[layer]
	weights := make([]float32, len(c.tokens))
	for i := low; i < high; i++ {
		last := len(c.tokens) - (high - i)
		for h := range a.Heads {
			kv := h / (a.Heads / a.KVHeads) * a.HeadWidth
			q, y := qkv.Row(i)[h*a.HeadWidth:][:a.HeadWidth], out.Row(i)[h*a.HeadWidth:][:a.HeadWidth]
			count := 0
			for j, token := range c.tokens[:last+1] {
				if j == last || sees(c.tokens[last].step, token.step, token.transient, c.context) {
					var dot float32
					for d, v := range from.keys[j*c.width+kv:][:a.HeadWidth] {
						dot += q[d] * v
					}
					weights[count] = dot * a.scale()
					count++
				}
			}
			softmax(weights[:count])
			count = 0
			for j, token := range c.tokens[:last+1] {
				if j == last || sees(c.tokens[last].step, token.step, token.transient, c.context) {
					for d, v := range from.values[j*c.width+kv:][:a.HeadWidth] {
						y[d] += weights[count] * v
					}
					count++
				}
			}
		}
	}
}
