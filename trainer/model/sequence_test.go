package model

import (
	"math/rand/v2"
	"slices"
	"testing"

	"trailblazer/trainer/kernel"
)

// TestSequencesInAnotherOrder takes a batch apart into its sequences, puts them
// together in another order, and finds the same numbers at each step.
func TestSequencesInAnotherOrder(t *testing.T) {
	each(t, func(t *testing.T, c Config, task int) {
		if c.Backbone.Layers > 0 && c.Backbone.Positions != PositionsLearned && c.Backbone.NormEps != 1e-6 {
			return // much like others
		}
		sampling(&c)
		m := newModel(t, c, 1)
		for seed := range uint64(3) {
			r := rand.New(rand.NewPCG(seed, 11))
			b := randomBatch(r, task, &c.Tasks[task], 4, 0, 1, 6, 3)
			if seed == 2 {
				b.Times = nil // counted from where sequences begin
			}
			tape := kernel.NewTape(m.compute)
			run := func(s *Steps) (logps, entropies []float32) {
				tape.Begin(kernel.Eval, 0)
				p, err := m.Policy(tape, task, s, &s.Actions)
				if err != nil {
					t.Fatalf("seed %d: %v", seed, err)
				}
				return slices.Clone(p.LogProbability.Value), slices.Clone(p.Entropy.Value)
			}
			logps, entropies := run(&b.Steps)
			var other Steps
			order := r.Perm(len(b.Offsets) - 1)
			var wantLogps, wantEntropies []float32
			for _, q := range order {
				low, high := b.Offsets[q], b.Offsets[q+1]
				other.AppendSequence(&b.Steps, low, high)
				wantLogps, wantEntropies = append(wantLogps, logps[low:high]...), append(wantEntropies, entropies[low:high]...)
			}
			gotLogps, gotEntropies := run(&other)
			near(t, -1, gotLogps, wantLogps)
			near(t, -1, gotEntropies, wantEntropies)
			// Put together in the first order they are what they were.
			var back Steps
			for q := range order {
				at := slices.Index(order, q)
				back.AppendSequence(&other, other.Offsets[at], other.Offsets[at+1])
			}
			sameSteps(t, seed, &back, &b.Steps)
		}
	})
}

// sameSteps compares all that packed steps hold.
func sameSteps(t *testing.T, seed uint64, got, want *Steps) {
	t.Helper()
	for name, pair := range map[string][2][]int32{
		"offsets": {got.Offsets, want.Offsets}, "choices": {got.Actions.Choice, want.Actions.Choice},
		"executors": {got.Actions.Executors, want.Actions.Executors}, "jobs": {got.Graph.JobOffsets, want.Graph.JobOffsets},
		"steps' jobs": {got.Graph.StepJobs, want.Graph.StepJobs}, "parents": {got.Graph.Parents, want.Graph.Parents},
		"children": {got.Graph.Children, want.Graph.Children}, "stages": {got.Graph.Stages, want.Graph.Stages},
		"stages' offsets": {got.Graph.StageOffsets, want.Graph.StageOffsets}, "limits": {got.Graph.Limits, want.Graph.Limits},
	} {
		if !slices.Equal(pair[0], pair[1]) {
			t.Errorf("seed %d: the %s are %v, want %v", seed, name, pair[0], pair[1])
		}
	}
	for name, pair := range map[string][2][]float32{
		"conditions": {got.Condition, want.Condition}, "vectors": {got.Vector, want.Vector}, "values": {got.Actions.Value, want.Actions.Value},
		"nodes": {got.Graph.Nodes, want.Graph.Nodes}, "features of jobs": {got.Graph.Jobs, want.Graph.Jobs}, "globals": {got.Graph.Global, want.Graph.Global},
	} {
		if !slices.Equal(pair[0], pair[1]) {
			t.Errorf("seed %d: the %s are %v, want %v", seed, name, pair[0], pair[1])
		}
	}
	for step := range int32(got.count()) {
		q := 0
		for want.Offsets[q+1] <= step {
			q++
		}
		if g, w := got.Times[step], want.time(step, step-want.Offsets[q]); g != w {
			t.Errorf("seed %d: step %d has the time %d, want %d", seed, step, g, w)
		}
	}
}

// TestPieceOfASequence keeps times when a sequence is cut, and appends to what
// was started empty.
func TestPieceOfASequence(t *testing.T) {
	c := tinyConfig(t, "small")
	for task := range c.Tasks {
		b := randomBatch(rand.New(rand.NewPCG(5, 1)), task, &c.Tasks[task], 2, 7)
		b.Times = nil
		s := Steps{Offsets: []int32{0}, Graph: Graph{JobOffsets: []int32{0}, StepJobs: []int32{0}, StageOffsets: []int32{0}}}
		s.AppendSequence(&b.Steps, 4, 9)
		s.AppendSequence(&b.Steps, 1, 2)
		if !slices.Equal(s.Times, []int32{2, 3, 4, 5, 6, 1}) || !slices.Equal(s.Offsets, []int32{0, 5, 6}) {
			t.Errorf("task %d: offsets %v and times %v", task, s.Offsets, s.Times)
		}
		whole := b.Steps
		whole.Times = []int32{0, 1, 0, 1, 2, 3, 4, 5, 6}
		one := whole.step(&c.Tasks[task], 6)
		cut := s.step(&c.Tasks[task], 2)
		sameSteps(t, 5, cut, one)
	}
}
