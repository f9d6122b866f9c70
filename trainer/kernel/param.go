package kernel

import "fmt"

// Param is a learned array.
type Param struct {
	// Name is unique in its Set, as in published checkpoints
	// ("backbone.layers.0.attention.out.weight").
	Name  string
	Shape []int
	// Value and Grad are row-major. Grad is added to by Tape.Backward; it is
	// nil until the first gradient comes.
	Value, Grad []float32
	// Frozen params get no gradient and are not optimized.
	Frozen bool
	// NoDecay spares a param the weight decay: biases, norms and embeddings.
	NoDecay bool
}

// learns says that p is there and not frozen.
func (p *Param) learns() bool { return p != nil && !p.Frozen }

// matrix is the shape of a param of two dimensions.
func (p *Param) matrix() (rows, cols int) {
	if len(p.Shape) != 2 {
		panic(fmt.Sprintf("kernel: param %q %v is no matrix", p.Name, p.Shape))
	}
	return p.Shape[0], p.Shape[1]
}

// gradient is Grad, which it makes where there is none yet; nil where p does
// not learn.
func (p *Param) gradient() []float32 {
	if !p.learns() {
		return nil
	}
	if p.Grad == nil {
		p.Grad = make([]float32, len(p.Value))
	}
	return p.Grad
}

// Set is all params of a model, in the order in which they were added.
type Set struct {
	params []*Param
	byName map[string]*Param
}

// New adds a param of zeros. It panics where the set has one of that name, or
// where a dimension is negative.
func (s *Set) New(name string, shape ...int) *Param {
	if s.byName[name] != nil {
		panic(fmt.Sprintf("kernel: two params are named %q", name))
	}
	size := 1
	for _, n := range shape {
		if n < 0 {
			panic(fmt.Sprintf("kernel: param %q has the shape %v", name, shape))
		}
		size *= n
	}
	p := &Param{Name: name, Shape: append([]int(nil), shape...), Value: make([]float32, size)}
	if s.byName == nil {
		s.byName = make(map[string]*Param)
	}
	s.byName[name] = p
	s.params = append(s.params, p)
	return p
}

// Params are all params in the order in which they were added. The slice is the
// set's own.
func (s *Set) Params() []*Param { return s.params }

// Find returns the param of a name, or nil.
func (s *Set) Find(name string) *Param { return s.byName[name] }

// ZeroGrad sets all gradients to 0.
func (s *Set) ZeroGrad() {
	for _, p := range s.params {
		clear(p.Grad)
	}
}

// Count is how many numbers all params hold together.
func (s *Set) Count() int {
	count := 0
	for _, p := range s.params {
		count += len(p.Value)
	}
	return count
}
