package model

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"trailblazer/api/env"
	"trailblazer/trainer/kernel"
)

// sampling gives each value a deviation to be tried out with.
func sampling(c *Config) {
	for i := range c.Tasks {
		if c.Tasks[i].Head.Kind == HeadValue {
			c.Tasks[i].Head.Std = 0.5
		}
	}
}

// TestPolicyIsWhatDecides plays an episode step by step, works out from the
// logits how likely and how undecided each action was, and compares with one
// pass over all of it.
func TestPolicyIsWhatDecides(t *testing.T) {
	each(t, func(t *testing.T, c Config, task int) {
		for i := range c.Tasks {
			c.Tasks[i].Windowed = false
		}
		sampling(&c)
		m := newModel(t, c, 1)
		const seed, steps = 2, 11
		b := randomBatch(rand.New(rand.NewPCG(seed, 3)), task, &c.Tasks[task], steps)
		tape := kernel.NewTape(m.compute)
		tape.Begin(kernel.Eval, 0)
		p, err := m.Policy(tape, task, &b.Steps, &b.Actions)
		if err != nil {
			t.Fatal(err)
		}
		if p.LogProbability.Rows != steps || p.LogProbability.Cols != 1 || p.Entropy.Rows != steps || p.Entropy.Cols != 1 {
			t.Fatalf("%d×%d and %d×%d for %d steps", p.LogProbability.Rows, p.LogProbability.Cols, p.Entropy.Rows, p.Entropy.Cols, steps)
		}
		play(t, m, b, func(i int, d Decision) {
			logp, entropy := 0.0, 0.0
			if m.tasks[task].Head.Kind == HeadValue {
				z := float64(b.Actions.Value[i]-d.Value) / 0.5
				logp = -z*z/2 - math.Log(0.5*math.Sqrt(2*math.Pi))
				entropy = math.Log(0.5 * math.Sqrt(2*math.Pi*math.E))
			} else {
				logs := naiveLogSoftmax(d.Logits)
				entropy = undecided(logs)
				if d.Choice >= 0 {
					logp = logs[d.Choice]
				}
				if d.ExecutorLogits != nil {
					logs = naiveLogSoftmax(d.ExecutorLogits)
					entropy += undecided(logs)
					logp += logs[min(int(b.Actions.Executors[i]), len(logs))-1]
				}
				if d.Choice >= 0 && d.ExecutorLogits != nil {
					d.Executors = b.Actions.Executors[i]
				}
				if said := d.LogProbability(); math.Abs(said-logp) > 1e-9 {
					t.Errorf("seed %d, step %d: the decision says %v, its logits %v", seed, i, said, logp)
				}
			}
			if got := float64(p.LogProbability.Value[i]); math.Abs(got-logp) > 5e-5 {
				t.Errorf("seed %d, step %d: the log-probability is %v, want %v", seed, i, got, logp)
			}
			if got := float64(p.Entropy.Value[i]); math.Abs(got-entropy) > 5e-5 {
				t.Errorf("seed %d, step %d: the entropy is %v, want %v", seed, i, got, entropy)
			}
		})
	})
}

func naiveLogSoftmax(logits []float32) []float64 {
	sum := 0.0
	for _, x := range logits {
		sum += math.Exp(float64(x))
	}
	logs := make([]float64, len(logits))
	for i, x := range logits {
		logs[i] = float64(x) - math.Log(sum)
	}
	return logs
}

func undecided(logs []float64) (entropy float64) {
	for _, l := range logs {
		entropy -= math.Exp(l) * l
	}
	return entropy
}

// TestPolicyGradient compares the gradients of a policy's loss with differences
// along random directions, param by param; those of the backbone's layers, which
// TestGradient checks, with one task.
func TestPolicyGradient(t *testing.T) {
	for _, name := range []string{"small", "mlp"} {
		c := tinyConfig(t, name)
		c.Backbone.Width, c.Backbone.MLPWidth = 8, 12
		smooth(&c)
		sampling(&c)
		for task := range c.Tasks {
			if name == "mlp" && c.Tasks[task].Head.Kind != HeadPointer {
				continue
			}
			m := newModel(t, c, 5)
			r := rand.New(rand.NewPCG(6, uint64(task)))
			b := randomBatch(r, task, &c.Tasks[task], 4, 1, 3)
			advantages := numbers(r, b.count())
			tape := kernel.NewTape(m.compute)
			run := func() *kernel.Var {
				tape.Begin(kernel.Train, 0)
				p, err := m.Policy(tape, task, &b.Steps, &b.Targets.Actions)
				if err != nil {
					t.Fatal(err)
				}
				return tape.Add(tape.WeightedSum(p.LogProbability, advantages), tape.WeightedSum(p.Entropy, nil))
			}
			tape.Backward(run())
			for _, p := range m.params.Params() {
				if task > 0 && strings.HasPrefix(p.Name, "backbone.") {
					continue
				}
				if p.Grad == nil {
					if of := "tasks." + c.Tasks[task].Name + "."; strings.HasPrefix(p.Name, of) && !strings.Contains(p.Name, ".summary.") {
						t.Errorf("%s: %s learns nothing", name, p.Name)
					}
					continue
				}
				direction, value := numbers(r, len(p.Value)), slices.Clone(p.Value)
				const step = 1e-3
				at := func(s float32) float64 {
					for i := range p.Value {
						p.Value[i] = value[i] + s*direction[i]
					}
					return float64(run().Value[0])
				}
				got, want := 0.0, (at(step)-at(-step))/(2*step)
				copy(p.Value, value)
				for i, d := range direction {
					got += float64(d) * float64(p.Grad[i])
				}
				if math.Abs(got-want) > 5e-3+0.02*math.Abs(want) {
					t.Errorf("%s: %s: the gradient along a direction is %v, differences say %v", name, p.Name, got, want)
				}
			}
		}
	}
}

// TestValues: a critic says what its head decides, of vectors and of clusters.
func TestValues(t *testing.T) {
	each(t, func(t *testing.T, c Config, task int) {
		for i := range c.Tasks {
			c.Tasks[i].Windowed = false
		}
		m := newModel(t, c, 1)
		b := randomBatch(rand.New(rand.NewPCG(2, 4)), task, &c.Tasks[task], 9)
		tape := kernel.NewTape(m.compute)
		tape.Begin(kernel.Eval, 0)
		values, err := m.Values(tape, task, &b.Steps)
		if c.Tasks[task].Head.Kind != HeadValue {
			if refused, ok := errors.AsType[*env.FieldError](err); !ok || !strings.HasSuffix(refused.Field, ".head.kind") {
				t.Errorf("%v, want a refusal of a critic that decides", err)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		play(t, m, b, func(i int, d Decision) { near(t, i, []float32{d.Value}, values.Value[i:i+1]) })
	})
}

// TestNothingToPointAt: steps without a stage are certain, and learn nothing.
func TestNothingToPointAt(t *testing.T) {
	for _, name := range []string{"small", "mlp", "gpt2"} {
		c := tinyConfig(t, name)
		m := newModel(t, c, 1)
		b := randomBatch(rand.New(rand.NewPCG(1, 5)), 1, &c.Tasks[1], 3, 2)
		g := &b.Graph
		g.Stages, g.StageOffsets = nil, make([]int32, 6)
		done := Actions{Choice: []int32{-1, -1, -1, -1, -1}, Executors: make([]int32, 5)}
		b.Actions = done
		tape := kernel.NewTape(m.compute)
		tape.Begin(kernel.Train, 0)
		p, err := m.Policy(tape, 1, &b.Steps, &done)
		if err != nil {
			t.Fatal(err)
		}
		tape.Backward(tape.WeightedSum(tape.Add(p.LogProbability, p.Entropy), nil))
		for i := range 5 {
			if p.LogProbability.Value[i] != 0 || p.Entropy.Value[i] != 0 {
				t.Errorf("%s: step %d has the log-probability %v and the entropy %v", name, i, p.LogProbability.Value[i], p.Entropy.Value[i])
			}
		}
		for _, p := range m.params.Params() {
			if slices.ContainsFunc(p.Grad, func(g float32) bool { return g != 0 }) {
				t.Errorf("%s: %s has a gradient", name, p.Name)
			}
		}
	}
}

func TestPolicyRefuses(t *testing.T) {
	c := tinyConfig(t, "gpt2")
	c.Backbone.MaxPositions = 6 * c.Tasks[0].slots()
	m := newModel(t, c, 1)
	for _, test := range []struct {
		task   int
		length int
		want   string
		change func(b *Batch)
	}{
		{2, 3, "tasks.cc.model.head.std", func(*Batch) {}},
		{0, 3, "task", func(b *Batch) { b.Task = 4 }},
		{0, 3, "actions.choice[1]", func(b *Batch) { b.Targets.Actions.Choice[1] = 3 }},
		{0, 3, "steps.actions.choice", func(b *Batch) { b.Actions.Choice = nil }},
		{0, 3, "steps.vector", func(b *Batch) { b.Vector = nil }},
		{0, 7, "steps.offsets", func(*Batch) {}},
		{1, 3, "actions.executors", func(b *Batch) { b.Targets.Actions.Executors = nil }},
	} {
		b := randomBatch(rand.New(rand.NewPCG(1, 9)), test.task, &c.Tasks[test.task], test.length)
		test.change(b)
		tape := kernel.NewTape(m.compute)
		tape.Begin(kernel.Train, 0)
		_, err := m.Policy(tape, b.Task, &b.Steps, &b.Targets.Actions)
		if refused, ok := errors.AsType[*env.FieldError](err); !ok || refused.Field != test.want {
			t.Errorf("%v, want a refusal of %s", err, test.want)
		}
	}
}

// TestLogStd begins where the config says and is nobody else's.
func TestLogStd(t *testing.T) {
	c := tinyConfig(t, "small")
	if m := newModel(t, c, 1); m.LogStd(2) != nil {
		t.Error("a value that is not tried out has a deviation")
	}
	sampling(&c)
	m := newModel(t, c, 1)
	for task := range c.Tasks {
		p := m.LogStd(task)
		if (p != nil) != (c.Tasks[task].Head.Kind == HeadValue) {
			t.Errorf("task %s: there is a deviation: %v", c.Tasks[task].Name, p != nil)
		}
		if p != nil && (p.Value[0] != float32(math.Log(0.5)) || !p.NoDecay) {
			t.Errorf("task %s: %+v", c.Tasks[task].Name, p)
		}
	}
	// A config from before there were any, and one of today.
	if back, err := ParseConfig(c.JSON()); err != nil || back.Tasks[2].Head.Std != 0.5 {
		t.Errorf("read back, the deviation is %v: %v", back.Tasks[2].Head.Std, err)
	}
	old := strings.ReplaceAll(string(c.JSON()), `,"std":0.5`, "")
	old = strings.ReplaceAll(old, `,"std":0`, "")
	if strings.Contains(old, `"std"`) {
		t.Fatal("there still is a deviation in", old)
	}
	if back, err := ParseConfig([]byte(old)); err != nil || back.Tasks[2].Head.Std != 0 {
		t.Errorf("an old config has the deviation %v: %v", back.Tasks[2].Head.Std, err)
	}
}
