package train

import (
	"context"

	"trailblazer/trainer/checkpoint"
	"trailblazer/trainer/kernel"
	"trailblazer/trainer/model"
)

// What models are chosen by where nothing is played.
const (
	byLoss = "loss on held-out episodes"
	byLast = "the last step"
)

// measure plays the model, and measures its losses on what is held out.
func (l *Loop) measure(ctx context.Context, point *checkpoint.Point) error {
	if l.HeldOut != nil {
		loss, err := l.heldOut(ctx, point)
		if err != nil {
			return err
		}
		loss = -loss
		point.Score = &loss
	}
	if l.Play == nil {
		return nil
	}
	played, score, err := l.Play.Evaluate(ctx, l.Model)
	if err != nil {
		return err
	}
	point.Score = &score
	joinTasks(point, played)
	return nil
}

// by is what models are chosen by.
func (l *Loop) by() string {
	switch {
	case l.Play != nil:
		return l.Play.By()
	case l.HeldOut != nil:
		return byLoss
	}
	return byLast
}

// heldOut measures the losses on what is held out, and returns their mean.
func (l *Loop) heldOut(ctx context.Context, point *checkpoint.Point) (float64, error) {
	var s sums
	err := l.HeldOut.Each(ctx, func(batch *model.Batch) error {
		l.tape.Begin(kernel.Eval, 0)
		_, losses, err := l.Model.Loss(l.tape, batch)
		if err == nil {
			err = l.tape.Err()
		}
		if err != nil {
			return err
		}
		return s.add(l.Config, batch, losses)
	})
	if err != nil {
		return 0, err
	}
	point.Tasks = s.tasks(l.Config)
	mean := 0.0
	for i := range point.Tasks {
		mean += point.Tasks[i].Loss / float64(len(point.Tasks))
	}
	return mean, nil
}

// joinTasks adds what tasks have reached to what is known of them.
func joinTasks(point *checkpoint.Point, played []checkpoint.TaskPoint) {
	for _, p := range played {
		known := false
		for i := range point.Tasks {
			if t := &point.Tasks[i]; t.Task == p.Task {
				t.Scenarios, known = p.Scenarios, true
			}
		}
		if !known {
			point.Tasks = append(point.Tasks, p)
		}
	}
}
