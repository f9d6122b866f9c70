package model

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"trailblazer/api/env"
	"trailblazer/trainer/kernel"
)

// TestBatchRefuses hands in batches that don't fit together.
func TestBatchRefuses(t *testing.T) {
	nan := float32(math.NaN())
	c := tinyConfig(t, "decision-transformer")
	c.Tasks[0].Objective = Objective{Kind: ObjectiveAdvantage, Floor: -6, Scale: 4}
	m := newModel(t, c, 1)
	tape := kernel.NewTape(m.compute)
	for _, test := range []struct {
		task   int
		want   string
		change func(*Batch)
	}{
		{0, "batch.task", func(b *Batch) { b.Task = 4 }},
		{0, "batch.offsets", func(b *Batch) { b.Offsets = nil }},
		{0, "batch.offsets[2]", func(b *Batch) { b.Offsets = []int32{0, 9, 8} }},
		{0, "batch.offsets", func(b *Batch) { b.Offsets = []int32{0} }},
		{0, "batch.times", func(b *Batch) { b.Times = b.Times[1:] }},
		{0, "batch.condition", func(b *Batch) { b.Condition = nil }},
		{0, "batch.vector", func(b *Batch) { b.Vector = b.Vector[1:] }},
		{0, "batch.vector[5]", func(b *Batch) { b.Vector[5] = nan }},
		{0, "batch.actions.choice[2]", func(b *Batch) { b.Actions.Choice[2] = 3 }},
		{0, "batch.actions.choice", func(b *Batch) { b.Actions.Choice = nil }},
		{0, "batch.targets.advantage", func(b *Batch) { b.Targets.Advantage = nil }},
		{0, "batch.targets.advantage[1]", func(b *Batch) { b.Targets.Advantage[1] = nan }},
		{0, "batch.targets.weight[0]", func(b *Batch) { b.Targets.Weight[0] = -1 }},
		{0, "batch.targets.weight", func(b *Batch) { b.Targets.Weight = b.Targets.Weight[1:] }},
		{0, "batch.targets", func(b *Batch) { clear(b.Targets.Weight) }},
		{1, "batch.graph.step_jobs", func(b *Batch) { b.Graph.StepJobs = b.Graph.StepJobs[:3] }},
		{1, "batch.graph.job_offsets", func(b *Batch) { b.Graph.JobOffsets = b.Graph.JobOffsets[:3] }},
		{1, "batch.graph.nodes", func(b *Batch) { b.Graph.Nodes = b.Graph.Nodes[1:] }},
		{1, "batch.graph.nodes[0]", func(b *Batch) { b.Graph.Nodes[0] = nan }},
		{1, "batch.graph.jobs", func(b *Batch) { b.Graph.Jobs = nil }},
		{1, "batch.graph.global", func(b *Batch) { b.Graph.Global = nil }},
		{1, "batch.graph.limits", func(b *Batch) { b.Graph.Limits = nil }},
		{1, "batch.graph.stages[0]", func(b *Batch) { b.Graph.Stages[0] = 1 << 20 }},
		{1, "batch.graph.stage_offsets", func(b *Batch) { b.Graph.StageOffsets = nil }},
		{1, "batch.graph.children", func(b *Batch) { b.Graph.Children = nil }},
		{1, "batch.targets.actions.choice[0]", func(b *Batch) { b.Targets.Actions.Choice[0] = 99 }},
		{1, "batch.targets.actions.executors", func(b *Batch) { b.Targets.Actions.Executors = nil }},
		{2, "batch.targets.actions.value", func(b *Batch) { b.Targets.Actions.Value = nil }},
		{2, "batch.targets.actions.value[1]", func(b *Batch) { b.Targets.Actions.Value[1] = nan }},
	} {
		b := randomBatch(rand.New(rand.NewPCG(1, 9)), test.task, &c.Tasks[test.task], 5, 3)
		if test.task == 1 {
			b.Targets.Actions.Choice[0] = 0
		}
		test.change(b)
		tape.Begin(kernel.Train, 1)
		_, _, err := m.Loss(tape, b)
		if refused, ok := errors.AsType[*env.FieldError](err); !ok || refused.Field != test.want {
			t.Errorf("task %d: %v, want a refusal of %s", test.task, err, test.want)
		}
	}

	b := randomBatch(rand.New(rand.NewPCG(1, 9)), 1, &c.Tasks[1], 4)
	b.Graph.Parents, b.Graph.Children = []int32{0, 1}, []int32{1, 0}
	tape.Begin(kernel.Train, 1)
	if _, _, err := m.Loss(tape, b); err == nil {
		t.Error("a cycle of stages has a loss")
	}
	// Longer sequences than there are positions.
	c = tinyConfig(t, "gpt2")
	c.Backbone.MaxPositions = 6 * c.Tasks[0].slots()
	m = newModel(t, c, 1)
	if _, _, err := m.Loss(tape, randomBatch(rand.New(rand.NewPCG(1, 9)), 0, &c.Tasks[0], 7)); err == nil {
		t.Error("seven steps fit where there are positions for six")
	}
}

func TestDecideRefuses(t *testing.T) {
	c := tinyConfig(t, "small")
	m := newModel(t, c, 1)
	tape := kernel.NewTape(m.compute)
	session, err := m.NewSession(0)
	if err != nil {
		t.Fatal(err)
	}
	other, _ := m.NewSession(2)
	if _, err := m.NewSession(4); err == nil {
		t.Error("there is a session of a fifth task")
	}
	if err := session.Acted(Decision{}); err == nil {
		t.Error("an action counts before the first decision")
	}
	b := randomBatch(rand.New(rand.NewPCG(1, 9)), 0, &c.Tasks[0], 2)
	one := b.Steps.step(&c.Tasks[0], 0)
	for _, test := range []struct {
		want string
		call func() error
	}{
		{"sessions", func() error { _, err := m.Decide(tape, nil, one, Chooser{}); return err }},
		{"sessions[1]", func() error { _, err := m.Decide(tape, []*Session{session, other}, &b.Steps, Chooser{}); return err }},
		{"steps.offsets", func() error { _, err := m.Decide(tape, []*Session{session}, &b.Steps, Chooser{}); return err }},
		{"steps.vector[0]", func() error {
			b.Vector[0] = float32(math.Inf(1))
			_, err := m.Decide(tape, []*Session{session}, one, Chooser{})
			return err
		}},
		{"action.choice", func() error {
			b.Vector[0] = 0
			if _, err := m.Decide(tape, []*Session{session}, one, Chooser{}); err != nil {
				t.Fatal(err)
			}
			return session.Acted(Decision{Choice: 3})
		}},
		{"logits[0]", func() error {
			b.Vector[0] = 0
			m.params.Find("tasks.abr.head.bias").Fill(float32(math.NaN()))
			d, err := m.Decide(tape, []*Session{session}, one, Chooser{})
			if err != nil {
				t.Fatal(err)
			}
			return d[0].Err
		}},
		{"sessions[0]", func() error { _, err := m.Decide(tape, []*Session{session}, one, Chooser{}); return err }},
	} {
		err := test.call()
		if refused, ok := errors.AsType[*env.FieldError](err); !ok || refused.Field != test.want {
			t.Errorf("%v, want a refusal of %s", err, test.want)
		}
	}
	session.Reset()
	m.params.Find("tasks.abr.head.bias").Fill(0)
	if d, err := m.Decide(tape, []*Session{session}, one, Chooser{}); err != nil || d[0].Err != nil {
		t.Errorf("reset, a session is refused: %v", err)
	}
}

// TestRefusedStepsLeaveSessionsAsTheyWere asks for each step once in vain, also
// where windows are computed anew and where positions run out.
func TestRefusedStepsLeaveSessionsAsTheyWere(t *testing.T) {
	for _, name := range []string{"small", "decision-transformer", "gpt2"} {
		c := tinyConfig(t, name)
		c.Backbone.MaxPositions = min(c.Backbone.MaxPositions, 6*c.Tasks[1].slots())
		m := newModel(t, c, 1)
		b := randomBatch(rand.New(rand.NewPCG(2, 3)), 1, &c.Tasks[1], 17)
		tape := kernel.NewTape(m.compute)
		plain, _ := m.NewSession(1)
		asked, _ := m.NewSession(1)
		for i := range 17 {
			one := b.Steps.step(&c.Tasks[1], i)
			circle := *one
			circle.Graph.Parents = append([]int32{0, 1}, one.Graph.Parents...)
			circle.Graph.Children = append([]int32{1, 0}, one.Graph.Children...)
			if _, err := m.Decide(tape, []*Session{asked}, &circle, Chooser{}); err == nil {
				t.Fatal("a graph with a circle is one")
			}
			got, err := m.Decide(tape, []*Session{asked}, one, Chooser{})
			if err != nil {
				t.Fatal(err)
			}
			logits := slices.Clone(got[0].Logits)
			want, err := m.Decide(tape, []*Session{plain}, one, Chooser{})
			if err != nil {
				t.Fatal(err)
			}
			near(t, i, logits, want[0].Logits)
		}
	}
}

// TestOverflowIsOneSessionsAlone: finite inputs whose sums are not.
func TestOverflowIsOneSessionsAlone(t *testing.T) {
	c := tinyConfig(t, "decision-transformer")
	m := newModel(t, c, 1)
	b := randomBatch(rand.New(rand.NewPCG(2, 3)), 0, &c.Tasks[0], 2)
	tape := kernel.NewTape(m.compute)
	one, two := b.Steps.step(&c.Tasks[0], 0), b.Steps.step(&c.Tasks[0], 1)
	alone, _ := m.NewSession(0)
	want, err := m.Decide(tape, []*Session{alone}, one, Chooser{})
	if err != nil {
		t.Fatal(err)
	}
	logits := slices.Clone(want[0].Logits)
	for i := range two.Vector {
		two.Vector[i] = math.MaxFloat32
	}
	first, _ := m.NewSession(0)
	second, _ := m.NewSession(0)
	got, err := m.Decide(tape, []*Session{first, second}, join(&c.Tasks[0], []*Steps{one, two}), Chooser{})
	if err != nil || got[0].Err != nil || got[1].Err == nil {
		t.Fatalf("errors %v, %v and %v", err, got[0].Err, got[1].Err)
	}
	near(t, 0, got[0].Logits, logits)
}
