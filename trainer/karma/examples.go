package karma

import (
	"context"
	"errors"
	"io"
	"math"

	"trailblazer/api/env"
	"trailblazer/datasets/sample"
	"trailblazer/datasets/traj"
	"trailblazer/internal/splitmix"
	"trailblazer/trainer/feature"
	"trailblazer/trainer/model"
)

// Examples are recorded steps with what an expert knows the rest of each video
// can bring.
type Examples struct {
	samples int
	// rows are the inputs, labels the sums of rewards, and traces the numbers of
	// those that the steps were played on.
	rows   [][inputs]float64
	labels []float64
	traces []int64
}

// traceField tells the trace of a step.
const traceField = "info.trace"

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
	return append(recorded.Fields(), traceField), nil
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
		if err := e.add(v, recorded, batch); err != nil {
			return err
		}
	}
}

func (e *Examples) add(v *view, recorded *feature.Recorded, batch *sample.Batch) error {
	traces := traj.Of[int64](batch.Frame.Find(traceField))
	for row := range batch.Frame.Rows {
		label := recorded.Condition[row]
		if math.IsNaN(label) || math.IsInf(label, 0) {
			continue
		}
		seen, err := v.read(recorded.Batch, row)
		if err != nil {
			return err
		}
		e.rows, e.labels, e.traces = append(e.rows, seen), append(e.labels, label), append(e.traces, traces[row])
	}
	return nil
}

// split puts all steps on some traces aside, by a hash of their number.
func (e *Examples) split(seed uint64, heldOut float64) (train, held []int) {
	for i, trace := range e.traces {
		if draw := float64(splitmix.Mix(seed, uint64(trace))>>11) / (1 << 53); draw < heldOut {
			held = append(held, i)
		} else {
			train = append(train, i)
		}
	}
	return train, held
}
