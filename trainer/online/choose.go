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

// validate measures the model, the averaged one where there is an average, and
// keeps it if it is the best so far. If it is interrupted, nothing is noted: the
// run that goes on does it again.
func (l *loop) validate(ctx context.Context) error {
	l.average.Swap()
	defer l.average.Swap()
	point := &checkpoint.Point{Kind: checkpoint.Validated, Step: l.step}
	if l.evaluator != nil {
		tasks, score, err := l.evaluator.Evaluate(ctx, l.model)
		if err != nil {
			return err
		}
		point.Tasks, point.Score = tasks, &score
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if point.Score == nil || l.state.Best == nil || *point.Score > *l.state.Best.Score {
		point.Best = true
		l.state.Stale = 0
		l.state.Best = &checkpoint.Best{Step: l.step, Score: point.Score, By: l.by(), Tasks: point.Tasks}
		if err := l.directory.SaveBest(l.record, l.model.Params().Params(), l.state.Best); err != nil {
			return err
		}
	} else {
		l.state.Stale++
	}
	l.state.Validated = l.step
	point.Seconds = l.elapsed()
	if err := l.metrics.Append(point); err != nil {
		return err
	}
	l.report(point)
	return nil
}
