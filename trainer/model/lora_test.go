package model

import (
	"math/rand/v2"
	"strings"
	"testing"

	"trailblazer/trainer/kernel"
)

// TestMerged plays a model with LoRA beside its merged copy.
func TestMerged(t *testing.T) {
	for _, name := range []string{"gpt2", "qwen2"} {
		c := tinyConfig(t, name)
		for i := range c.Tasks {
			c.Tasks[i].Windowed = false
		}
		plain := newModel(t, c, 1)
		c.Backbone.LoRA = LoRA{Rank: 3, Alpha: 5, Dropout: 0.2, Targets: []string{"q", "k", "v", "out", "up", "down"}}
		if c.Backbone.Gated {
			c.Backbone.LoRA.Targets = append(c.Backbone.LoRA.Targets, "gate")
		}
		m := newModel(t, c, 1)
		for task := range c.Tasks {
			b := randomBatch(rand.New(rand.NewPCG(3, 4)), task, &c.Tasks[task], 6)
			// Fresh LoRA changes nothing.
			compareModels(t, plain, m, b, true)
		}
		r := rand.New(rand.NewPCG(1, 2))
		for _, p := range m.params.Params() {
			if strings.HasSuffix(p.Name, "lora_b") {
				p.Normal(r, 0.3)
			}
		}
		merged, err := m.Merged()
		if err != nil {
			t.Fatal(err)
		}
		if merged.config.Backbone.LoRA.Rank != 0 || merged.params.Count() != plain.params.Count() {
			t.Errorf("merged, the model has %d weights and %+v", merged.params.Count(), merged.config.Backbone.LoRA)
		}
		for task := range c.Tasks {
			b := randomBatch(rand.New(rand.NewPCG(3, 4)), task, &c.Tasks[task], 6)
			compareModels(t, merged, m, b, true)
			compareModels(t, plain, m, b, false)
		}
	}
}

// compareModels runs two models on one batch.
func compareModels(t *testing.T, a, b *Model, batch *Batch, equal bool) {
	t.Helper()
	var scores [2][]float32
	for i, m := range []*Model{a, b} {
		tape := kernel.NewTape(m.compute)
		tape.Begin(kernel.Eval, 0)
		out, err := m.forward(tape, &m.tasks[batch.Task], &batch.Steps, batch.Actions.Choice)
		if err != nil {
			t.Fatal(err)
		}
		scores[i] = out.scores.Value
	}
	if equal {
		near(t, -1, scores[0], scores[1])
		return
	}
	for i, x := range scores[0] {
		if d := x - scores[1][i]; d > 1e-3 || d < -1e-3 {
			return
		}
	}
	t.Error("LoRA changes nothing")
}
