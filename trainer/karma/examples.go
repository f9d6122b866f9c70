package karma

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"

	"trailblazer/api/env"
	"trailblazer/datasets/sample"
	"trailblazer/datasets/traj"
	"trailblazer/internal/splitmix"
	"trailblazer/trainer/model"
)

// Examples are recorded steps with what an expert knows the rest of each video
// can bring.
type Examples struct {
	samples int
	// rows are the inputs, labels the sums of rewards, episodes the numbers of
	// those that the steps are of, within all that was added.
	rows     [][inputs]float64
	labels   []float64
	episodes []int
	count    int // of episodes
}

// NewExamples begins a collection for estimators of so many throughputs.
func NewExamples(samples int) *Examples { return &Examples{samples: samples} }

// Len is the number of steps.
func (e *Examples) Len() int { return len(e.rows) }

// Fields names the fields of a data set that are read, and reports one that
// can't be learned from.
func (e *Examples) Fields(schema *traj.Schema, spec *env.Spec) ([]string, error) {
	v, err := newView(spec, e.samples, true)
	if err != nil {
		return nil, err
	}
	recorded, err := v.adapter.Record(schema, model.ObjectiveAction)
	if err != nil {
		return nil, err
	}
	return recorded.Fields(), nil
}

// Add reads whole episodes from a source that has the fields which Fields
// names, to its end. Steps whose value the expert did not know are left out.
func (e *Examples) Add(ctx context.Context, source sample.Source, schema *traj.Schema, spec *env.Spec) error {
	v, err := newView(spec, e.samples, true)
	if err != nil {
		return err
	}
	recorded, err := v.adapter.Record(schema, model.ObjectiveAction)
	if err != nil {
		return err
	}
	for {
		batch, err := source.Next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := recorded.Show(batch.Frame); err != nil {
			return err
		}
		for episode := range batch.Len() {
			for row := batch.RowOffsets[episode]; row < batch.RowOffsets[episode+1]; row++ {
				label := recorded.Condition[row]
				if math.IsNaN(label) || math.IsInf(label, 0) {
					continue
				}
				seen, err := v.read(recorded.Batch, int(row))
				if err != nil {
					return fmt.Errorf("episode %d, step %d: %w", batch.Episodes[episode], recorded.Step[row], err)
				}
				e.rows, e.labels, e.episodes = append(e.rows, seen), append(e.labels, label), append(e.episodes, e.count)
			}
			e.count++
		}
	}
}

// split puts whole episodes aside by a hash of their number.
func (e *Examples) split(seed uint64, heldOut float64) (train, held []int) {
	for i, episode := range e.episodes {
		if draw := float64(splitmix.Mix(seed, uint64(episode))>>11) / (1 << 53); draw < heldOut {
			held = append(held, i)
		} else {
			train = append(train, i)
		}
	}
	return train, held
}
