package model

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"sync"
	"testing"

	"trailblazer/trainer/kernel"
)

// TestWorkers learns for some steps, and decides, with 1, 2 and 3 workers: to
// the same bits.
func TestWorkers(t *testing.T) {
	c := tinyConfig(t, "gpt2")
	run := func(workers int) []float32 {
		compute, err := kernel.NewCompute(kernel.Options{Backend: "go", Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		m, err := New(c, compute, 1)
		if err != nil {
			t.Fatal(err)
		}
		var all []float32
		tape := kernel.NewTape(compute)
		optimizer := kernel.NewOptimizer(m.params, kernel.AdamW{WeightDecay: 0.1}, compute)
		r := rand.New(rand.NewPCG(8, 9))
		for step := range 6 {
			b := randomBatch(r, step%3, &c.Tasks[step%3], 9, 3, 20, 14)
			tape.Begin(kernel.Train, uint64(step))
			loss, _, err := m.Loss(tape, b)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, loss.Value[0])
			m.params.ZeroGrad()
			tape.Backward(loss)
			optimizer.Step(0.01)
			s, err := m.NewSession(b.Task)
			if err != nil {
				t.Fatal(err)
			}
			d, err := m.Decide(tape, []*Session{s}, b.Steps.step(&c.Tasks[b.Task], 0), Chooser{})
			if err != nil {
				t.Fatal(err)
			}
			all = append(append(append(all, d[0].Logits...), d[0].ExecutorLogits...), d[0].Value)
		}
		for _, p := range m.params.Params() {
			all = append(all, p.Value...)
		}
		return all
	}
	one := run(1)
	for _, workers := range []int{2, 3} {
		if !slices.Equal(run(workers), one) {
			t.Errorf("%d workers give other bits than one", workers)
		}
	}
}

// TestConcurrent decides with one model in several goroutines.
func TestConcurrent(t *testing.T) {
	c := tinyConfig(t, "qwen2")
	m := newModel(t, c, 1)
	var group sync.WaitGroup
	results := make([][]Decision, 4)
	for i := range results {
		group.Go(func() {
			tape := kernel.NewTape(m.compute)
			r := rand.New(rand.NewPCG(5, 6))
			for task := range c.Tasks {
				b := randomBatch(r, task, &c.Tasks[task], 7)
				s, _ := m.NewSession(task)
				for step := range 7 {
					d, err := m.Decide(tape, []*Session{s}, b.Steps.step(&c.Tasks[task], step), Chooser{})
					if err != nil {
						t.Error(err)
						return
					}
					results[i] = append(results[i], Decision{Choice: d[0].Choice, Executors: d[0].Executors, Value: d[0].Value})
				}
			}
		})
	}
	group.Wait()
	for _, other := range results[1:] {
		if !reflect.DeepEqual(other, results[0]) {
			t.Fatalf("goroutines decided differently: %v and %v", other, results[0])
		}
	}
}
