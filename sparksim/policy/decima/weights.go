package decima

import (
	"fmt"

	"trailblazer/internal/dense"
	"trailblazer/internal/safetensors"
)

// weights takes the parts of the network from a file.
type weights struct{ *safetensors.Taker }

// mlp takes the three layers of an embedding.
func (w weights) mlp(name string, in int) (m mlp) {
	for i, out := range [...]int{2 * width, width, width} {
		path := fmt.Sprintf("%s.%d", name, 2*i)
		m[i] = dense.NewLayer(w.Take(path+".weight", out, in), in, [2]int{0, in}, w.Take(path+".bias", out))
		in = out
	}
	return m
}

// head takes the layers that score; own and shared are ranges of its in inputs.
func (w weights) head(name string, in int, own, shared [2]int) head {
	const out = widest
	first := w.Take(name+".0.weight", out, in)
	return head{
		own:    dense.NewLayer(first, in, own, nil),
		shared: dense.NewLayer(first, in, shared, w.Take(name+".0.bias", out)),
		hidden: dense.NewLayer(w.Take(name+".2.weight", out, out), out, [2]int{0, out}, w.Take(name+".2.bias", out)),
		out:    w.Take(name+".4.weight", 1, out),
		bias:   w.Take(name+".4.bias", 1)[0],
	}
}
