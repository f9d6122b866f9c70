package pull

import (
	"math"
	"strconv"

	"trailblazer/api/env"
	trailblazerv1 "trailblazer/api/trailblazer/v1"
	"trailblazer/datasets/sample"
)

// fromQuery returns a query as a message.
func fromQuery(dataset string, q *sample.Query) (*trailblazerv1.PullRequest, error) {
	m := &trailblazerv1.PullRequest{
		Dataset: dataset, Filter: fromFilter(&q.Filter), Fields: q.Fields,
		Shuffle: q.Shuffle, Seed: q.Seed, DropLast: q.DropLast,
	}
	for _, number := range []struct {
		field string
		value int
		to    *uint32
	}{
		{"window", q.Window, &m.Window}, {"stride", q.Stride, &m.Stride}, {"batch_size", q.BatchSize, &m.BatchSize},
		{"pool_steps", q.PoolSteps, &m.PoolSteps}, {"epochs", q.Epochs, &m.Epochs}, {"worker", q.Worker, &m.Worker}, {"workers", q.Workers, &m.Workers},
	} {
		if number.value < 0 || number.value > math.MaxUint32 {
			return nil, &env.FieldError{Field: number.field, Value: strconv.Itoa(number.value), Remedy: "give a number from 0 to 4294967295"}
		}
		*number.to = uint32(number.value)
	}
	return m, nil
}

func fromFilter(f *sample.Filter) *trailblazerv1.EpisodeFilter {
	return &trailblazerv1.EpisodeFilter{
		Policies: f.Policies, Scenarios: f.Scenarios, Splits: f.Splits, CompleteOnly: f.CompleteOnly, MinReturn: f.MinReturn,
	}
}
