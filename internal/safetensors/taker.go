package safetensors

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Taker takes a network's tensors from a file and keeps the first error, so
// that all can be taken before it is looked at.
type Taker struct {
	file  *File
	taken map[string]bool
	err   error
}

// NewTaker takes from a file.
func NewTaker(f *File) *Taker { return &Taker{file: f, taken: make(map[string]bool)} }

// Take returns a tensor's values, row-major. They must be finite. Where the
// tensor isn't there as wanted they are 0.
func (t *Taker) Take(name string, shape ...int) []float32 {
	t.taken[name] = true
	values, err := t.values(name, shape)
	if err == nil {
		return values
	}
	if t.err == nil {
		t.err = err
	}
	size := 1
	for _, n := range shape {
		size *= n
	}
	return make([]float32, size)
}

func (t *Taker) values(name string, shape []int) ([]float32, error) {
	tensor := t.file.Tensor(name)
	if tensor == nil {
		return nil, fmt.Errorf("there is no tensor %q of the shape %v", name, shape)
	}
	if !slices.Equal(tensor.Shape, shape) {
		return nil, fmt.Errorf("tensor %q has the shape %v, not %v", name, tensor.Shape, shape)
	}
	values, err := tensor.Float32s()
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

// Finish returns the first error. A tensor that wasn't taken is one, unless its
// name begins with one of those spared.
func (t *Taker) Finish(spared ...string) error {
	if t.err != nil {
		return t.err
	}
	for i := range t.file.Tensors {
		x := &t.file.Tensors[i]
		begins := func(prefix string) bool { return strings.HasPrefix(x.Name, prefix) }
		if !t.taken[x.Name] && !slices.ContainsFunc(spared, begins) {
			return fmt.Errorf("tensor %q of the shape %v is none of the network's", x.Name, x.Shape)
		}
	}
	return nil
}
