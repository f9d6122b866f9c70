package model

import (
	"math"

	"trailblazer/internal/jsonconfig"
	"trailblazer/trainer/kernel"
)

// Losses is what a batch's loss is made of.
type Losses struct {
	// Total is the loss without the task's weight: the sum of Parts.
	Total float64
	// Parts are "choice", "advantage", "value", or "stage" and "executors".
	Parts []LossPart
	// Accuracy is the share of steps whose best-scored choice or stage is the
	// target's; 0 for values.
	Accuracy float64
	// Steps is how many steps were learned.
	Steps int
}

// LossPart is one summand of a loss.
type LossPart struct {
	Name  string
	Value float64
}

// lossSum collects the parts of a loss.
type lossSum struct {
	parts  []*kernel.Var
	losses Losses
}

func (l *lossSum) add(name string, x *kernel.Var) {
	l.parts = append(l.parts, x)
	l.losses.Parts = append(l.losses.Parts, LossPart{name, float64(x.Value[0])})
	l.losses.Total += float64(x.Value[0])
}

// Loss runs the sequences of a batch and compares what the heads say with the
// targets. Steps count by their weight, over the sum of all weights; a
// pointer's steps without a chosen stage are left out. The result is multiplied
// by the task's weight, ready for Backward. Errors say what in the batch is
// wrong.
func (m *Model) Loss(t *kernel.Tape, b *Batch) (*kernel.Var, Losses, error) {
	n, err := m.taskAt("batch.task", b.Task)
	if err != nil {
		return nil, Losses{}, err
	}
	if err := m.checkBatch(n, b); err != nil {
		return nil, Losses{}, err
	}
	out, err := m.forward(t, n, &b.Steps, b.Targets.Actions.Choice)
	if err != nil {
		return nil, Losses{}, err
	}
	weights, counted := n.weights(b)
	if counted == 0 {
		return nil, Losses{}, jsonconfig.Refuse("batch.targets", "empty", "give at least one step that has a target and a weight")
	}
	sum := lossSum{losses: Losses{Steps: counted}}
	switch n.Head.Kind {
	case HeadChoice:
		n.choiceLoss(t, &sum, out.scores, &b.Targets, weights)
	case HeadPointer:
		n.pointerLoss(t, &sum, &out, b, weights)
	case HeadValue:
		if n.Objective.Huber > 0 {
			sum.add("value", t.Huber(out.scores, b.Targets.Actions.Value, weights, float32(n.Objective.Huber)))
		} else {
			sum.add("value", t.SquaredError(out.scores, b.Targets.Actions.Value, weights))
		}
	}
	loss := sum.parts[0]
	if len(sum.parts) > 1 {
		loss = t.Sum(sum.parts...)
	}
	if n.Weight != 1 {
		loss = t.Scale(loss, float32(n.Weight))
	}
	return loss, sum.losses, t.Err()
}

// weights are each step's share of the loss: 0 where it has no target.
func (m *task) weights(b *Batch) (weights []float32, counted int) {
	weights = make([]float32, b.Steps.count())
	imitates := len(b.Targets.Actions.Choice) > 0 && m.imitates()
	total := 0.0
	for i := range weights {
		w := float32(1)
		if len(b.Targets.Weight) > 0 {
			w = b.Targets.Weight[i]
		}
		if imitates && b.Targets.Actions.Choice[i] < 0 || w == 0 {
			continue
		}
		weights[i] = w
		total += float64(w)
		counted++
	}
	for i := range weights {
		weights[i] = float32(float64(weights[i]) / total)
	}
	return weights, counted
}

// imitates reports whether the targets are actions rather than advantages.
func (m *task) imitates() bool {
	return m.Objective.Kind == ObjectiveAction || m.Objective.Kind == ObjectiveExpert
}

func (m *task) choiceLoss(t *kernel.Tape, sum *lossSum, logits *kernel.Var, targets *Targets, weights []float32) {
	if m.imitates() {
		sum.add("choice", t.CrossEntropy(logits, targets.Actions.Choice, weights, nil))
		sum.losses.Accuracy = accuracy(logits, weights, targets.Actions.Choice)
		return
	}
	sum.losses.Accuracy = accuracy(logits, weights, bestOf(targets.Advantage, logits.Cols))
	if m.Objective.Kind == ObjectiveSoft {
		sum.add("choice", t.SoftCrossEntropy(logits, m.soft(targets.Advantage), weights, nil))
		return
	}
	centered := t.Scale(t.Linear(logits, m.center, nil), float32(1/m.Objective.Scale))
	sum.add("advantage", t.SquaredError(centered, m.centered(targets.Advantage), weights))
}

// centered are advantages above the floor, less the mean of their step.
func (m *task) centered(advantages []float32) []float32 {
	n, floor := m.Head.Choices, float32(m.Objective.Floor)
	centered := make([]float32, len(advantages))
	for at := 0; at < len(centered); at += n {
		row, mean := centered[at:at+n], float32(0)
		for i, a := range advantages[at : at+n] {
			row[i] = max(a, floor)
			mean += row[i]
		}
		mean /= float32(n)
		for i := range row {
			row[i] -= mean
		}
	}
	return centered
}

// soft are probabilities of advantages above the floor.
func (m *task) soft(advantages []float32) []float32 {
	n := m.Head.Choices
	soft := make([]float32, len(advantages))
	for at := 0; at < len(soft); at += n {
		row, best, total := advantages[at:at+n], math.Inf(-1), 0.0
		for _, a := range row {
			best = max(best, float64(a))
		}
		for pass := range 2 {
			for i, a := range row {
				p := math.Exp((max(float64(a), m.Objective.Floor) - max(best, m.Objective.Floor)) / m.Objective.Temperature)
				if pass == 0 {
					total += p
				} else {
					soft[at+i] = float32(p / total)
				}
			}
		}
	}
	return soft
}

func (m *task) pointerLoss(t *kernel.Tape, sum *lossSum, out *outputs, b *Batch, weights []float32) {
	targets, offsets := b.Targets.Actions.Choice, b.Graph.StageOffsets
	sum.add("stage", t.SegmentCrossEntropy(out.scores, offsets, targets, weights))
	if out.executors == nil {
		return
	}
	share, right := make([]float32, len(out.chosen)), 0.0
	for i, step := range out.chosen {
		share[i] = weights[step]
		if Argmax(0, out.scores.Value[offsets[step]:offsets[step+1]]) == int(targets[step]) {
			right += float64(weights[step])
		}
	}
	sum.losses.Accuracy = right
	counts, legal := m.executorsOf(out, b.Graph.Limits, &b.Targets.Actions)
	sum.add("executors", t.CrossEntropy(out.executors, counts, share, legal))
}

// executorsOf are the places, from 0, of the numbers of executors that chosen
// stages were given, and which places there are: up to what each job can be
// given. More than that counts as all of it.
func (m *task) executorsOf(out *outputs, limits []int32, a *Actions) (places []int32, legal []bool) {
	most := m.Head.Executors
	places, legal = make([]int32, len(out.chosen)), make([]bool, len(out.chosen)*most)
	for i, step := range out.chosen {
		limit := m.limit(limits, out.jobs[i])
		places[i] = min(a.Executors[step], limit) - 1
		for k := range limit {
			legal[i*most+int(k)] = true
		}
	}
	return places, legal
}

// limit is how many executors a job can be given, at least one.
func (m *task) limit(limits []int32, job int32) int32 {
	return max(min(limits[job], int32(m.Head.Executors)), 1)
}

// accuracy is the weight of rows whose highest logit is the target's.
func accuracy(logits *kernel.Var, weights []float32, targets []int32) float64 {
	right := 0.0
	for i, w := range weights {
		if w > 0 && Argmax(0, logits.Row(i)) == int(targets[i]) {
			right += float64(w)
		}
	}
	return right
}

// bestOf is the best choice of each row of advantages.
func bestOf(advantages []float32, choices int) []int32 {
	best := make([]int32, len(advantages)/choices)
	for i := range best {
		best[i] = int32(Argmax(0, advantages[i*choices:(i+1)*choices]))
	}
	return best
}
