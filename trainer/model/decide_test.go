package model

import (
	"math/rand/v2"
	"slices"
	"testing"

	"trailblazer/trainer/kernel"
)

// play decides the steps of a batch's first sequence one by one, doing what
// the batch did, and hands each decision on.
func play(t *testing.T, m *Model, b *Batch, see func(i int, d Decision)) {
	t.Helper()
	c := &m.config.Tasks[b.Task]
	s, err := m.NewSession(b.Task)
	if err != nil {
		t.Fatal(err)
	}
	tape := kernel.NewTape(m.compute)
	for i := range int(b.Offsets[1]) {
		// The executors that are compared are those of the stage that was
		// chosen.
		choose := Chooser{Choice: func(_ int, logits []float32) int { return int(b.Actions.Choice[i]) }}
		if c.Head.Kind == HeadValue {
			choose = Chooser{}
		}
		d, err := m.Decide(tape, []*Session{s}, b.Steps.step(c, i), choose)
		if err != nil {
			t.Fatal(err)
		}
		see(i, d[0])
		if err := s.Acted(done(c, &b.Actions, i)); err != nil {
			t.Fatal(err)
		}
	}
}

// done is what a batch did at a step.
func done(c *Task, a *Actions, i int) (d Decision) {
	switch c.Head.Kind {
	case HeadChoice:
		d.Choice = a.Choice[i]
	case HeadPointer:
		d.Choice, d.Executors = a.Choice[i], a.Executors[i]
	case HeadValue:
		d.Value = a.Value[i]
	}
	return d
}

// TestDecideIsForward plays an episode step by step and compares with one pass
// over all of it.
func TestDecideIsForward(t *testing.T) {
	each(t, func(t *testing.T, c Config, task int) {
		for i := range c.Tasks {
			c.Tasks[i].Windowed = false
		}
		m := newModel(t, c, 1)
		b := randomBatch(rand.New(rand.NewPCG(2, 3)), task, &c.Tasks[task], 11)
		tape := kernel.NewTape(m.compute)
		tape.Begin(kernel.Eval, 0)
		out, err := m.forward(tape, &m.tasks[task], &b.Steps, b.Actions.Choice)
		if err != nil {
			t.Fatal(err)
		}
		play(t, m, b, func(i int, d Decision) { compare(t, m, b, &out, i, i, d) })
	})
}

// compare checks a decision against step i of a pass over packed sequences.
func compare(t *testing.T, m *Model, b *Batch, out *outputs, step, i int, d Decision) {
	t.Helper()
	switch m.tasks[b.Task].Head.Kind {
	case HeadChoice:
		near(t, step, d.Logits, out.scores.Row(i))
	case HeadValue:
		near(t, step, []float32{d.Value}, out.scores.Row(i))
	case HeadPointer:
		near(t, step, d.Logits, out.scores.Value[b.Graph.StageOffsets[i]:b.Graph.StageOffsets[i+1]])
		for row, chosen := range out.chosen {
			if int(chosen) == i {
				near(t, step, d.ExecutorLogits, out.executors.Row(row)[:m.tasks[b.Task].limit(b.Graph.Limits, out.jobs[row])])
			}
		}
	}
}

func near(t *testing.T, step int, got, want []float32) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("step %d: %d logits, want %d", step, len(got), len(want))
	}
	for i := range got {
		if d := got[i] - want[i]; !(d < 2e-5 && d > -2e-5) {
			t.Fatalf("step %d: logits %v, want %v", step, got, want)
		}
	}
}

// TestWindows plays a task that computes windows, and one whose learned
// positions run out, and compares with passes over the steps that are
// computed anew.
func TestWindows(t *testing.T) {
	for _, name := range []string{"decision-transformer", "karma", "llama", "gpt2", "mistral"} {
		c := tinyConfig(t, name)
		c.Backbone.MaxPositions = min(c.Backbone.MaxPositions, 6*c.Tasks[0].slots())
		for task := range c.Tasks {
			c.Tasks[task].Windowed = name != "gpt2"
			m := newModel(t, c, 1)
			b := randomBatch(rand.New(rand.NewPCG(2, uint64(task))), task, &c.Tasks[task], 17)
			n := &m.tasks[task]
			first := 0 // of the steps that are computed together
			play(t, m, b, func(i int, d Decision) {
				keep := n.Context - 1
				if n.Windowed || m.backbone.positions != nil && (i-first+1)*n.slots() > c.Backbone.MaxPositions {
					first = max(i-keep, 0)
				}
				var list []*Steps
				for j := first; j <= i; j++ {
					list = append(list, b.Steps.step(n.Task, j))
				}
				steps := join(n.Task, list)
				steps.Offsets = []int32{0, int32(i + 1 - first)}
				steps.Actions = b.Actions.slice(first, i+1)
				tape := kernel.NewTape(m.compute)
				tape.Begin(kernel.Eval, 0)
				out, err := m.forward(tape, n, steps, steps.Actions.Choice)
				if err != nil {
					t.Fatal(err)
				}
				part := &Batch{Task: task, Steps: *steps}
				compare(t, m, part, &out, i, i-first, d)
			})
		}
	}
}

func (a *Actions) slice(low, high int) (part Actions) {
	if len(a.Choice) > 0 {
		part.Choice = a.Choice[low:high]
	}
	if len(a.Executors) > 0 {
		part.Executors = a.Executors[low:high]
	}
	if len(a.Value) > 0 {
		part.Value = a.Value[low:high]
	}
	return part
}

// TestBatchIsSingle plays five sessions of differing length together, in
// changing groups, and compares with each played alone.
func TestBatchIsSingle(t *testing.T) {
	each(t, func(t *testing.T, c Config, task int) {
		if c.Backbone.Positions == PositionsNone || c.Backbone.Activation == "silu" && c.Backbone.KVHeads != 2 {
			return // much like others
		}
		c.Backbone.MaxPositions = min(c.Backbone.MaxPositions, 5*c.Tasks[0].slots())
		m := newModel(t, c, 1)
		n := &m.tasks[task]
		r := rand.New(rand.NewPCG(7, uint64(task)))
		const count, steps = 5, 7
		var episodes [count]*Batch
		var alone [count][steps]Decision
		var sessions [count]*Session
		tape, batched := kernel.NewTape(m.compute), kernel.NewTape(m.compute)
		single := func(s *Session, b *Batch, i int) Decision {
			d, err := m.Decide(tape, []*Session{s}, b.Steps.step(n.Task, i), Chooser{})
			if err != nil {
				t.Fatal(err)
			}
			return d[0]
		}
		for e := range episodes {
			episodes[e] = randomBatch(r, task, n.Task, steps)
			sessions[e], _ = m.NewSession(task)
			for i := range steps {
				d := single(sessions[e], episodes[e], i)
				d.Logits, d.ExecutorLogits = append([]float32(nil), d.Logits...), append([]float32(nil), d.ExecutorLogits...)
				alone[e][i] = d
			}
			sessions[e].Reset()
		}
		for at := [count]int{}; ; {
			var group []*Session
			var list []*Steps
			var who []int
			for e := range episodes {
				if at[e] < steps && r.IntN(3) > 0 {
					group, list, who = append(group, sessions[e]), append(list, episodes[e].Steps.step(n.Task, at[e])), append(who, e)
				}
			}
			if at == [count]int{steps, steps, steps, steps, steps} {
				break
			}
			if len(group) == 0 {
				continue
			}
			got, err := m.Decide(batched, group, join(n.Task, list), Chooser{})
			if err != nil {
				t.Fatal(err)
			}
			for i, e := range who {
				want := alone[e][at[e]]
				near(t, at[e], got[i].Logits, want.Logits)
				near(t, at[e], got[i].ExecutorLogits, want.ExecutorLogits)
				near(t, at[e], []float32{got[i].Value, float32(got[i].Choice), float32(got[i].Executors)}, []float32{want.Value, float32(want.Choice), float32(want.Executors)})
				at[e]++
			}
		}
	})
}

// TestCausality changes what comes later, and what was to be learned, and sees
// nothing change before.
func TestCausality(t *testing.T) {
	each(t, func(t *testing.T, c Config, task int) {
		m := newModel(t, c, 1)
		n := &m.tasks[task]
		r := rand.New(rand.NewPCG(4, uint64(task)))
		run := func(b *Batch, choice []int32) *outputs {
			tape := kernel.NewTape(m.compute)
			tape.Begin(kernel.Eval, 0)
			out, err := m.forward(tape, n, &b.Steps, choice)
			if err != nil {
				t.Fatal(err)
			}
			return &out
		}
		const steps, changed = 21, 12
		b := randomBatch(r, task, n.Task, steps)
		before := run(b, b.Actions.Choice)
		first := changed * n.outputs() // of what may change
		if n.Head.Kind == HeadPointer {
			first = int(b.Graph.StageOffsets[changed])
		}
		other := randomBatch(r, task, n.Task, steps)
		if n.Head.Kind == HeadPointer {
			// Another choice to read the executors of changes no score.
			if !n.Encoder.Graph.Kept {
				near(t, -1, run(b, b.Targets.Actions.Choice).scores.Value, before.scores.Value)
			}
			for i := changed; i < steps; i++ {
				b.Actions.Executors[i] = 1 + b.Actions.Executors[i]%4
			}
		}
		if n.Encoder.Kind == EncoderGraph {
			// A cluster's summary knows nothing else of a step without jobs.
			copy(b.Graph.Global[changed*n.Encoder.Graph.Globals:], other.Graph.Global[changed*n.Encoder.Graph.Globals:])
			for i := b.Graph.StepJobs[changed] * int32(n.Encoder.Graph.Jobs); int(i) < len(b.Graph.Jobs); i++ {
				b.Graph.Jobs[i]++
			}
		}
		for i := changed; i < steps; i++ {
			switch n.Head.Kind {
			case HeadChoice:
				b.Actions.Choice[i] = other.Actions.Choice[i]
			case HeadValue:
				b.Actions.Value[i] = other.Actions.Value[i]
			}
			if n.Condition != ConditionNone {
				b.Condition[i] = other.Condition[i]
			}
			if n.Encoder.Kind == EncoderVector {
				copy(b.Vector[i*n.Encoder.Features:], other.Vector[i*n.Encoder.Features:(i+1)*n.Encoder.Features])
			}
		}
		after := run(b, b.Actions.Choice)
		near(t, changed, after.scores.Value[:first], before.scores.Value[:first])
		switch {
		case n.Head.Kind != HeadPointer:
			if after.scores.Value[first] == before.scores.Value[first] {
				t.Errorf("the first step that was changed scores the same")
			}
		default:
			row := 0 // The first of a chosen stage of what was changed.
			for row < len(before.chosen) && before.chosen[row] < changed {
				near(t, int(before.chosen[row]), after.executors.Row(row), before.executors.Row(row))
				row++
			}
			if row == 0 || row == len(before.chosen) {
				t.Fatalf("stages were chosen at %v", before.chosen)
			}
			if slices.Equal(after.executors.Row(row), before.executors.Row(row)) {
				t.Errorf("the first step that was changed scores executors the same")
			}
		}
	})
}

// outputs is how many numbers a step's scores are.
func (m *task) outputs() int { return max(m.Head.Choices, 1) }
