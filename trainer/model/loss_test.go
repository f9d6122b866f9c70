package model

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"trailblazer/trainer/kernel"
)

// objectives lists every kind of loss that a head has.
var objectives = map[string][]Objective{
	HeadChoice: {
		{Kind: ObjectiveAction}, {Kind: ObjectiveExpert},
		{Kind: ObjectiveAdvantage, Floor: -6, Scale: 4}, {Kind: ObjectiveSoft, Floor: -6, Temperature: 1.5},
	},
	HeadPointer: {{Kind: ObjectiveAction}, {Kind: ObjectiveExpert}},
	HeadValue:   {{Kind: ObjectiveAction}, {Kind: ObjectiveExpert, Huber: 0.5}},
}

// smooth replaces activations whose kinks differences would step over.
func smooth(c *Config) {
	c.Backbone.Activation = "gelu"
	for i := range c.Tasks {
		c.Tasks[i].Encoder.Activation = "tanh"
	}
}

// TestGradient checks the gradient of the whole loss, param by param, against
// differences along a random direction: for every objective with one preset,
// for all tasks without a backbone, and for the backbones of others.
func TestGradient(t *testing.T) {
	for _, name := range []string{"small", "mlp", "gpt2", "qwen2"} {
		c := tinyConfig(t, name)
		if name != "small" && name != "mlp" {
			c.Tasks = c.Tasks[:1]
		}
		c.Backbone.Width, c.Backbone.MLPWidth = 8, 12
		smooth(&c)
		if c.Backbone.Layers > 0 {
			c.Backbone.LoRA = LoRA{Rank: 2, Alpha: 3, Dropout: 0.1, Targets: []string{"q", "v", "down"}}
		}
		c.Backbone.Dropout = 0.1
		for task := range c.Tasks {
			for i, objective := range objectives[c.Tasks[task].Head.Kind] {
				if i > 0 && (name != "small" || c.Tasks[task].Encoder.Kind == EncoderGraph && c.Tasks[task].Head.Kind == HeadValue) {
					break
				}
				one := c
				one.Tasks = []Task{c.Tasks[task]}
				one.Tasks[0].Objective, one.Tasks[0].Weight = objective, 0.7
				one.Tasks[0].Encoder.Graph.Kept = objective.Kind == ObjectiveAction && one.Tasks[0].Head.Kind == HeadPointer
				t.Run(name+"/"+one.Tasks[0].Name+"/"+objective.Kind, func(t *testing.T) { checkGradient(t, name, one) })
			}
		}
	}
}

func checkGradient(t *testing.T, name string, c Config) {
	m := newModel(t, c, 5)
	r := rand.New(rand.NewPCG(6, 7))
	for _, p := range m.params.Params() {
		for i := range p.Value {
			p.Value[i] += 0.1 * float32(r.NormFloat64()) // also those of LoRA that begin at 0
		}
	}
	b := randomBatch(r, 0, &c.Tasks[0], 4, 1, 3)
	tape := kernel.NewTape(m.compute)
	run := func() *kernel.Var {
		tape.Begin(kernel.Train, 9)
		loss, _, err := m.Loss(tape, b)
		if err != nil {
			t.Fatal(err)
		}
		return loss
	}
	m.params.ZeroGrad()
	tape.Backward(run())
	for _, p := range m.params.Params() {
		if c.Backbone.Layers > 0 && name != "small" && p.Name[:9] != "backbone." {
			continue // as in the other
		}
		direction := numbers(r, len(p.Value))
		value := slices.Clone(p.Value)
		const step = 1e-3
		at := func(s float32) float64 {
			for i := range p.Value {
				p.Value[i] = value[i] + s*direction[i]
			}
			return float64(run().Value[0])
		}
		got := 0.0
		for i, d := range direction {
			got += float64(d) * float64(p.Grad[i])
		}
		want := (at(step) - at(-step)) / (2 * step)
		copy(p.Value, value)
		if math.Abs(got-want) > 2e-3+0.02*math.Abs(want) {
			t.Errorf("%s: the gradient along a direction is %v, differences say %v", p.Name, got, want)
		}
	}
}

// TestGradientReaches says which params learn: all of a task, whose others'
// stay as they are, and none of a frozen backbone but LoRA's.
func TestGradientReaches(t *testing.T) {
	for _, frozen := range []bool{false, true} {
		c := tinyConfig(t, "decision-transformer")
		c.Backbone.Frozen = frozen
		c.Backbone.LoRA = LoRA{Rank: 2, Alpha: 2, Targets: []string{"q", "k", "v", "out", "up", "down"}}
		for task := range c.Tasks {
			m := newModel(t, c, 1)
			r := rand.New(rand.NewPCG(1, 1))
			for _, p := range m.params.Params() {
				for i := range p.Value {
					p.Value[i] += 0.1 * float32(r.NormFloat64())
				}
			}
			tape := kernel.NewTape(m.compute)
			tape.Begin(kernel.Train, 1)
			loss, _, err := m.Loss(tape, randomBatch(r, task, &c.Tasks[task], 9, 9, 9))
			if err != nil {
				t.Fatal(err)
			}
			tape.Backward(loss)
			for _, p := range m.params.Params() {
				of := "tasks." + c.Tasks[task].Name + "."
				want := len(p.Name) > len(of) && p.Name[:len(of)] == of
				if p.Name[:9] == "backbone." {
					want = !frozen || slices.Contains([]string{"lora_a", "lora_b"}, p.Name[len(p.Name)-6:])
				}
				if got := slices.ContainsFunc(p.Grad, func(g float32) bool { return g != 0 }); got != want {
					t.Errorf("task %s, frozen %v: %s has a gradient: %v, want %v", c.Tasks[task].Name, frozen, p.Name, got, want)
				}
			}
		}
	}
}

// TestOverfit learns a few sequences by heart.
func TestOverfit(t *testing.T) {
	c := tinyConfig(t, "small")
	c.Backbone.InitStd = 0.1
	for i := range c.Tasks {
		c.Tasks[i].ActionTokens = true
	}
	c.Tasks[0].Objective = Objective{Kind: ObjectiveExpert}
	for task := range c.Tasks {
		m := newModel(t, c, 3)
		b := randomBatch(rand.New(rand.NewPCG(4, uint64(task))), task, &c.Tasks[task], 4, 4)
		b.Targets.Weight = nil
		for i := range b.Targets.Actions.Executors {
			b.Targets.Actions.Executors[i] = min(b.Targets.Actions.Executors[i], 2)
		}
		tape := kernel.NewTape(m.compute)
		optimizer := kernel.NewOptimizer(m.params, kernel.AdamW{Beta1: 0.9, Beta2: 0.99, Eps: 1e-8}, m.compute)
		var losses Losses
		for step := range 50 {
			tape.Begin(kernel.Train, uint64(step))
			loss, l, err := m.Loss(tape, b)
			if err != nil {
				t.Fatal(err)
			}
			m.params.ZeroGrad()
			tape.Backward(loss)
			optimizer.Step(0.02)
			losses = l
		}
		if losses.Total > 0.05 || c.Tasks[task].Head.Kind != HeadValue && losses.Accuracy < 0.999 {
			t.Errorf("task %s: after 50 steps on one batch %+v", c.Tasks[task].Name, losses)
		}
	}
}

// TestAdvantages checks what the targets become.
func TestAdvantages(t *testing.T) {
	m := task{Task: &Task{Head: Head{Choices: 3}, Objective: Objective{Floor: -6, Scale: 4, Temperature: 2}}}
	centered := m.centered([]float32{0, -3, -9, -100, -50, -6})
	if want := []float32{3, 0, -3, 0, 0, 0}; !slices.Equal(centered, want) {
		t.Errorf("centered: %v, want %v", centered, want)
	}
	soft := m.soft([]float32{0, -2, -100})
	e := math.Exp(-1) + math.Exp(-3) + 1
	for i, want := range []float64{1 / e, math.Exp(-1) / e, math.Exp(-3) / e} {
		if math.Abs(float64(soft[i])-want) > 1e-6 {
			t.Errorf("soft: %v; number %d should be %v", soft, i, want)
		}
	}
}

// TestNothingToLearn refuses a batch in which no stage is chosen.
func TestNothingToLearn(t *testing.T) {
	c := tinyConfig(t, "small")
	m := newModel(t, c, 1)
	b := randomBatch(rand.New(rand.NewPCG(1, 5)), 1, &c.Tasks[1], 4)
	for i := range b.Targets.Actions.Choice {
		b.Targets.Actions.Choice[i] = -1
	}
	tape := kernel.NewTape(m.compute)
	tape.Begin(kernel.Eval, 0)
	if _, _, err := m.Loss(tape, b); err == nil {
		t.Error("a batch in which no stage is chosen has a loss")
	}
}
