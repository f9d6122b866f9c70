package model

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"trailblazer/trainer/kernel"
)

// benchShapes are the environments' own sizes: vectors of 36 and 52 numbers,
// graphs with a dozen features of a stage.
func benchConfig(b *testing.B, preset string) Config {
	features := func(names []string, count int) (all []string) {
		for _, name := range names {
			for i := range count {
				all = append(all, fmt.Sprintf("%s[%d]", name, i))
			}
		}
		return all
	}
	backbone, err := PresetBackbone(preset)
	if err != nil {
		b.Fatal(err)
	}
	c := Config{Backbone: backbone}
	for _, task := range []struct {
		name  string
		shape Shape
	}{
		{"abr", Shape{Features: features([]string{"bitrate", "buffer", "throughput", "download_time", "next_size", "chunks_remaining"}, 6), Choices: 6}},
		{"cjs", Shape{Nodes: 12, Jobs: 8, Globals: 5, Executors: 50}},
		{"cc", Shape{Features: features([]string{"metric"}, 52)}},
	} {
		one, err := NewTask(preset, task.name, "", task.shape)
		if err != nil {
			b.Fatal(err)
		}
		c.Tasks = append(c.Tasks, one)
	}
	return c
}

func benchModel(b *testing.B, c Config, workers int) *Model {
	compute, err := kernel.NewCompute(kernel.Options{Workers: workers})
	if err != nil {
		b.Fatal(err)
	}
	m, err := New(c, compute, 1)
	if err != nil {
		b.Fatal(err)
	}
	return m
}

// BenchmarkDecide plays episodes of 47 steps with one core: one session, and
// 64 together.
func BenchmarkDecide(b *testing.B) {
	for _, preset := range []string{"small", "decision-transformer"} {
		c := benchConfig(b, preset)
		for task := range c.Tasks {
			for _, sessions := range []int{1, 64} {
				b.Run(fmt.Sprintf("%s/%s/sessions=%d", preset, c.Tasks[task].Name, sessions), func(b *testing.B) {
					benchDecide(b, benchModel(b, c, 1), task, sessions)
				})
			}
		}
	}
}

func benchDecide(b *testing.B, m *Model, task, count int) {
	n := &m.tasks[task]
	r := rand.New(rand.NewPCG(1, 2))
	sessions := make([]*Session, count)
	for i := range sessions {
		sessions[i], _ = m.NewSession(task)
	}
	const length = 47
	var steps [length]*Steps
	for i := range steps {
		list := make([]*Steps, count)
		for s := range list {
			if n.Encoder.Kind == EncoderGraph {
				list[s] = benchGraph(r, n.Task)
			} else {
				list[s] = randomBatch(r, task, n.Task, 1).Steps.step(n.Task, 0)
			}
		}
		steps[i] = join(n.Task, list)
	}
	tape := kernel.NewTape(m.compute)
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		if i%length == 0 {
			for _, s := range sessions {
				s.Reset()
			}
		}
		if _, err := m.Decide(tape, sessions, steps[i%length], Chooser{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*count), "ns/decision")
}

// benchGraph is a step with 100 stages in ten jobs, of which twenty may be
// chosen.
func benchGraph(r *rand.Rand, c *Task) *Steps {
	const jobs, each = 10, 10
	s := &Steps{Offsets: []int32{0, 1}, Times: []int32{0}, Condition: []float32{1}}
	g := &s.Graph
	g.JobOffsets, g.StepJobs, g.StageOffsets = []int32{0}, []int32{0, jobs}, []int32{0}
	for job := range int32(jobs) {
		for child := int32(1); child < each; child++ {
			parent := job*each + r.Int32N(child)
			g.Parents, g.Children = append(g.Parents, parent), append(g.Children, job*each+child)
		}
		g.Stages = append(g.Stages, job*each, job*each+5)
		g.JobOffsets = append(g.JobOffsets, (job+1)*each)
		g.Limits = append(g.Limits, 50)
	}
	g.StageOffsets = append(g.StageOffsets, int32(len(g.Stages)))
	e := &c.Encoder.Graph
	g.Nodes, g.Jobs, g.Global = numbers(r, jobs*each*e.Nodes), numbers(r, jobs*e.Jobs), numbers(r, e.Globals)
	return s
}

// BenchmarkTraining measures forward, backward, clip and AdamW of batches of
// 128 sequences of 20 steps (of 4 for graphs).
func BenchmarkTraining(b *testing.B) {
	for _, preset := range []string{"small", "decision-transformer"} {
		c := benchConfig(b, preset)
		for task := range c.Tasks {
			for _, workers := range []int{1, 2} {
				b.Run(fmt.Sprintf("%s/%s/workers=%d", preset, c.Tasks[task].Name, workers), func(b *testing.B) {
					benchTraining(b, benchModel(b, c, workers), task)
				})
			}
		}
	}
}

func benchTraining(b *testing.B, m *Model, task int) {
	n := &m.tasks[task]
	r := rand.New(rand.NewPCG(1, 2))
	var batch *Batch
	if n.Encoder.Kind == EncoderGraph {
		list := make([]*Steps, 256)
		for i := range list {
			list[i] = benchGraph(r, n.Task)
		}
		batch = &Batch{Task: task, Steps: *join(n.Task, list)}
		batch.Times = nil
		batch.Offsets = nil
		for i := 0; i <= len(list); i += 4 {
			batch.Offsets = append(batch.Offsets, int32(i))
		}
		batch.Actions = randomActions(r, n.Task, &batch.Graph, len(list))
		batch.Targets.Actions = randomActions(r, n.Task, &batch.Graph, len(list))
	} else {
		lengths := make([]int, 128)
		for i := range lengths {
			lengths[i] = 20
		}
		batch = randomBatch(r, task, n.Task, lengths...)
		batch.Targets.Weight = nil
	}
	tape := kernel.NewTape(m.compute)
	optimizer := kernel.NewOptimizer(m.params, kernel.AdamW{}, m.compute)
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		tape.Begin(kernel.Train, uint64(i))
		loss, _, err := m.Loss(tape, batch)
		if err != nil {
			b.Fatal(err)
		}
		m.params.ZeroGrad()
		tape.Backward(loss)
		if _, err := kernel.ClipNorm(m.params, 1); err != nil {
			b.Fatal(err)
		}
		optimizer.Step(1e-4)
	}
	b.ReportMetric(float64(b.N*batch.Steps.count())/b.Elapsed().Seconds(), "steps/s")
}
