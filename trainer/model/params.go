package model

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"

	"trailblazer/trainer/kernel"
)

// builder adds fresh params to a set.
type builder struct {
	set    *kernel.Set
	seed   uint64
	prefix string
	frozen bool
}

// under adds a name to those of the params.
func (b builder) under(name string) builder {
	b.prefix += name + "."
	return b
}

// add makes a param, which is zero, and what to draw it from.
func (b builder) add(name string, shape ...int) (*kernel.Param, *rand.Rand) {
	p := b.set.New(b.prefix+name, shape...)
	p.Frozen = b.frozen
	h := fnv.New64a()
	h.Write([]byte(p.Name))
	return p, rand.New(rand.NewPCG(b.seed, h.Sum64()))
}

// linear is y = x·wᵀ + b: "weight" [out, in] and "bias" [out].
type linear struct{ weight, bias *kernel.Param }

func (l *linear) apply(t *kernel.Tape, x *kernel.Var) *kernel.Var {
	return t.Linear(x, l.weight, l.bias)
}

// normal makes a linear map with weights of a standard deviation and no bias
// but zeros, as in GPT-2.
func (b builder) normal(name string, out, in int, bias bool, std float64) linear {
	b = b.under(name)
	w, random := b.add("weight", out, in)
	w.Normal(random, float32(std))
	if !bias {
		return linear{weight: w}
	}
	return linear{w, b.zeros("bias", out)}
}

// uniform makes a linear map as PyTorch does: weights and biases up to 1/√in.
func (b builder) uniform(name string, out, in int, bias bool) linear {
	b = b.under(name)
	w, random := b.add("weight", out, in)
	bound := float32(1 / math.Sqrt(float64(in)))
	w.Uniform(random, bound)
	if !bias {
		return linear{weight: w}
	}
	c, random := b.add("bias", out)
	c.Uniform(random, bound)
	c.NoDecay = true
	return linear{w, c}
}

// convolution makes a 1-D convolution of one channel as PyTorch does.
func (b builder) convolution(name string, out, width int) linear {
	l := b.uniform(name, out, width, true)
	l.weight.Shape = []int{out, 1, width}
	return l
}

// zeros makes a bias.
func (b builder) zeros(name string, shape ...int) *kernel.Param {
	p, _ := b.add(name, shape...)
	p.NoDecay = true
	return p
}

// table makes rows that are looked up.
func (b builder) table(name string, rows, width int, std float64) *kernel.Param {
	p, random := b.under(name).add("weight", rows, width)
	p.Normal(random, float32(std))
	p.NoDecay = true
	return p
}

// norm is layer norm or RMS norm: "weight" and, for layer norm, "bias".
type norm struct {
	gain, bias *kernel.Param
	eps        float32
}

func (b builder) norm(name, kind string, width int, eps float64) norm {
	b = b.under(name)
	n := norm{eps: float32(eps)}
	n.gain = b.zeros("weight", width)
	n.gain.Fill(1)
	if kind == NormLayer {
		n.bias = b.zeros("bias", width)
	}
	return n
}

func (n *norm) apply(t *kernel.Tape, x *kernel.Var) *kernel.Var {
	if n.bias == nil {
		return t.RMSNorm(x, n.gain, n.eps)
	}
	return t.LayerNorm(x, n.gain, n.bias, n.eps)
}

// network is linear maps, each followed by an activation: "0", "1" and so on.
type network struct {
	maps       []linear
	activation kernel.Activation
}

func (b builder) network(name string, activation kernel.Activation, in int, widths ...int) network {
	if name != "" {
		b = b.under(name)
	}
	n := network{activation: activation}
	for i, out := range widths {
		n.maps = append(n.maps, b.uniform(strconv.Itoa(i), out, in, true))
		in = out
	}
	return n
}

func (n *network) apply(t *kernel.Tape, x *kernel.Var) *kernel.Var {
	for i := range n.maps {
		x = t.Activate(n.maps[i].apply(t, x), n.activation)
	}
	return x
}

// positive are the widths that are not 0.
func positive(widths ...int) []int {
	return slices.DeleteFunc(widths, func(w int) bool { return w == 0 })
}
