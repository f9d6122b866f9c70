package model

import (
	"math"

	"trailblazer/internal/jsonconfig"
	"trailblazer/trainer/kernel"
)

// Policy is what a model says of actions that were taken, for learning from what
// came of them.
type Policy struct {
	// LogProbability is that of each step's action, steps × 1; of a value its
	// log density. A pointer's is that of the stage plus that of the executors
	// given the stage; where no stage was chosen it is 0.
	LogProbability *kernel.Var
	// Entropy is that of what could have been done at each step, in nats, steps
	// × 1. A pointer's is that of its stages plus that of the executors of the
	// stage that was chosen.
	Entropy *kernel.Var
}

// Policy runs whole sequences of a task on a tape that has begun, and says how
// likely what was done is now: by softmax of the logits, or by the normal
// distribution with LogStd around the value. More executors than a job can be
// given count as all of these. With Task.Windowed these are not the numbers of
// Decide, as in Loss. Errors say what in steps or in actions is wrong.
func (m *Model) Policy(t *kernel.Tape, task int, s *Steps, done *Actions) (*Policy, error) {
	n, err := m.checkSequences(task, s)
	if err != nil {
		return nil, err
	}
	if n.Head.Kind == HeadValue && n.logStd == nil {
		return nil, jsonconfig.Refuse(n.path()+".head.std", "0", "give how far values that are tried out spread at first")
	}
	if err := n.checkActions("actions", done, &s.Graph, s.count()); err != nil {
		return nil, err
	}
	out, err := m.forward(t, n, s, done.Choice)
	if err != nil {
		return nil, err
	}
	var p Policy
	switch n.Head.Kind {
	case HeadChoice:
		p = Policy{t.LogProbability(out.scores, done.Choice, nil), t.Entropy(out.scores, nil)}
	case HeadPointer:
		p = n.pointed(t, &out, s, done)
	case HeadValue:
		p = Policy{t.NormalLogProbability(out.scores, n.logStd, done.Value), t.NormalEntropy(n.logStd, s.count())}
	}
	return &p, t.Err()
}

// pointed is the policy of a pointer.
func (m *task) pointed(t *kernel.Tape, out *outputs, s *Steps, done *Actions) Policy {
	p := Policy{
		LogProbability: t.SegmentLogProbability(out.scores, s.Graph.StageOffsets, done.Choice),
		Entropy:        t.SegmentEntropy(out.scores, s.Graph.StageOffsets),
	}
	if out.executors == nil {
		return p
	}
	places, legal := m.executorsOf(out, s.Graph.Limits, done)
	add := func(stage, executors *kernel.Var) *kernel.Var {
		return t.Add(stage, t.Assemble(s.count(), kernel.Part{X: executors, Rows: out.chosen}))
	}
	p.LogProbability = add(p.LogProbability, t.LogProbability(out.executors, places, legal))
	p.Entropy = add(p.Entropy, t.Entropy(out.executors, legal))
	return p
}

// Values runs whole sequences of a task with the head "value" on a tape that has
// begun, and returns the value of each step, steps × 1, in the model's scale:
// what a critic thinks of it. Errors say what in steps is wrong.
func (m *Model) Values(t *kernel.Tape, task int, s *Steps) (*kernel.Var, error) {
	n, err := m.checkSequences(task, s)
	if err != nil {
		return nil, err
	}
	if n.Head.Kind != HeadValue {
		return nil, refuse(n.path()+".head", check{false, "kind", n.Head.Kind, `give "value": others say no value`})
	}
	out, err := m.forward(t, n, s, nil)
	if err != nil {
		return nil, err
	}
	return out.scores, t.Err()
}

// checkSequences checks what a pass over whole sequences needs of steps.
func (m *Model) checkSequences(task int, s *Steps) (*task, error) {
	n, err := m.taskAt("task", task)
	if err != nil {
		return nil, err
	}
	if err := n.checkSteps("steps", s); err != nil {
		return nil, err
	}
	if err := m.checkLengths("steps", n, s); err != nil {
		return nil, err
	}
	if n.ActionTokens {
		err = n.checkActions("steps.actions", &s.Actions, &s.Graph, s.count())
	}
	return n, err
}

// LogProbability is how likely a decision's choice was under the softmax of its
// logits, and, of a pointer, its executors under that of theirs; 0 where nothing
// was chosen. It needs the logits, and says nothing of a value.
func (d *Decision) LogProbability() float64 {
	sum := 0.0
	if len(d.Logits) > 0 && d.Choice >= 0 {
		sum += logSoftmax(d.Logits, int(d.Choice))
	}
	if len(d.ExecutorLogits) > 0 && d.Executors > 0 {
		sum += logSoftmax(d.ExecutorLogits, min(int(d.Executors), len(d.ExecutorLogits))-1)
	}
	return sum
}

// logSoftmax is the logarithm of one number of the softmax of logits.
func logSoftmax(logits []float32, at int) float64 {
	highest, sum := float64(logits[Argmax(0, logits)]), 0.0
	for _, x := range logits {
		sum += math.Exp(float64(x) - highest)
	}
	return float64(logits[at]) - highest - math.Log(sum)
}
