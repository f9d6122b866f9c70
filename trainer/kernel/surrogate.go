package kernel

import (
	"fmt"
	"math"
)

// weightedSum is one number of a column.
type weightedSum struct {
	x, out  *Var
	weights rowWeights
}

// WeightedSum is Σ weight·x over the rows of x, rows × 1. Without weights the
// rows count equally, to the sum 1. With the weights −w·advantage, of
// log-probabilities, it is the loss of a policy gradient (Williams, "Simple
// Statistical Gradient-Following Algorithms", 1992).
func (t *Tape) WeightedSum(x *Var, weights []float32) *Var {
	checkColumn("WeightedSum", x, weights)
	op := t.weightedSums.take(t)
	*op = weightedSum{x, t.result(1, 1, x.learns), newRowWeights(weights, nil, x.Rows)}
	sum := 0.0
	for r, v := range x.Value {
		sum += float64(op.weights.at(r)) * float64(v)
	}
	op.out.Value[0] = float32(sum)
	t.record(op)
	return op.out
}

func (op *weightedSum) output() *Var { return op.out }

func (op *weightedSum) backward(t *Tape) {
	dx := t.cleared(op.x)
	for r := range dx {
		dx[r] += op.weights.at(r) * op.out.grad[0]
	}
}

// surrogate is PPO's loss of a policy.
type surrogate struct {
	x, out          *Var
	old, advantages []float32
	weights         rowWeights
	clip            float32
}

// ClippedSurrogate is PPO's loss of a policy (Schulman et al., "Proximal Policy
// Optimization Algorithms", 2017, equation 7, with the sign of a loss):
//
//	−Σ weight·min(r·A, clamp(r, 1−clip, 1+clip)·A),  r = e^(logp−old)
//
// logp is rows × 1: what the policy says now of actions that had the
// log-probability old when they were taken, with the advantage A. Without
// weights the rows count equally, to the sum 1.
func (t *Tape) ClippedSurrogate(logp *Var, old, advantages, weights []float32, clip float32) *Var {
	checkClip("ClippedSurrogate", logp, old, advantages, weights, clip)
	op := t.surrogates.take(t)
	*op = surrogate{logp, t.result(1, 1, logp.learns), old, advantages, newRowWeights(weights, nil, logp.Rows), clip}
	loss := 0.0
	for r := range logp.Rows {
		gain, _ := op.gain(r)
		loss -= float64(op.weights.at(r)) * gain
	}
	op.out.Value[0] = float32(loss)
	t.record(op)
	return op.out
}

// gain is a row's part of the surrogate and its derivative by logp, which is 0
// where the clip binds.
func (op *surrogate) gain(r int) (gain, slope float64) {
	if op.advantages[r] == 0 || op.weights.at(r) == 0 {
		return 0, 0 // Also where the ratio overflows.
	}
	a, clip := float64(op.advantages[r]), float64(op.clip)
	ratio := math.Exp(float64(op.x.Value[r]) - float64(op.old[r]))
	if clipped := min(max(ratio, 1-clip), 1+clip) * a; clipped < ratio*a {
		return clipped, 0
	}
	return ratio * a, ratio * a
}

func (op *surrogate) output() *Var { return op.out }

func (op *surrogate) backward(t *Tape) {
	dx := t.cleared(op.x)
	for r := range dx {
		_, slope := op.gain(r)
		dx[r] -= float32(float64(op.weights.at(r)) * slope * float64(op.out.grad[0]))
	}
}

// clippedError is PPO's loss of a critic.
type clippedError struct {
	x, out       *Var
	targets, old []float32
	weights      rowWeights
	clip         float32
}

// ClippedSquaredError is a critic's loss that does not reward leaving what it
// said before by more than clip, as PPO's reference implementation has it
// (OpenAI Baselines, ppo2):
//
//	Σ weight·max((x−target)², (old + clamp(x−old, −clip, clip) − target)²)
//
// x is rows × 1; old is what it was when experience was collected. Without
// weights the rows count equally, to the sum 1.
func (t *Tape) ClippedSquaredError(x *Var, targets, old, weights []float32, clip float32) *Var {
	checkClip("ClippedSquaredError", x, targets, old, weights, clip)
	op := t.clippedErrors.take(t)
	*op = clippedError{x, t.result(1, 1, x.learns), targets, old, newRowWeights(weights, nil, x.Rows), clip}
	loss := 0.0
	for r := range x.Rows {
		free, clipped := op.errors(r)
		loss += float64(op.weights.at(r)) * max(free*free, clipped*clipped)
	}
	op.out.Value[0] = float32(loss)
	t.record(op)
	return op.out
}

// errors are a row's differences, without and with the clip. Where it does not
// bind they are the same to the bit.
func (op *clippedError) errors(r int) (free, clipped float64) {
	x, old, target, clip := float64(op.x.Value[r]), float64(op.old[r]), float64(op.targets[r]), float64(op.clip)
	free = x - target
	if change := x - old; change < -clip || change > clip {
		return free, old + math.Copysign(clip, change) - target
	}
	return free, free
}

func (op *clippedError) output() *Var { return op.out }

func (op *clippedError) backward(t *Tape) {
	dx := t.cleared(op.x)
	for r := range dx {
		// Where the clipped error is the larger, x doesn't change it.
		if free, clipped := op.errors(r); free*free >= clipped*clipped {
			dx[r] += float32(2 * float64(op.weights.at(r)) * free * float64(op.out.grad[0]))
		}
	}
}

// checkClip panics unless there is a number of both lists, and a weight where
// there are any, for each row.
func checkClip(name string, x *Var, a, b, weights []float32, clip float32) {
	checkColumn(name, x, weights)
	if len(a) != x.Rows || len(b) != x.Rows || !(clip > 0) {
		panic(fmt.Sprintf("kernel: %s of %d rows with %d and %d numbers and the clip %v", name, x.Rows, len(a), len(b), clip))
	}
}
