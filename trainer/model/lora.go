package model

import (
	"math"
	"slices"

	"trailblazer/trainer/kernel"
)

// adapted is a linear map of the backbone with LoRA on ranges of its outputs.
type adapted struct {
	linear
	adapters []adapter
}

// adapter adds scale·b·a to the rows of a weight from row on.
type adapter struct {
	a, b           *kernel.Param // [rank, in], [out, rank]
	row            int
	scale, dropout float32
}

// adapt adds LoRA to outputs of the map if it is among the targets. a starts
// as PyTorch's linear maps do, b at 0: at first nothing changes.
func (l *adapted) adapt(b builder, c *LoRA, target string, row, out int) {
	if !slices.Contains(c.Targets, target) {
		return
	}
	b = b.under(target)
	b.frozen = false
	in := l.weight.Shape[1]
	one := adapter{row: row, scale: float32(c.Alpha / float64(c.Rank)), dropout: float32(c.Dropout)}
	a, random := b.add("lora_a", c.Rank, in)
	a.Uniform(random, float32(1/math.Sqrt(float64(in))))
	one.a = a
	one.b, _ = b.add("lora_b", out, c.Rank)
	l.adapters = append(l.adapters, one)
}

func (l *adapted) apply(t *kernel.Tape, x *kernel.Var) *kernel.Var {
	y := l.linear.apply(t, x)
	for i := range l.adapters {
		a := &l.adapters[i]
		thin := t.Linear(t.Dropout(x, a.dropout), a.a, nil)
		y = t.AddLinear(y, thin, a.b, a.row, a.scale)
	}
	return y
}

// merge adds the adapters to the weight of another map of the same shape.
func (l *adapted) merge(into *adapted) {
	in := l.weight.Shape[1]
	sum := make([]float64, in)
	for i := range l.adapters {
		a := &l.adapters[i]
		rank := a.a.Shape[0]
		for r := range a.b.Shape[0] {
			clear(sum)
			for k, x := range a.b.Value[r*rank : (r+1)*rank] {
				for c, y := range a.a.Value[k*in : (k+1)*in] {
					sum[c] += float64(x) * float64(y)
				}
			}
			row := into.weight.Value[(a.row+r)*in:][:in]
			for c, s := range sum {
				row[c] = float32(float64(row[c]) + float64(a.scale)*s)
			}
		}
	}
}

// Merged returns a copy of the model whose LoRA is part of its weights:
// equal but for rounding, and faster. A model without LoRA is returned itself.
func (m *Model) Merged() (*Model, error) {
	if m.config.Backbone.LoRA.Rank == 0 {
		return m, nil
	}
	c := m.config
	c.Backbone.LoRA = LoRA{}
	merged, err := New(c, m.compute, 0)
	if err != nil {
		return nil, err
	}
	for _, p := range merged.params.Params() {
		copy(p.Value, m.params.Find(p.Name).Value)
	}
	for i := range m.backbone.layers {
		from, into := &m.backbone.layers[i], &merged.backbone.layers[i]
		from.qkv.merge(&into.qkv)
		from.out.merge(&into.out)
		from.up.merge(&into.up)
		from.down.merge(&into.down)
	}
	return merged, nil
}
