package kernel

import (
	"fmt"
	"math"

	"trailblazer/trainer/kernel/vec"
)

// softmaxes is distributions over choices: of each row of a matrix, or of each
// segment of a column.
type softmaxes struct {
	scores  *Var
	offsets []int32 // of segments; nil: rows
	legal   []bool  // as many as scores; nil: all
	// probabilities are as many as scores, normalisers ln Σ e^score of each.
	probabilities, normalisers []float32
}

func newSoftmaxes(t *Tape, name string, scores *Var, offsets []int32, legal []bool) softmaxes {
	if legal != nil && len(legal) != len(scores.Value) {
		panic(fmt.Sprintf("kernel: %s of %d×%d with %d legal", name, scores.Rows, scores.Cols, len(legal)))
	}
	s := softmaxes{scores: scores, offsets: offsets, legal: legal}
	if offsets != nil {
		checkColumn(name, scores)
		checkOffsets(offsets, scores.Rows)
	}
	s.probabilities, s.normalisers = t.memory.take(len(scores.Value)), t.memory.take(s.count())
	for i := range s.count() {
		s.normalisers[i] = s.normalise(i)
	}
	return s
}

// count is how many distributions there are.
func (s *softmaxes) count() int {
	if s.offsets != nil {
		return len(s.offsets) - 1
	}
	return s.scores.Rows
}

// bounds are the scores of one distribution.
func (s *softmaxes) bounds(i int) (low, high int) {
	if s.offsets != nil {
		return int(s.offsets[i]), int(s.offsets[i+1])
	}
	return i * s.scores.Cols, (i + 1) * s.scores.Cols
}

// normalise fills in the probabilities of one, which are 0 where there is
// nothing to choose from, and returns its normaliser.
func (s *softmaxes) normalise(i int) float32 {
	low, high := s.bounds(i)
	p, some := s.probabilities[low:high], false
	for j, x := range s.scores.Value[low:high] {
		if s.legal == nil || s.legal[low+j] {
			p[j], some = x, true
		} else {
			p[j] = float32(math.Inf(-1))
		}
	}
	if !some {
		clear(p)
		return 0
	}
	normaliser := vec.LogSumExp(p)
	vec.Softmax(p, p)
	return normaliser
}

// logProbability is what distributions say of a choice.
type logProbability struct {
	softmaxes
	out     *Var
	targets []int32
}

// LogProbability is log softmax(logits)[target] of each row: rows × 1. Rows
// whose target is −1 are 0 and learn nothing. legal, rows × cols or nil for all,
// says which columns a row's softmax is over; a target must be among them.
func (t *Tape) LogProbability(logits *Var, targets []int32, legal []bool) *Var {
	return t.logProbability("LogProbability", logits, nil, targets, legal)
}

// SegmentLogProbability is LogProbability of a pointer: scores is rows × 1, and
// each segment of rows, from offsets[i] up to, not including, offsets[i+1], has
// a softmax of its own; targets[i] is a place within segment i, from 0, or −1.
// The result is segments × 1.
func (t *Tape) SegmentLogProbability(scores *Var, offsets, targets []int32) *Var {
	return t.logProbability("SegmentLogProbability", scores, offsets, targets, nil)
}

func (t *Tape) logProbability(name string, scores *Var, offsets, targets []int32, legal []bool) *Var {
	op := t.logProbabilities.take(t)
	*op = logProbability{softmaxes: newSoftmaxes(t, name, scores, offsets, legal), targets: targets}
	if len(targets) != op.count() {
		panic(fmt.Sprintf("kernel: %s of %d distributions with %d targets", name, op.count(), len(targets)))
	}
	op.out = t.result(len(targets), 1, scores.learns)
	clear(op.out.Value)
	for i, target := range targets {
		low, high := op.bounds(i)
		if at := low + int(target); target < -1 || at >= high || target >= 0 && legal != nil && !legal[at] {
			t.fail("distribution %d has the target %d, which is not among its legal choices; of %d", i, target, high-low)
		} else if target >= 0 {
			op.out.Value[i] = scores.Value[at] - op.normalisers[i]
		}
	}
	t.record(op)
	return op.out
}

func (op *logProbability) output() *Var { return op.out }

// backward: the derivative by score j is [j = target] − p(j).
func (op *logProbability) backward(t *Tape) {
	dx := t.cleared(op.scores)
	if t.err != nil {
		return
	}
	for i, target := range op.targets {
		if target < 0 {
			continue
		}
		low, high := op.bounds(i)
		vec.Axpy(-op.out.grad[i], op.probabilities[low:high], dx[low:high])
		dx[low+int(target)] += op.out.grad[i]
	}
}

// entropy is how undecided distributions are.
type entropy struct {
	softmaxes
	out *Var
}

// Entropy is −Σ p·log p of each row, p = softmax(logits), in nats: rows × 1.
// legal is as in LogProbability; a row of which nothing is legal has 0.
func (t *Tape) Entropy(logits *Var, legal []bool) *Var {
	return t.entropy("Entropy", logits, nil, legal)
}

// SegmentEntropy is Entropy of the segments of SegmentLogProbability: segments
// × 1. An empty one has 0.
func (t *Tape) SegmentEntropy(scores *Var, offsets []int32) *Var {
	return t.entropy("SegmentEntropy", scores, offsets, nil)
}

func (t *Tape) entropy(name string, scores *Var, offsets []int32, legal []bool) *Var {
	op := t.entropies.take(t)
	*op = entropy{softmaxes: newSoftmaxes(t, name, scores, offsets, legal)}
	op.out = t.result(op.count(), 1, scores.learns)
	for i := range op.out.Rows {
		low, high := op.bounds(i)
		sum := 0.0
		for j := low; j < high; j++ {
			// 0·log 0 is 0, also where the score is −∞.
			if p := op.probabilities[j]; p != 0 {
				sum += float64(p) * (float64(op.normalisers[i]) - float64(scores.Value[j]))
			}
		}
		op.out.Value[i] = float32(sum)
	}
	t.record(op)
	return op.out
}

func (op *entropy) output() *Var { return op.out }

// backward: the derivative by score j is −p(j)·(log p(j) + entropy).
func (op *entropy) backward(t *Tape) {
	dx := t.cleared(op.scores)
	for i := range op.out.Rows {
		low, high := op.bounds(i)
		for j := low; j < high; j++ {
			if p := op.probabilities[j]; p != 0 {
				dx[j] += op.out.grad[i] * p * (op.normalisers[i] - op.scores.Value[j] - op.out.Value[i])
			}
		}
	}
}

// checkColumn panics unless x is rows × 1 and each list, where it is given, has
// a number for each row.
func checkColumn(name string, x *Var, lists ...[]float32) {
	if x.Cols != 1 {
		panic(fmt.Sprintf("kernel: %s of %d×%d; give one column", name, x.Rows, x.Cols))
	}
	for _, list := range lists {
		if list != nil && len(list) != x.Rows {
			panic(fmt.Sprintf("kernel: %s of %d rows with %d numbers", name, x.Rows, len(list)))
		}
	}
}
