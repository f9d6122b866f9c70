package decima

import (
	"fmt"
	"math"
	"slices"

	"trailblazer/internal/safetensors"
)

// weights takes tensors from a file and keeps the first error.
type weights struct {
	file  *safetensors.File
	taken map[string]bool
	err   error
}

// take returns a tensor's values, row-major. Where it isn't there as wanted
// they are 0.
func (w *weights) take(name string, shape ...int) []float32 {
	if w.taken == nil {
		w.taken = make(map[string]bool)
	}
	w.taken[name] = true
	values, err := w.values(name, shape)
	if err == nil {
		return values
	}
	if w.err == nil {
		w.err = err
	}
	size := 1
	for _, n := range shape {
		size *= n
	}
	return make([]float32, size)
}

func (w *weights) values(name string, shape []int) ([]float32, error) {
	t := w.file.Tensor(name)
	if t == nil {
		return nil, fmt.Errorf("there is no tensor %q of the shape %v", name, shape)
	}
	if !slices.Equal(t.Shape, shape) {
		return nil, fmt.Errorf("tensor %q has the shape %v, not %v", name, t.Shape, shape)
	}
	values, err := t.Float32s()
	if err != nil {
		return nil, err
	}
	for i, x := range values {
		if x64 := float64(x); math.IsNaN(x64) || math.IsInf(x64, 0) {
			return nil, fmt.Errorf("tensor %q has %v at %d; weights are finite", name, x, i)
		}
	}
	return values, nil
}

// mlp takes the three layers of an embedding.
func (w *weights) mlp(name string, in int) (m mlp) {
	for i, out := range [...]int{2 * width, width, width} {
		path := fmt.Sprintf("%s.%d", name, 2*i)
		m[i] = newLayer(w.take(path+".weight", out, in), in, [2]int{0, in}, w.take(path+".bias", out))
		in = out
	}
	return m
}

// head takes the layers that score; own and shared are ranges of its in inputs.
func (w *weights) head(name string, in int, own, shared [2]int) head {
	const out = widest
	first := w.take(name+".0.weight", out, in)
	return head{
		own:    newLayer(first, in, own, nil),
		shared: newLayer(first, in, shared, w.take(name+".0.bias", out)),
		hidden: newLayer(w.take(name+".2.weight", out, out), out, [2]int{0, out}, w.take(name+".2.bias", out)),
		out:    w.take(name+".4.weight", 1, out),
		bias:   w.take(name+".4.bias", 1)[0],
	}
}

// finish returns the first error. A tensor that wasn't taken is one.
func (w *weights) finish() error {
	if w.err != nil {
		return w.err
	}
	for i := range w.file.Tensors {
		if t := &w.file.Tensors[i]; !w.taken[t.Name] {
			return fmt.Errorf("tensor %q of the shape %v is none of the network's", t.Name, t.Shape)
		}
	}
	return nil
}
