package train

import (
	"fmt"
	"math"
	"slices"

	"trailblazer/trainer/checkpoint"
	"trailblazer/trainer/model"
)

// sums are those of losses over some batches.
type sums struct {
	Tasks []taskSum `json:"tasks,omitempty"`
	// Norm is that of the gradients' norms.
	Norm float64 `json:"norm"`
}

type taskSum struct {
	Task    string  `json:"task"`
	Batches int     `json:"batches"`
	Loss    float64 `json:"loss"`
	// Accuracy is the sum of the shares that were right.
	Accuracy float64           `json:"accuracy"`
	Parts    []checkpoint.Part `json:"parts,omitempty"`
}

func (s *sums) clone() sums {
	c := *s
	c.Tasks = slices.Clone(s.Tasks)
	for i := range c.Tasks {
		c.Tasks[i].Parts = slices.Clone(c.Tasks[i].Parts)
	}
	return c
}

// add adds the losses of a batch.
func (s *sums) add(c *Config, batch *model.Batch, losses model.Losses) error {
	name := c.Tasks[batch.Task].Name
	total := losses.Total
	if math.IsNaN(total) || math.IsInf(total, 0) {
		return fmt.Errorf("the loss of task %s is %v: lower schedule.rate, or look for numbers in the data that are far too large; what was saved before stays", name, total)
	}
	at := slices.IndexFunc(s.Tasks, func(t taskSum) bool { return t.Task == name })
	if at < 0 {
		at = len(s.Tasks)
		s.Tasks = append(s.Tasks, taskSum{Task: name})
	}
	t := &s.Tasks[at]
	t.Batches++
	t.Loss += total
	t.Accuracy += losses.Accuracy
	for _, part := range losses.Parts {
		k := slices.IndexFunc(t.Parts, func(p checkpoint.Part) bool { return p.Name == part.Name })
		if k < 0 {
			k = len(t.Parts)
			t.Parts = append(t.Parts, checkpoint.Part{Name: part.Name})
		}
		t.Parts[k].Value += part.Value
	}
	return nil
}

// tasks are the means, in the order of the config's tasks.
func (s *sums) tasks(c *Config) []checkpoint.TaskPoint {
	var points []checkpoint.TaskPoint
	for i := range c.Tasks {
		at := slices.IndexFunc(s.Tasks, func(t taskSum) bool { return t.Task == c.Tasks[i].Name })
		if at < 0 {
			continue
		}
		t := &s.Tasks[at]
		n := float64(t.Batches)
		p := checkpoint.TaskPoint{Task: t.Task, Batches: t.Batches, Loss: t.Loss / n, Accuracy: t.Accuracy / n}
		for _, part := range t.Parts {
			p.Parts = append(p.Parts, checkpoint.Part{Name: part.Name, Value: part.Value / n})
		}
		points = append(points, p)
	}
	return points
}

// point is what metrics.jsonl says of some steps of training.
func (s *sums) point(c *Config, step, steps int) *checkpoint.Point {
	return &checkpoint.Point{Kind: checkpoint.Trained, Step: step, Tasks: s.tasks(c), GradNorm: s.Norm / float64(steps)}
}

// loss is the mean of all tasks' losses.
func (s *sums) loss() float64 {
	total, batches := 0.0, 0
	for i := range s.Tasks {
		total, batches = total+s.Tasks[i].Loss, batches+s.Tasks[i].Batches
	}
	return total / float64(max(1, batches))
}
