package rl

import "fmt"

// Advantages estimates how much better each step went than the critic expected,
// and what the rest of the episode brings: the generalized advantage estimation
// of Schulman et al., "High-Dimensional Continuous Control Using Generalized
// Advantage Estimation" (2016),
//
//	δ(t) = r(t) + γ·V(t+1) − V(t),  A(t) = δ(t) + γ·λ·A(t+1),
//
// within each sequence, behind whose last step V is Bootstrap. returns are
// A + V, what the critic is to learn. λ = 1 are discounted sums of rewards, less
// V; λ = 0 looks one step ahead. The critic must have read the experience.
func Advantages(e *Experience, gamma, lambda float64) (advantages, returns []float32) {
	if len(e.Value) != e.Len() || len(e.Bootstrap) != e.Sequences() {
		panic(fmt.Sprintf("rl: Advantages of %d steps in %d sequences with %d values and %d behind them", e.Len(), e.Sequences(), len(e.Value), len(e.Bootstrap)))
	}
	advantages, returns = make([]float32, e.Len()), make([]float32, e.Len())
	for s := range e.Sequences() {
		next, sum := float64(e.Bootstrap[s]), 0.0
		for t := e.Offsets[s+1] - 1; t >= e.Offsets[s]; t-- {
			value := float64(e.Value[t])
			delta := float64(e.Reward[t]) + float64(gamma*next) - value
			sum = delta + float64(gamma*lambda*sum)
			advantages[t], returns[t] = float32(sum), float32(sum+value)
			next = value
		}
	}
	return advantages, returns
}

// returnsToGo are the discounted sums of rewards from each step to the end of
// its sequence, behind which nothing is counted.
func returnsToGo(e *Experience, gamma float64) []float64 {
	returns := make([]float64, e.Len())
	for s := range e.Sequences() {
		sum := 0.0
		for t := e.Offsets[s+1] - 1; t >= e.Offsets[s]; t-- {
			sum = float64(e.Reward[t]) + float64(gamma*sum)
			returns[t] = sum
		}
	}
	return returns
}
