package feed

import (
	"context"
	"errors"
	"io"

	"trailblazer/api/env"
	"trailblazer/datasets/sample"
	"trailblazer/datasets/traj"
	"trailblazer/internal/jsonconfig"
)

// readStarts returns what some fields show in the first step of each episode.
func readStarts(ctx context.Context, set *Set, schema *traj.Schema, fields []string) (map[int64][]float64, error) {
	starts := map[int64][]float64{}
	if len(fields) == 0 {
		return starts, nil
	}
	// With a stride beyond an episode there are two windows in it: its first step
	// and its last. Servers take none that is longer.
	const beyond = 1 << 20
	source, err := set.Data.Read(ctx, sample.Query{Filter: set.Filter.Filter, Window: 1, Stride: beyond, BatchSize: 1 << 12, Fields: fields}, nil)
	if err != nil {
		return nil, err
	}
	defer source.Close()
	for {
		batch, err := source.Next(ctx)
		if errors.Is(err, io.EOF) {
			return starts, nil
		}
		if err != nil {
			return nil, err
		}
		for i, episode := range batch.Episodes {
			if batch.Starts[i] != 0 {
				continue
			}
			seen := make([]float64, len(fields))
			for k, name := range fields {
				field := &schema.Fields[schema.Field(name)]
				if seen[k], err = number(field, batch.Frame.Find(name), int(batch.RowOffsets[i])); err != nil {
					return nil, err
				}
			}
			starts[episode] = seen
		}
	}
}

// number is a row of a field with one number.
func number(field *traj.Field, values *traj.Values, row int) (float64, error) {
	switch field.Leaf.DType {
	case env.Int64:
		return float64(traj.Of[int64](values)[row]), nil
	case env.Float64:
		return traj.Of[float64](values)[row], nil
	}
	return 0, jsonconfig.Refuse("held_out.by", jsonconfig.Quote(field.Name), "give seed, episode, or a field of info with one int64 or float64")
}
