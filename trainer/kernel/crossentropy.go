package kernel

import (
	"fmt"
	"math"

	"trailblazer/trainer/kernel/vec"
)

// crossEntropy is the loss of a distribution for each row.
type crossEntropy struct {
	logits, out   *Var
	targets       []int32   // or nil
	probabilities []float32 // or nil
	weights       rowWeights
	softmax       []float32
}

// CrossEntropy is the sum over rows of weight·(−log softmax(logits)[target]).
// Rows whose target is −1 are left out; without weights the others count
// equally, to the sum 1. legal, rows × cols or nil for all, says which columns
// a row's softmax is over; a row that counts must have a legal target.
func (t *Tape) CrossEntropy(logits *Var, targets []int32, weights []float32, legal []bool) *Var {
	checkLoss(logits, len(targets), logits.Rows, weights, legal)
	op := t.crossEntropies.take(t)
	*op = crossEntropy{logits: logits, targets: targets, weights: newRowWeights(weights, targets, logits.Rows)}
	for r, target := range targets {
		if target < -1 || int(target) >= logits.Cols || target >= 0 && legal != nil && !legal[r*logits.Cols+int(target)] {
			t.fail("row %d has the target %d, which is not among its legal columns; of %d", r, target, logits.Cols)
		}
	}
	return op.forward(t, legal)
}

// SoftCrossEntropy is the sum over rows of weight·(−Σ p·log softmax(logits)):
// probabilities, rows × cols, are the distribution to match. Where a column is
// not legal they must be 0.
func (t *Tape) SoftCrossEntropy(logits *Var, probabilities, weights []float32, legal []bool) *Var {
	checkLoss(logits, len(probabilities), logits.Rows*logits.Cols, weights, legal)
	op := t.crossEntropies.take(t)
	*op = crossEntropy{logits: logits, probabilities: probabilities, weights: newRowWeights(weights, nil, logits.Rows)}
	for i := range legal {
		if !legal[i] && probabilities[i] != 0 {
			t.fail("row %d has the probability %v at column %d, which is not legal", i/logits.Cols, probabilities[i], i%logits.Cols)
		}
	}
	return op.forward(t, legal)
}

func checkLoss(x *Var, targets, want int, weights []float32, legal []bool) {
	if targets != want || weights != nil && len(weights) != x.Rows || legal != nil && len(legal) != len(x.Value) {
		panic(fmt.Sprintf("kernel: a loss of %d×%d with %d targets, %d weights and %d legal", x.Rows, x.Cols, targets, len(weights), len(legal)))
	}
}

func (op *crossEntropy) forward(t *Tape, legal []bool) *Var {
	rows, cols := op.logits.Rows, op.logits.Cols
	op.out = t.result(1, 1, op.logits.learns)
	op.softmax = t.memory.take(rows * cols)
	loss := 0.0
	for r := range rows {
		p := op.softmax[r*cols : (r+1)*cols]
		weight, mass := op.weight(r), op.mass(r)
		if weight == 0 || mass == 0 || t.err != nil {
			clear(p)
			continue
		}
		copy(p, op.logits.Row(r))
		for j := range p {
			if legal != nil && !legal[r*cols+j] {
				p[j] = float32(math.Inf(-1))
			}
		}
		normaliser := float64(vec.LogSumExp(p))
		vec.Softmax(p, p)
		for j, x := range op.logits.Row(r) {
			if q := op.probability(r, j); q != 0 {
				loss += float64(weight) * float64(q) * (normaliser - float64(x))
			}
		}
	}
	op.out.Value[0] = float32(loss)
	t.record(op)
	return op.out
}

// weight is what a row counts.
func (op *crossEntropy) weight(r int) float32 {
	if op.targets != nil && op.targets[r] < 0 {
		return 0
	}
	return op.weights.at(r)
}

// probability is what column j of row r should have.
func (op *crossEntropy) probability(r, j int) float32 {
	switch {
	case op.targets == nil:
		return op.probabilities[r*op.logits.Cols+j]
	case int(op.targets[r]) == j:
		return 1
	}
	return 0
}

// mass is what the probabilities of row r add up to.
func (op *crossEntropy) mass(r int) float32 {
	if op.targets != nil {
		return 1
	}
	cols := op.logits.Cols
	return vec.Sum(op.probabilities[r*cols : (r+1)*cols])
}

func (op *crossEntropy) output() *Var { return op.out }

func (op *crossEntropy) backward(t *Tape) {
	cols, dx := op.logits.Cols, t.cleared(op.logits)
	for r := range op.logits.Rows {
		weight := op.weight(r) * op.out.grad[0]
		if weight == 0 {
			continue
		}
		mass := op.mass(r)
		for j := range cols {
			dx[r*cols+j] += weight * (mass*op.softmax[r*cols+j] - op.probability(r, j))
		}
	}
}

// rowWeights says what each row of a loss counts.
type rowWeights struct {
	given []float32
	equal float32
}

// newRowWeights gives rows equal weights where none are given. Those with a
// target below 0 don't count.
func newRowWeights(given []float32, targets []int32, rows int) rowWeights {
	count := rows
	for _, target := range targets {
		if target < 0 {
			count--
		}
	}
	return rowWeights{given, 1 / float32(max(1, count))}
}

func (w rowWeights) at(r int) float32 {
	if w.given != nil {
		return w.given[r]
	}
	return w.equal
}

// segmentEntropy is cross-entropy over each segment of scores.
type segmentEntropy struct {
	scores, out      *Var
	offsets, targets []int32
	weights          rowWeights
	softmax          []float32
}

// SegmentCrossEntropy is the loss of a pointer: scores is rows × 1, and each
// segment of rows, from offsets[i] up to, not including, offsets[i+1], has a
// softmax of its own. targets[i] is a place within segment i, from 0, or −1 to
// leave it out.
func (t *Tape) SegmentCrossEntropy(scores *Var, offsets, targets []int32, weights []float32) *Var {
	checkOffsets(offsets, scores.Rows)
	if scores.Cols != 1 || len(offsets) != len(targets)+1 || weights != nil && len(weights) != len(targets) {
		panic(fmt.Sprintf("kernel: SegmentCrossEntropy of %d×%d in %d segments with %d targets and %d weights", scores.Rows, scores.Cols, len(offsets)-1, len(targets), len(weights)))
	}
	op := t.segmentEntropies.take(t)
	*op = segmentEntropy{scores, t.result(1, 1, scores.learns), offsets, targets, newRowWeights(weights, targets, len(targets)), t.memory.take(scores.Rows)}
	copy(op.softmax, scores.Value)
	loss := 0.0
	for i, target := range targets {
		low, high := offsets[i], offsets[i+1]
		if target < -1 || target >= high-low {
			t.fail("segment %d has the target %d of %d", i, target, high-low)
			continue
		}
		if target >= 0 {
			p := op.softmax[low:high]
			normaliser := vec.LogSumExp(p)
			vec.Softmax(p, p)
			loss += float64(op.weights.at(i)) * (float64(normaliser) - float64(scores.Value[low+target]))
		}
	}
	op.out.Value[0] = float32(loss)
	t.record(op)
	return op.out
}

func (op *segmentEntropy) output() *Var { return op.out }

func (op *segmentEntropy) backward(t *Tape) {
	dx := t.cleared(op.scores)
	if t.err != nil {
		return
	}
	for i, target := range op.targets {
		if target < 0 {
			continue
		}
		weight := op.weights.at(i) * op.out.grad[0]
		low, high := op.offsets[i], op.offsets[i+1]
		for r := low; r < high; r++ {
			dx[r] += weight * op.softmax[r]
		}
		dx[low+target] -= weight
	}
}
