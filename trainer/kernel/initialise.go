package kernel

import "math/rand/v2"

// Normal draws the values from the normal distribution around 0 with the
// standard deviation std.
func (p *Param) Normal(r *rand.Rand, std float32) {
	for i := range p.Value {
		p.Value[i] = float32(r.NormFloat64()) * std
	}
}

// Uniform draws the values evenly from [-bound, bound).
func (p *Param) Uniform(r *rand.Rand, bound float32) {
	for i := range p.Value {
		p.Value[i] = (2*r.Float32() - 1) * bound
	}
}

// Fill sets all values to v.
func (p *Param) Fill(v float32) {
	for i := range p.Value {
		p.Value[i] = v
	}
}
