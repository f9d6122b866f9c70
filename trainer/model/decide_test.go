package model

import (
	"math/rand/v2"
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
		choose := Chooser{Choice: func(_ int, logits []float32) int { return max(int(b.Actions.Choice[i]), 0) }}
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
