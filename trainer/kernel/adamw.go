package kernel

import (
	"fmt"
	"math"

	"trailblazer/trainer/kernel/vec"
)

// AdamW says how an optimizer steps (Loshchilov and Hutter, "Decoupled Weight
// Decay Regularization", 2019), with PyTorch's order of operations. The zero
// value stands for PyTorch's defaults but for the weight decay, which is 0.
type AdamW struct {
	// Beta1 and Beta2 are how much of the means of gradients and of their
	// squares stays with each step; 0 stands for 0.9 and 0.999.
	Beta1, Beta2 float32
	// Eps is added to the root of the mean square; 0 stands for 1e-8.
	Eps float32
	// WeightDecay is what part of its value, times the rate, a param loses at
	// each step, unless it has NoDecay.
	WeightDecay float32
}

// filled is the settings with defaults for zeros.
func (o AdamW) filled() AdamW {
	if o.Beta1 == 0 {
		o.Beta1 = 0.9
	}
	if o.Beta2 == 0 {
		o.Beta2 = 0.999
	}
	if o.Eps == 0 {
		o.Eps = 1e-8
	}
	return o
}

// Moments is what an optimizer remembers of one param.
type Moments struct {
	Name  string
	Shape []int
	// First and Second are the running means of the gradients and of their
	// squares.
	First, Second []float32
}

// OptimizerState is all that an optimizer remembers.
type OptimizerState struct {
	// Steps is how many there were.
	Steps int
	// Moments are those of the params that are not frozen, in the set's order.
	// They share the optimizer's memory.
	Moments []Moments
}

// Optimizer changes params against their gradients.
type Optimizer struct {
	settings AdamW
	params   []*Param
	state    OptimizerState
	gang     *gang
	pieces   []optimizerPiece
	step     vec.AdamW
}

// NewOptimizer makes one for the params of a set that are not frozen now.
func NewOptimizer(set *Set, o AdamW, c *Compute) *Optimizer {
	optimizer := &Optimizer{settings: o.filled(), gang: newGang(c.Workers())}
	for _, p := range set.params {
		if p.Frozen {
			continue
		}
		rows := cutRows(len(p.Value), 1)
		for i := range rows.pieces() {
			low, high := rows.bounds(i)
			optimizer.pieces = append(optimizer.pieces, optimizerPiece{len(optimizer.params), low, high})
		}
		optimizer.params = append(optimizer.params, p)
		optimizer.state.Moments = append(optimizer.state.Moments, Moments{
			Name: p.Name, Shape: p.Shape,
			First: make([]float32, len(p.Value)), Second: make([]float32, len(p.Value)),
		})
	}
	return optimizer
}

// Step changes each param p that has a gradient g:
//
//	p ← p − rate·WeightDecay·p
//	m ← Beta1·m + (1−Beta1)·g,  v ← Beta2·v + (1−Beta2)·g²
//	p ← p − rate·(m/(1−Beta1ⁿ)) / (√(v/(1−Beta2ⁿ)) + Eps)
//
// at step n, from 1. Gradients stay as they are.
func (o *Optimizer) Step(rate float32) {
	o.state.Steps++
	n, s := float64(o.state.Steps), o.settings
	o.step = vec.AdamW{
		Rate: float64(rate), Beta1: float64(s.Beta1), Beta2: float64(s.Beta2), Eps: float64(s.Eps), GradScale: 1,
		Correction1: 1 - math.Pow(float64(s.Beta1), n), Correction2: 1 - math.Pow(float64(s.Beta2), n),
	}
	o.gang.run(len(o.pieces), o)
}

// optimizerPiece is part of one param.
type optimizerPiece struct{ param, low, high int }

func (o *Optimizer) piece(i, _ int) {
	at := o.pieces[i]
	p, m := o.params[at.param], &o.state.Moments[at.param]
	if p.Grad == nil {
		return
	}
	step := o.step
	if !p.NoDecay {
		step.Decay = float64(o.settings.WeightDecay)
	}
	step.Apply(p.Value[at.low:at.high], p.Grad[at.low:at.high], m.First[at.low:at.high], m.Second[at.low:at.high])
}

// State is what a later run needs to go on to the same bits.
func (o *Optimizer) State() OptimizerState { return o.state }

// SetState goes on from a state, which it copies. The error says which param
// it does not fit.
func (o *Optimizer) SetState(s OptimizerState) error {
	if s.Steps < 0 {
		return fmt.Errorf("the optimizer's state is after %d steps", s.Steps)
	}
	if len(s.Moments) != len(o.params) {
		return fmt.Errorf("the optimizer's state is of %d params, the model learns %d", len(s.Moments), len(o.params))
	}
	for i, m := range s.Moments {
		p := o.params[i]
		if m.Name != p.Name || len(m.First) != len(p.Value) || len(m.Second) != len(p.Value) {
			return fmt.Errorf("the optimizer's state has %q with %d and %d numbers where the model learns %q %v", m.Name, len(m.First), len(m.Second), p.Name, p.Shape)
		}
	}
	o.state.Steps = s.Steps
	for i, m := range s.Moments {
		copy(o.state.Moments[i].First, m.First)
		copy(o.state.Moments[i].Second, m.Second)
	}
	return nil
}
