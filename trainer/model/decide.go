package model

import (
	"fmt"

	"trailblazer/internal/jsonconfig"
	"trailblazer/trainer/kernel"
)

// Decision is what a model would do at a step.
type Decision struct {
	// Choice is the chosen one, from 0; for a pointer a place in the step's
	// list of stages, or -1 for none, as where that is empty.
	Choice int32
	// Executors is how many the stage's job is to be given, from 1.
	Executors int32
	// Value is the decided number in the model's scale.
	Value float32
	// Logits are the scores of all choices or stages, ExecutorLogits those of
	// 1 executor, 2 and so on, up to what the job can be given. They are void
	// once the tape begins anew.
	Logits, ExecutorLogits []float32
	// Err reports scores that are not finite, as of inputs so large that they
	// overflow. Nothing was decided, and the session must be Reset; those that
	// were decided for with it go on.
	Err error
}

// Decide takes the next decision of each session, all of one task. steps has
// one step for each: a sequence of length 1. What was decided counts as done
// until Session.Acted says otherwise. The tape is begun in Eval mode.
//
// An error that names what in steps is wrong leaves the sessions as they were:
// they can be decided for apart, so that those with sound steps go on. After
// another they must be Reset, and are refused until then.
//
// A decision does not depend on what else is in the batch, but for the rounding
// of matrix products, whose sums a backend may order by the number of rows.
func (m *Model) Decide(t *kernel.Tape, sessions []*Session, steps *Steps, choose Chooser) ([]Decision, error) {
	n, err := m.checkSessions(sessions, steps)
	if err != nil {
		return nil, err
	}
	t.Begin(kernel.Eval, 0)
	d := deciding{model: m, task: n, tape: t, sessions: sessions, steps: steps}
	d.caches = make([]*kernel.Cache, len(sessions))
	for i, s := range sessions {
		d.caches[i] = s.cache
	}
	if err := d.run(choose); err != nil {
		return nil, err
	}
	for i, s := range sessions {
		if d.decisions[i].Err != nil {
			continue
		}
		s.unsure = false
		s.acted(&d.decisions[i])
		s.time = steps.time(int32(i), s.step)
		s.step++
	}
	return d.decisions, nil
}

func (m *Model) checkSessions(sessions []*Session, steps *Steps) (*task, error) {
	if len(sessions) == 0 {
		return nil, jsonconfig.Refuse("sessions", "empty", "give at least one")
	}
	n := sessions[0].task
	for i, s := range sessions {
		if s.model != m || s.task != n {
			return nil, jsonconfig.Refuse(fmt.Sprintf("sessions[%d]", i), "of another model or task", "decide each task's sessions apart")
		}
		if s.unsure {
			return nil, jsonconfig.Refuse(fmt.Sprintf("sessions[%d]", i), "after a decision that failed", "reset it, and begin its episode anew")
		}
	}
	if err := n.checkSteps("steps", steps); err != nil {
		return nil, err
	}
	if steps.count() != len(sessions) || len(steps.Offsets) != len(sessions)+1 {
		return nil, jsonconfig.Refuse("steps.offsets", fmt.Sprintf("%d steps in %d sequences", steps.count(), len(steps.Offsets)-1),
			fmt.Sprintf("give one step for each of the %d sessions", len(sessions)))
	}
	for i := range sessions {
		if int(steps.Offsets[i]) != i {
			return nil, jsonconfig.Refuse(fmt.Sprintf("steps.offsets[%d]", i), fmt.Sprint(steps.Offsets[i]), "give sequences of one step")
		}
	}
	return n, nil
}

// deciding is one call of Decide.
type deciding struct {
	model     *Model
	task      *task
	tape      *kernel.Tape
	sessions  []*Session
	caches    []*kernel.Cache
	steps     *Steps
	graph     embedded
	decisions []Decision
}

func (d *deciding) run(choose Chooser) error {
	t, n := d.tape, d.task
	in, err := d.encode()
	if err != nil {
		return err
	}
	k := newTokens(n.Task)
	var past []kernel.Part
	for i, s := range d.sessions {
		s.unsure = true // From here on what it keeps changes.
		if s.renew() {
			past = append(past, d.renew(k, s))
		}
		d.plan(k, i, s)
		k.end()
	}
	if len(k.acted) > 0 {
		in.actions = d.embedActions(k.acted)
	}
	fresh := n.embed(t, k, in)
	x := fresh
	if len(past) > 0 {
		x = t.Assemble(len(k.layout.Steps), append(past, kernel.Part{X: x, Rows: k.place})...)
	}
	d.remember(k, fresh)
	scores := n.head.apply(t, d.model.backbone.forward(t, x, &k.layout, d.caches, k.read))
	if err := t.Err(); err != nil {
		return err
	}
	d.decisions = make([]Decision, len(d.sessions))
	d.choose(scores, choose)
	if n.Head.Kind == HeadPointer {
		d.rememberStages()
		return d.executors(choose)
	}
	return nil
}

// renew empties a session's cache and adds the tokens of the steps that are
// computed anew.
func (d *deciding) renew(k *tokens, s *Session) kernel.Part {
	s.base = max(s.step-s.keep(), 0)
	s.cache.Reset()
	p := &s.past
	p.forget(s.base)
	first := 0
	if k.ActionTokens && p.count() > 0 && p.slots[0] == 0 {
		first = 1 // The action before what is computed is not shown.
	}
	rows := make([]int32, p.count()-first)
	for i := range rows {
		at := moment{step: p.steps[first+i], at: p.steps[first+i] - s.base}
		rows[i] = k.token(at, int(p.slots[first+i]), false)
	}
	return kernel.Part{X: d.tape.Input(len(rows), p.width, p.rows[first*p.width:]), Rows: rows}
}

// plan adds the tokens of a session's step.
func (d *deciding) plan(k *tokens, i int, s *Session) {
	before := int32(-1)
	if s.step > s.base {
		before = int32(i)
	}
	stages := 0
	if k.Head.Kind == HeadPointer {
		stages = int(d.steps.Graph.StageOffsets[i+1] - d.steps.Graph.StageOffsets[i])
	}
	k.step(d.moment(i), before, s.time, stages)
}

// moment is a session's step.
func (d *deciding) moment(i int) moment {
	s := d.sessions[i]
	return moment{step: s.step, at: s.step - s.base, time: d.steps.time(int32(i), s.step)}
}

// encode reads what the steps show. Graphs that are none are found here.
func (d *deciding) encode() (*sources, error) {
	t, n := d.tape, d.task
	in := &sources{conditions: d.steps.Condition}
	if n.Encoder.Kind == EncoderVector {
		in.state = n.vector.run(t, t.Input(len(d.sessions), n.Encoder.Features, d.steps.Vector))
	} else {
		var err error
		if d.graph, err = n.graph.run(t, &d.steps.Graph); err != nil {
			return nil, err
		}
		in.graph = d.graph
	}
	return in, nil
}

// embedActions makes the tokens of what some sessions did before.
func (d *deciding) embedActions(acted []int32) *kernel.Var {
	var before Actions
	var stages []float32
	for _, i := range acted {
		s := d.sessions[i]
		before.Choice = append(before.Choice, s.before.Choice...)
		before.Executors = append(before.Executors, s.before.Executors...)
		before.Value = append(before.Value, s.before.Value...)
		stages = append(stages, s.stage...)
	}
	if d.task.Head.Kind != HeadPointer {
		return d.task.embedActions(d.tape, &before)
	}
	return d.task.embedPointers(d.tape, d.tape.Input(len(acted), len(stages)/len(acted), stages), before.Executors)
}

// remember keeps what the sessions may need of their steps' fresh tokens.
func (d *deciding) remember(k *tokens, x *kernel.Var) {
	session := 0
	for place, row := range k.place {
		for row >= k.layout.Offsets[session+1] {
			session++
		}
		s := d.sessions[session]
		if s.remembers() && !(k.forgets() && k.layout.Transient[row]) {
			s.past.forget(s.step + 1 - s.keep())
			s.past.add(s.step, k.layout.Positions[row]-(s.step-s.base)*int32(k.slots()), x.Row(place))
		}
	}
}

// rememberStages keeps the rows of the stages that could be chosen, of which
// what was done may name one.
func (d *deciding) rememberStages() {
	width, offsets := d.graph.stages.Cols, d.steps.Graph.StageOffsets
	for i, s := range d.sessions {
		s.stages = append(s.stages[:0], d.graph.stages.Value[int(offsets[i])*width:int(offsets[i+1])*width]...)
	}
}

// choose fills in what the scores decide.
func (d *deciding) choose(scores *kernel.Var, choose Chooser) {
	for i := range d.decisions {
		one := &d.decisions[i]
		switch d.task.Head.Kind {
		case HeadValue:
			one.Value = scores.Value[i]
			one.Logits = scores.Row(i)
		case HeadChoice:
			one.Logits = scores.Row(i)
		case HeadPointer:
			offsets := d.steps.Graph.StageOffsets
			one.Logits = scores.Value[offsets[i]:offsets[i+1]]
		}
		one.Err = checkNumbers("logits", one.Logits, len(one.Logits))
		switch {
		case one.Err != nil:
			one.Choice = -1
		case d.task.Head.Kind == HeadValue:
			one.Logits = nil
		case len(one.Logits) == 0:
			one.Choice = -1
		default:
			one.Choice = int32(max(choose.Choice.pick(i, one.Logits), -1))
		}
	}
}

// executors decides how many executors the chosen stages' jobs are given.
func (d *deciding) executors(choose Chooser) error {
	t, n, g := d.tape, d.task, &d.steps.Graph
	k := newTokens(n.Task)
	var stages, of []int32
	for i := range d.decisions {
		if c := d.decisions[i].Choice; c >= 0 {
			k.executor(d.moment(i))
			stages = append(stages, g.StageOffsets[i]+c)
			of = append(of, int32(i))
		}
		k.end()
	}
	if len(of) == 0 {
		return nil
	}
	x := n.embed(t, k, &sources{executors: t.Gather(d.graph.stages, stages)})
	d.remember(k, x)
	x = d.model.backbone.forward(t, x, &k.layout, d.caches, k.readExecutors)
	logits := n.executors.apply(t, x)
	if err := t.Err(); err != nil {
		return err
	}
	for row, i := range of {
		one := &d.decisions[i]
		one.ExecutorLogits = logits.Row(row)[:n.limit(g.Limits, d.graph.jobOf[stages[row]])]
		if one.Err = checkNumbers("executor logits", one.ExecutorLogits, len(one.ExecutorLogits)); one.Err != nil {
			continue
		}
		one.Executors = 1 + int32(choose.Executors.pick(int(i), one.ExecutorLogits))
	}
	return nil
}
