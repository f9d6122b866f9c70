package train

import (
	"trailblazer/trainer/checkpoint"
	"trailblazer/trainer/kernel"
)

// Average is a running mean of the weights that learn, which plays better than
// the weights of any one step (Polyak and Juditsky, "Acceleration of Stochastic
// Approximation by Averaging", 1992).
type Average struct {
	decay  float32
	params []*kernel.Param
	values [][]float32
}

// NewAverage begins with the weights as they are. A decay of 0 keeps none.
func NewAverage(set *kernel.Set, decay float32) *Average {
	a := &Average{decay: decay}
	if decay == 0 {
		return a
	}
	for _, p := range set.Params() {
		if !p.Frozen {
			a.params = append(a.params, p)
			a.values = append(a.values, append([]float32(nil), p.Value...))
		}
	}
	return a
}

// Update takes in the weights after a step. The first steps count more, so that
// the weights of the beginning are soon forgotten: the decay of step n is at
// most n/(n+9).
func (a *Average) Update(step int) {
	keep := min(a.decay, float32(step)/float32(step+9))
	for i, p := range a.params {
		mean := a.values[i]
		for j, x := range p.Value {
			mean[j] += (x - mean[j]) * (1 - keep)
		}
	}
}

// Swap puts the averages in the place of the weights, and back.
func (a *Average) Swap() {
	for i, p := range a.params {
		mean := a.values[i]
		for j, x := range p.Value {
			p.Value[j], mean[j] = mean[j], x
		}
	}
}

// Arrays are those of a State.
func (a *Average) Arrays() []checkpoint.Array {
	var list []checkpoint.Array
	for i, p := range a.params {
		list = append(list, checkpoint.Array{Group: "average", Name: p.Name, Shape: p.Shape, Values: a.values[i]})
	}
	return list
}
