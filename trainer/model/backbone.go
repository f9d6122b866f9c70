package model

import (
	"math"
	"slices"
	"strconv"

	"trailblazer/trainer/kernel"
)

// backbone is the transformer. Its params, below "backbone.":
//
//	positions.weight              [positions, width]
//	layers.N.attention_norm       weight, and bias for layer norm
//	layers.N.attention.qkv        [(heads + 2·KV heads)·head width, width]: rows of
//	                              all queries, then of keys, then of values, as the
//	                              weights of q_proj, k_proj and v_proj one above
//	                              another, or GPT-2's c_attn transposed
//	layers.N.attention.out        [width, heads·head width]
//	layers.N.mlp_norm             as attention_norm
//	layers.N.mlp.up               [MLP width, width]; gated [2·MLP width, width]:
//	                              rows of the gate, then of up
//	layers.N.mlp.down             [width, MLP width]
//	norm                          after the last layer
//
// and with LoRA, for each target such as q, layers.N.attention.q.lora_a [rank, in]
// and lora_b [out, rank].
type backbone struct {
	*Backbone
	positions *kernel.Param
	layers    []layer
	final     *norm
	shape     kernel.Attention
}

// layer is one block of the transformer.
type layer struct {
	attentionNorm, mlpNorm norm
	qkv, out, up, down     adapted
}

func newBackbone(b builder, c *Backbone) backbone {
	b = b.under("backbone")
	b.frozen = c.Frozen
	m := backbone{Backbone: c, shape: c.attention()}
	if c.Positions == PositionsLearned {
		m.positions = b.table("positions", c.MaxPositions+c.PositionOffset, c.Width, c.InitStd)
	}
	for i := range c.Layers {
		m.layers = append(m.layers, newLayer(b.under("layers").under(strconv.Itoa(i)), c))
	}
	if c.FinalNorm {
		final := b.norm("norm", c.Norm, c.Width, c.NormEps)
		m.final = &final
	}
	return m
}

func newLayer(b builder, c *Backbone) layer {
	queries, keys := c.Heads*c.headWidth(), c.kvHeads()*c.headWidth()
	inner, mlp := c.mlpWidth(), b.under("mlp")
	attention := b.under("attention")
	residual := c.InitStd / math.Sqrt(2*float64(c.Layers))
	l := layer{
		attentionNorm: b.norm("attention_norm", c.Norm, c.Width, c.NormEps),
		qkv:           adapted{linear: attention.normal("qkv", queries+2*keys, c.Width, c.QKVBias, c.InitStd)},
		out:           adapted{linear: attention.normal("out", c.Width, queries, c.OutputBias, residual)},
		mlpNorm:       b.norm("mlp_norm", c.Norm, c.Width, c.NormEps),
	}
	l.qkv.adapt(attention, &c.LoRA, "q", 0, queries)
	l.qkv.adapt(attention, &c.LoRA, "k", queries, keys)
	l.qkv.adapt(attention, &c.LoRA, "v", queries+keys, keys)
	l.out.adapt(attention, &c.LoRA, "out", 0, c.Width)
	gate := 0
	if c.Gated {
		gate = inner
	}
	l.up.linear = mlp.normal("up", gate+inner, c.Width, c.MLPBias, c.InitStd)
	l.down.linear = mlp.normal("down", c.Width, inner, c.MLPBias, residual)
	l.up.adapt(mlp, &c.LoRA, "gate", 0, gate)
	l.up.adapt(mlp, &c.LoRA, "up", gate, inner)
	l.down.adapt(mlp, &c.LoRA, "down", 0, c.Width)
	return l
}

// forward takes tokens through all layers and returns those of the rows read.
// With caches the tokens go on where these end.
func (m *backbone) forward(t *kernel.Tape, x *kernel.Var, layout *kernel.Layout, caches []*kernel.Cache, read []int32) *kernel.Var {
	dropout := float32(m.Dropout)
	if m.positions != nil {
		rows := slices.Clone(layout.Positions)
		for i := range rows {
			rows[i] += int32(m.PositionOffset)
		}
		x = t.Add(x, t.Embedding(m.positions, rows))
	}
	x = t.Dropout(x, dropout)
	for i := range m.layers {
		l := &m.layers[i]
		seen := l.qkv.apply(t, m.before(t, &l.attentionNorm, x))
		if caches == nil {
			seen = t.Attention(seen, layout, m.shape)
		} else {
			seen = t.AttentionCached(seen, layout, m.shape, i, caches)
		}
		if i == len(m.layers)-1 {
			// From here on tokens don't see each other.
			seen, x = t.Gather(seen, read), t.Gather(x, read)
		}
		x = m.join(t, &l.attentionNorm, x, l.out.apply(t, seen))
		inner := l.up.apply(t, m.before(t, &l.mlpNorm, x))
		if m.Gated {
			inner = t.SwiGLU(inner)
		} else {
			inner = t.Activate(inner, m.Activation)
		}
		x = m.join(t, &l.mlpNorm, x, l.down.apply(t, inner))
	}
	if len(m.layers) == 0 {
		x = t.Gather(x, read)
	}
	if m.final != nil {
		x = m.final.apply(t, x)
	}
	return x
}

// before is what a layer's part works on, and join adds what it makes of it.
func (m *backbone) before(t *kernel.Tape, n *norm, x *kernel.Var) *kernel.Var {
	if m.NormPlace == NormPost {
		return x
	}
	return n.apply(t, x)
}

func (m *backbone) join(t *kernel.Tape, n *norm, x, y *kernel.Var) *kernel.Var {
	x = t.Add(x, t.Dropout(y, float32(m.Backbone.Dropout)))
	if m.NormPlace == NormPost {
		return n.apply(t, x)
	}
	return x
}
