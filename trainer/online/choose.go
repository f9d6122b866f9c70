package online

import (
	"context"

	"trailblazer/trainer/checkpoint"
)

// byLast is what models are chosen by where nothing is played.
const byLast = "the last iteration"

// by is what models are chosen by.
func (l *loop) by() string {
	if l.evaluator == nil {
		return byLast
	}
	return l.evaluator.By()
}

// validate plays the model, if anything is to be played.
func (l *loop) validate(ctx context.Context, point *checkpoint.Point) error {
	if l.evaluator == nil {
		return nil
	}
	tasks, score, err := l.evaluator.Evaluate(ctx, l.model)
	point.Tasks, point.Score = tasks, &score
	return err
}
