package model

import (
	"math"

	"trailblazer/trainer/kernel"
)

// task is the part of the network that one task has for itself. Its params,
// below "tasks.NAME.":
//
//	encoder       as the encoders say
//	condition     [width, 1]
//	times.weight  [timesteps, width]
//	action        a table [1 + choices, width] whose first row stands for none;
//	              for values [width, 1]; for a pointer [width, stage's + 1], of
//	              the chosen stage and the share of the executors
//	norm          of all tokens
//	head          [choices or 1, width]; a pointer's has no bias, which all
//	              stages would share
//	executors     [executors, width]
//	log_std       [1], of a value that is sampled, where Head.Std is above 0
type task struct {
	*Task
	vector    vectorEncoder
	graph     graphEncoder
	condition linear
	times     *kernel.Param
	choices   *kernel.Param
	action    linear
	tokenNorm norm
	head      linear
	executors linear
	logStd    *kernel.Param // nil: values are not sampled
	// center takes the mean of logits away from each; it doesn't learn.
	center *kernel.Param
}

func newTask(b builder, c *Task, width int) task {
	b = b.under("tasks").under(c.Name)
	m := task{Task: c}
	if c.Encoder.Kind == EncoderGraph {
		m.graph = newGraphEncoder(b.under("encoder"), &c.Encoder, width, c.Head.Kind == HeadPointer)
	} else {
		m.vector = newVectorEncoder(b.under("encoder"), &c.Encoder, width)
	}
	if c.Condition != ConditionNone {
		m.condition = b.uniform("condition", width, 1, true)
	}
	if c.Timesteps > 0 {
		m.times = b.table("times", c.Timesteps, width, tableStd)
	}
	if c.TokenNorm {
		m.tokenNorm = b.norm("norm", NormLayer, width, tokenNormEps)
	}
	outputs := 1
	switch c.Head.Kind {
	case HeadChoice:
		outputs = c.Head.Choices
		m.center = centering(outputs)
		if c.ActionTokens {
			m.choices = b.table("action", 1+outputs, width, tableStd)
		}
	case HeadPointer:
		m.executors = b.uniform("executors", c.Head.Executors, width, true)
		if c.ActionTokens {
			m.action = b.uniform("action", width, c.Encoder.Graph.stage()+1, true)
		}
	case HeadValue:
		if c.ActionTokens {
			m.action = b.uniform("action", width, 1, true)
		}
		if c.Head.Std > 0 {
			m.logStd = b.zeros("log_std", 1)
			m.logStd.Fill(float32(math.Log(c.Head.Std)))
		}
	}
	m.head = b.uniform("head", outputs, width, c.Head.Kind != HeadPointer)
	return m
}

const (
	// tableStd is that of fresh tables, as in GPT-2.
	tableStd = 0.02
	// tokenNormEps is PyTorch's default.
	tokenNormEps = 1e-5
)

// centering is the matrix that takes the mean away.
func centering(n int) *kernel.Param {
	p := &kernel.Param{Name: "center", Shape: []int{n, n}, Value: make([]float32, n*n), Frozen: true}
	p.Fill(-1 / float32(n))
	for i := range n {
		p.Value[i*n+i]++
	}
	return p
}

// sources are what the tokens of steps are made of, each with a row for each
// token of its kind.
type sources struct {
	actions    *kernel.Var // embedded
	conditions []float32
	state      []*kernel.Var // embedded
	graph      embedded
	executors  *kernel.Var // chosen stages' rows of graph
}

// embed makes the fresh tokens.
func (m *task) embed(t *kernel.Tape, k *tokens, s *sources) *kernel.Var {
	parts := make([]kernel.Part, 0, 8)
	add := func(rows []int32, x func() *kernel.Var) {
		if len(rows) > 0 {
			parts = append(parts, kernel.Part{X: x(), Rows: rows})
		}
	}
	add(k.actions, func() *kernel.Var { return s.actions })
	add(k.conditions, func() *kernel.Var {
		return m.condition.apply(t, t.Input(len(s.conditions), 1, s.conditions))
	})
	for i, rows := range k.state {
		add(rows, func() *kernel.Var { return s.state[i] })
	}
	add(k.summaries, func() *kernel.Var { return m.graph.summaryToken.apply(t, s.graph.summaries) })
	add(k.stages, func() *kernel.Var { return m.graph.stageToken.apply(t, m.graph.stages.apply(t, s.graph.stages)) })
	add(k.executors, func() *kernel.Var { return m.graph.executorToken.apply(t, m.graph.chosen.apply(t, s.executors)) })
	x := parts[0].X
	if len(parts) > 1 {
		x = t.Assemble(len(k.place), parts...)
	}
	if m.times != nil {
		x = t.Add(x, t.Embedding(m.times, k.times))
	}
	if m.TokenNorm {
		x = m.tokenNorm.apply(t, x)
	}
	return x
}

// embedActions makes the tokens of actions that were choices or values.
func (m *task) embedActions(t *kernel.Tape, a *Actions) *kernel.Var {
	if m.Head.Kind == HeadValue {
		return m.action.apply(t, t.Input(len(a.Value), 1, a.Value))
	}
	rows := make([]int32, len(a.Choice))
	for i, c := range a.Choice {
		rows[i] = 1 + c
	}
	return t.Embedding(m.choices, rows)
}

// embedPointers makes those of actions that were stages, whose rows stages has,
// with executors. A row of zeros stands for none.
func (m *task) embedPointers(t *kernel.Tape, stages *kernel.Var, executors []int32) *kernel.Var {
	share := make([]float32, len(executors))
	for i, n := range executors {
		share[i] = float32(n) / float32(m.Head.Executors)
	}
	return m.action.apply(t, t.Concat(stages, t.Input(len(share), 1, share)))
}
