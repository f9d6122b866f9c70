package kernel

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// transformer is a small language model, as published ones are built, for tests
// and benchmarks.
type transformer struct {
	set                       Set
	layers, width, mlp, vocab int
	heads                     Attention
	activation                Activation
	dropout                   float32
	// llama: root-mean-square norms, gated units and no biases.
	llama bool
	// pairs are weights and biases by their common name.
	pairs map[string]pair
}

type pair struct{ weight, bias *Param }

// build adds the params, in the order and by the names of the reference script.
func (m *transformer) build(positions int) {
	matrix := func(name string, shape ...int) { m.set.New(name, shape...) }
	bias := func(name string, width int) {
		if !m.llama {
			m.set.New(name, width).NoDecay = true
		}
	}
	norm := func(name string) {
		m.set.New(name+".weight", m.width).NoDecay = true
		bias(name+".bias", m.width)
	}
	matrix("tokens", m.vocab, m.width)
	if m.heads.RopeBase == 0 {
		matrix("positions", positions, m.width)
	}
	for i := range m.layers {
		at := fmt.Sprintf("layers.%d.", i)
		norm(at + "norm1")
		matrix(at+"qkv.weight", m.heads.columns(), m.width)
		bias(at+"qkv.bias", m.heads.columns())
		matrix(at+"out.weight", m.width, m.heads.Heads*m.heads.HeadWidth)
		bias(at+"out.bias", m.width)
		norm(at + "norm2")
		up := m.mlp
		if m.llama {
			up = 2 * m.mlp
		}
		matrix(at+"up.weight", up, m.width)
		bias(at+"up.bias", up)
		matrix(at+"down.weight", m.width, m.mlp)
		bias(at+"down.bias", m.width)
	}
	norm("norm")
	matrix("head.weight", m.vocab, m.width)
	m.pairs = map[string]pair{}
	for _, p := range m.set.Params() {
		if name, found := strings.CutSuffix(p.Name, ".weight"); found {
			m.pairs[name] = pair{p, m.set.Find(name + ".bias")}
		}
	}
}

// initialise draws all params.
func (m *transformer) initialise(seed uint64) {
	r := rand.New(rand.NewPCG(seed, 6))
	for _, p := range m.set.Params() {
		if len(p.Shape) == 1 {
			p.Uniform(r, 0.1)
		} else {
			p.Normal(r, 0.08)
		}
	}
}

// logits is the forward pass over packed tokens.
func (m *transformer) logits(t *Tape, tokens, positions []int32, l *Layout) *Var {
	norm := func(x *Var, name string) *Var {
		if m.llama {
			return t.RMSNorm(x, m.pairs[name].weight, 1e-5)
		}
		return t.LayerNorm(x, m.pairs[name].weight, m.pairs[name].bias, 1e-5)
	}
	linear := func(x *Var, name string) *Var { return t.Linear(x, m.pairs[name].weight, m.pairs[name].bias) }
	x := t.Embedding(m.set.Find("tokens"), tokens)
	if p := m.set.Find("positions"); p != nil {
		x = t.Add(x, t.Embedding(p, positions))
	}
	for i := range m.layers {
		at := layerNames[i]
		y := linear(norm(x, at.norm1), at.qkv)
		y = linear(t.Attention(y, l, m.heads), at.out)
		x = t.Add(x, t.Dropout(y, m.dropout))
		y = linear(norm(x, at.norm2), at.up)
		if m.llama {
			y = t.SwiGLU(y)
		} else {
			y = t.Activate(y, m.activation)
		}
		x = t.Add(x, t.Dropout(linear(y, at.down), m.dropout))
	}
	return linear(norm(x, "norm"), "head")
}

// layerNames spares the benchmark making names at each step.
var layerNames = func() (names [3]struct{ norm1, qkv, out, norm2, up, down string }) {
	for i := range names {
		n, at := &names[i], fmt.Sprintf("layers.%d.", i)
		n.norm1, n.qkv, n.out, n.norm2, n.up, n.down = at+"norm1", at+"qkv", at+"out", at+"norm2", at+"up", at+"down"
	}
	return names
}()
