package record

import (
	"errors"
	"fmt"
	"sync"

	"trailblazer/api/env"
	"trailblazer/datasets/traj"
)

// Writer is what a recording needs of a *traj.Writer.
type Writer interface {
	Schema() *traj.Schema
	Add(e *traj.Episode) (added bool, err error)
	AddScenario(spec *env.Spec) error
}

// Open finds an owner's data set by its name, or makes it for a spec. What it returns is
// in use until release is called. The error is an *env.FieldError where the
// name or the spec is to blame.
type Open func(owner, name string, spec *env.Spec) (w Writer, release func(), err error)

// Recorder implements env.Recorder.
type Recorder struct {
	open Open

	mu sync.Mutex
	// left holds the episodes of vectors that are gone, which could not be
	// written yet.
	left []*queue
}

// New makes a recorder. Close it before the data sets.
func New(open Open) *Recorder { return &Recorder{open: open} }

// Record implements env.Recorder.
func (r *Recorder) Record(v env.Recordable, o env.RecordOptions) (env.Recording, error) {
	if o.Policy == "" {
		o.Policy = "external"
	}
	if o.Split == "" {
		o.Split = "train"
	}
	if err := traj.CheckSplit(o.Split); err != nil {
		return nil, err
	}
	if err := traj.CheckText("policy", o.Policy); err != nil {
		return nil, err
	}
	_ = r.retry() // Perhaps there is room again; whoever lost something was told.
	w, release, err := r.open(o.Owner, o.Dataset, v.Spec())
	if err != nil {
		return nil, named(o.Dataset, err)
	}
	builder, err := traj.NewBuilder(w.Schema(), v.Spec())
	if err == nil {
		err = w.AddScenario(v.Spec())
	}
	if err != nil {
		release()
		return nil, named(o.Dataset, err)
	}
	return newRecording(r, v, o, builder, &queue{dataset: o.Dataset, writer: w, release: release}), nil
}

// Close writes what could not be written before. The error says what is lost.
func (r *Recorder) Close() error { return r.retry() }

// keep takes over the episodes of a vector that is gone.
func (r *Recorder) keep(q *queue) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.left = append(r.left, q)
}

// retry writes what is left of vectors that are gone.
func (r *Recorder) retry() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var errs []error
	var left []*queue
	for _, q := range r.left {
		if err := q.finish(); err != nil {
			errs = append(errs, err)
		}
		if len(q.episodes) > 0 {
			left = append(left, q)
		}
	}
	r.left = left
	return errors.Join(errs...)
}

// named says which data set an error is about; a FieldError says so itself.
func named(dataset string, err error) error {
	if isRefusal(err) {
		return err
	}
	return fmt.Errorf("data set %q: %w", dataset, err)
}

// isRefusal tells an error that stays however often one tries.
func isRefusal(err error) bool {
	var field *env.FieldError
	return errors.As(err, &field)
}
