package model

import (
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"trailblazer/api/env"
	"trailblazer/trainer/kernel"
)

// TestPointed: what all stages have in common changes what is said of one against
// another, where there are layers that know both.
func TestPointed(t *testing.T) {
	for _, deep := range []bool{false, true} {
		c := tinyConfig(t, "mlp")
		task := c.Task("cjs")
		if !deep {
			c.Tasks[task].Encoder.Graph.Pointed = nil
		}
		m := newModel(t, c, 3)
		b := randomBatch(rand.New(rand.NewPCG(4, 1)), task, &c.Tasks[task], 5)
		said := func() []float32 {
			tape := kernel.NewTape(m.compute)
			tape.Begin(kernel.Eval, 0)
			p, err := m.Policy(tape, task, &b.Steps, &b.Targets.Actions)
			if err != nil {
				t.Fatal(err)
			}
			return p.Entropy.Value
		}
		// Executors are read at the one stage that was chosen: none is here.
		for i := range b.Targets.Actions.Choice {
			b.Targets.Actions.Choice[i] = -1
		}
		before, changed := said(), 0.0
		for i := range b.Graph.Global {
			b.Graph.Global[i]++
		}
		for i, after := range said() {
			changed = max(changed, math.Abs(float64(after-before[i])))
		}
		if changed > 1e-5 != deep {
			t.Errorf("with layers %v the number of jobs changes entropies by %g", deep, changed)
		}
	}
}

// TestMLP: without layers there is nothing but encoders and heads, which learn, and a decision is the same whatever came before.
func TestMLP(t *testing.T) {
	c := tinyConfig(t, "mlp")
	m := newModel(t, c, 1)
	for _, p := range m.params.Params() {
		if strings.HasPrefix(p.Name, "backbone.") {
			t.Errorf("there is a %s", p.Name)
		}
	}
	for task := range c.Tasks {
		n := &c.Tasks[task]
		b := randomBatch(rand.New(rand.NewPCG(5, uint64(task))), task, n, 6, 5)
		tape := kernel.NewTape(m.compute)
		tape.Begin(kernel.Train, 1)
		loss, _, err := m.Loss(tape, b)
		if err != nil {
			t.Fatal(err)
		}
		m.params.ZeroGrad()
		tape.Backward(loss)
		for _, p := range m.params.Params() {
			// The summary is there for steps without a stage, which decide nothing, and
			// what is added to the scores of all stages decides nothing either.
			if !strings.HasPrefix(p.Name, "tasks."+n.Name+".") || strings.Contains(p.Name, ".encoder.summary.") || strings.HasSuffix(p.Name, ".encoder.stage.bias") {
				continue
			}
			learns := false
			for _, g := range p.Grad {
				learns = learns || g != 0
			}
			if !learns {
				t.Errorf("%s learns nothing", p.Name)
			}
		}
		play(t, m, b, func(i int, d Decision) {
			s, err := m.NewSession(task)
			if err != nil {
				t.Fatal(err)
			}
			// On a tape of its own: what was decided stays valid.
			alone, err := m.Decide(kernel.NewTape(m.compute), []*Session{s}, b.Steps.step(n, i), Chooser{})
			if err != nil {
				t.Fatal(err)
			}
			near(t, i, alone[0].Logits, d.Logits)
			near(t, i, []float32{alone[0].Value}, []float32{d.Value})
		})
	}
}

// TestMLPRefuses what heads would never see.
func TestMLPRefuses(t *testing.T) {
	for want, change := range map[string]func(*Config){
		"tasks.abr.model.context":      func(c *Config) { c.Tasks[0].Context = 2 },
		"tasks.cjs.model.condition":    func(c *Config) { c.Tasks[1].Condition = ConditionReturn },
		"tasks.cc.model.action_tokens": func(c *Config) { c.Tasks[2].ActionTokens = true },
		"tasks.abr.model.encoder.tokens": func(c *Config) {
			e := &c.Tasks[0].Encoder
			e.Tokens, e.Parts = TokensSeparate, groupedVector(tinyShapes["abr"].Features)
		},
		"backbone.lora.rank": func(c *Config) { c.Backbone.LoRA = LoRA{Rank: 1, Alpha: 1, Targets: []string{"q"}} },
	} {
		c := tinyConfig(t, "mlp")
		change(&c)
		err := c.Validate()
		if refused, ok := errors.AsType[*env.FieldError](err); !ok || refused.Field != want {
			t.Errorf("%v, want a refusal of %s", err, want)
		}
	}
}

// TestErrorsOfValues: the papers' forms learn values by the square of the error.
func TestErrorsOfValues(t *testing.T) {
	for _, name := range Presets() {
		task, err := NewTask(name, "cc", "test/cc", tinyShapes["cc"])
		if err != nil {
			t.Fatal(err)
		}
		want := 0.0
		if name == "small" || name == "mlp" {
			want = 0.3
		}
		if task.Objective.Huber != want {
			t.Errorf("%s counts errors of values by their square up to %v, want %v", name, task.Objective.Huber, want)
		}
	}
}
