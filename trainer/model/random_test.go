package model

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"trailblazer/trainer/kernel"
)

// testCompute multiplies in plain Go.
func testCompute(t testing.TB) *kernel.Compute {
	t.Helper()
	c, err := kernel.NewCompute(kernel.Options{Backend: "go", Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// tinyShapes are environments of each kind.
var tinyShapes = map[string]Shape{
	"abr": {Features: []string{"rate[-3]", "rate[-2]", "rate[-1]", "next_size[0]", "next_size[1]", "next_size[2]", "next_size[3]", "left"}, Choices: 3},
	"cjs": {Nodes: 4, Jobs: 2, Globals: 2, Executors: 4},
	"cc":  {Features: []string{"loss", "rtt", "rate", "delay", "jitter"}},
	// What a cluster is worth.
	"critic": {Nodes: 4, Jobs: 2, Globals: 2},
}

// tinyTasks are the names of tinyShapes in order.
var tinyTasks = []string{"abr", "cjs", "cc", "critic"}

// tinyConfig is a preset with all tasks, small.
func tinyConfig(t testing.TB, name string) Config {
	t.Helper()
	b, err := PresetBackbone(name)
	if err != nil {
		t.Fatal(err)
	}
	b.Width, b.Layers, b.MLPWidth, b.InitStd = 16, min(b.Layers, 2), 24, 0.3
	c := Config{Backbone: b}
	for _, task := range tinyTasks {
		one, err := NewTask(name, task, "test/"+task, tinyShapes[task])
		if err != nil {
			t.Fatal(err)
		}
		for i := range one.Encoder.Parts {
			one.Encoder.Parts[i].Widths = one.Encoder.Parts[i].Widths[:1]
			one.Encoder.Parts[i].Widths[0] = 5
		}
		if b.Layers > 0 {
			one.Context = 3
		}
		one.Timesteps = min(one.Timesteps, 6)
		if one.Encoder.Kind == EncoderGraph {
			one.Encoder.Graph.Width, one.Encoder.Graph.Hidden, one.Encoder.Graph.Inner = 6, 5, 7
			one.Encoder.Graph.Kept = one.Head.Kind == HeadPointer && (name == "gpt2" || name == "mistral")
			if name == "mlp" {
				one.Encoder.Graph.Pointed = []int{9, 7}
			}
		}
		c.Tasks = append(c.Tasks, one)
	}
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	return c
}

func newModel(t testing.TB, c Config, seed uint64) *Model {
	t.Helper()
	m, err := New(c, testCompute(t), seed)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// numbers draws n numbers around 0.
func numbers(r *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	return x
}

// randomBatch draws sequences of a task of some lengths, with actions and
// targets.
func randomBatch(r *rand.Rand, task int, c *Task, lengths ...int) *Batch {
	b := &Batch{Task: task, Steps: Steps{Offsets: []int32{0}}}
	for _, n := range lengths {
		first := int32(r.IntN(3))
		for i := range n {
			b.Times = append(b.Times, first+int32(i))
		}
		b.Offsets = append(b.Offsets, int32(len(b.Times)))
	}
	steps := len(b.Times)
	if c.Condition != ConditionNone {
		b.Condition = numbers(r, steps)
	}
	if c.Encoder.Kind == EncoderVector {
		b.Vector = numbers(r, steps*c.Encoder.Features)
	} else {
		b.Graph = randomGraph(r, &c.Encoder.Graph, max(c.Head.Executors, 4), steps)
	}
	b.Actions = randomActions(r, c, &b.Graph, steps)
	b.Targets.Actions = randomActions(r, c, &b.Graph, steps)
	for range steps * c.Head.Choices {
		b.Targets.Advantage = append(b.Targets.Advantage, -8*r.Float32())
	}
	for range steps {
		b.Targets.Weight = append(b.Targets.Weight, float32(r.IntN(3)))
	}
	b.Targets.Weight[0] = 1
	return b
}

func randomActions(r *rand.Rand, c *Task, g *Graph, steps int) (a Actions) {
	for i := range steps {
		switch c.Head.Kind {
		case HeadChoice:
			a.Choice = append(a.Choice, int32(r.IntN(c.Head.Choices)))
		case HeadPointer:
			a.Choice = append(a.Choice, int32(r.IntN(int(g.StageOffsets[i+1]-g.StageOffsets[i])+1))-1)
			a.Executors = append(a.Executors, 1+int32(r.IntN(c.Head.Executors)))
		case HeadValue:
			a.Value = append(a.Value, float32(r.NormFloat64()))
		}
	}
	return a
}

// randomGraph draws jobs with edges from lower to higher stages; now and then a
// step has no stage to choose, or no job at all.
func randomGraph(r *rand.Rand, c *Graphs, executors, steps int) Graph {
	g := Graph{JobOffsets: []int32{0}, StepJobs: []int32{0}, StageOffsets: []int32{0}}
	for step := range steps {
		for range r.IntN(4) {
			first := g.JobOffsets[len(g.JobOffsets)-1]
			n := int32(1 + r.IntN(4))
			for child := int32(1); child < n; child++ {
				for parent := range child {
					if r.IntN(2) == 0 {
						g.Parents, g.Children = append(g.Parents, first+parent), append(g.Children, first+child)
					}
				}
				if step%4 != 3 && r.IntN(2) == 0 {
					g.Stages = append(g.Stages, first+child)
				}
			}
			g.JobOffsets = append(g.JobOffsets, first+n)
			g.Limits = append(g.Limits, int32(r.IntN(executors+2)))
		}
		g.StepJobs = append(g.StepJobs, int32(len(g.JobOffsets)-1))
		g.StageOffsets = append(g.StageOffsets, int32(len(g.Stages)))
	}
	g.Nodes = numbers(r, int(g.JobOffsets[len(g.JobOffsets)-1])*c.Nodes)
	g.Jobs = numbers(r, (len(g.JobOffsets)-1)*c.Jobs)
	g.Global = numbers(r, steps*c.Globals)
	return g
}

// step cuts one step out of packed ones.
func (s *Steps) step(c *Task, i int) *Steps {
	one := &Steps{Offsets: []int32{0, 1}, Times: s.Times[i : i+1]}
	if len(s.Condition) > 0 {
		one.Condition = s.Condition[i : i+1]
	}
	if c.Encoder.Kind == EncoderVector {
		one.Vector = s.Vector[i*c.Encoder.Features : (i+1)*c.Encoder.Features]
		return one
	}
	g, e := &s.Graph, &c.Encoder.Graph
	jobs, last := g.StepJobs[i], g.StepJobs[i+1]
	nodes, end := g.JobOffsets[jobs], g.JobOffsets[last]
	less := func(x []int32, by int32) (y []int32) {
		for _, v := range x {
			y = append(y, v-by)
		}
		return y
	}
	one.Graph = Graph{
		Nodes: g.Nodes[int(nodes)*e.Nodes : int(end)*e.Nodes], Jobs: g.Jobs[int(jobs)*e.Jobs : int(last)*e.Jobs],
		Global: g.Global[i*e.Globals : (i+1)*e.Globals], Limits: g.Limits[jobs:last],
		JobOffsets: less(g.JobOffsets[jobs:last+1], nodes), StepJobs: []int32{0, last - jobs},
		Stages: less(g.Stages[g.StageOffsets[i]:g.StageOffsets[i+1]], nodes), StageOffsets: []int32{0, g.StageOffsets[i+1] - g.StageOffsets[i]},
	}
	for e := range g.Parents {
		if p := g.Parents[e]; p >= nodes && p < end {
			one.Graph.Parents, one.Graph.Children = append(one.Graph.Parents, p-nodes), append(one.Graph.Children, g.Children[e]-nodes)
		}
	}
	return one
}

// join packs steps into one batch of sequences of length 1.
func join(c *Task, list []*Steps) *Steps {
	all := &Steps{Offsets: []int32{0}, Graph: Graph{JobOffsets: []int32{0}, StepJobs: []int32{0}, StageOffsets: []int32{0}}}
	g := &all.Graph
	more := func(x, y []int32, by int32) []int32 {
		for _, v := range y {
			x = append(x, v+by)
		}
		return x
	}
	for i, s := range list {
		all.Offsets = append(all.Offsets, int32(i+1))
		all.Times = append(all.Times, s.Times...)
		all.Condition = append(all.Condition, s.Condition...)
		all.Vector = append(all.Vector, s.Vector...)
		if c.Encoder.Kind == EncoderVector {
			continue
		}
		nodes, jobs, stages := g.JobOffsets[len(g.JobOffsets)-1], int32(len(g.JobOffsets)-1), int32(len(g.Stages))
		g.Nodes, g.Jobs, g.Global = append(g.Nodes, s.Graph.Nodes...), append(g.Jobs, s.Graph.Jobs...), append(g.Global, s.Graph.Global...)
		g.JobOffsets = more(g.JobOffsets, s.Graph.JobOffsets[1:], nodes)
		g.StepJobs = more(g.StepJobs, s.Graph.StepJobs[1:], jobs)
		g.StageOffsets = more(g.StageOffsets, s.Graph.StageOffsets[1:], stages)
		g.Parents, g.Children = more(g.Parents, s.Graph.Parents, nodes), more(g.Children, s.Graph.Children, nodes)
		g.Stages = more(g.Stages, s.Graph.Stages, nodes)
		g.Limits = append(g.Limits, s.Graph.Limits...)
	}
	return all
}

// each runs a test for every preset and task.
func each(t *testing.T, test func(t *testing.T, c Config, task int)) {
	for _, name := range Presets() {
		c := tinyConfig(t, name)
		for task := range c.Tasks {
			t.Run(fmt.Sprintf("%s/%s", name, c.Tasks[task].Name), func(t *testing.T) { test(t, c, task) })
		}
	}
}
