package train

import (
	"context"
	"errors"
	"fmt"

	"trailblazer/api/env"
	"trailblazer/internal/splitmix"
	"trailblazer/trainer/checkpoint"
	"trailblazer/trainer/kernel"
	"trailblazer/trainer/model"
)

// Feed is batches to learn from, without end.
type Feed interface {
	// Next returns the next batch, which is the caller's until the next call.
	Next(ctx context.Context) (*model.Batch, error)
	// Cursor tells where the batch after the last one begins.
	Cursor() []byte
	// Close frees what it holds.
	Close() error
}

// HeldOut is batches that nothing is learned from.
type HeldOut interface {
	// Each calls do with the same batches in the same order, every time.
	Each(ctx context.Context, do func(*model.Batch) error) error
}

// Evaluator plays a model.
type Evaluator interface {
	// Evaluate plays the model, which must not change meanwhile, always the
	// same episodes. The score says how good it is: larger is better.
	Evaluate(ctx context.Context, m *model.Model) (tasks []checkpoint.TaskPoint, score float64, err error)
	// By says what the score is.
	By() string
}

// Options are what a Loop works with.
type Options struct {
	Config *Config
	Model  *model.Model
	// Open begins to feed, or goes on where a cursor is given.
	Open    func(ctx context.Context, cursor []byte) (Feed, error)
	HeldOut HeldOut   // nil for none
	Play    Evaluator // nil for none: models are chosen by their loss
	// Directory is where everything is kept, Run what is written of it.
	Directory *checkpoint.Directory
	Run       *checkpoint.Run
	// Progress, where set, is told of every step and validation.
	Progress func(Progress)
}

// Progress is how far a Loop is.
type Progress struct {
	Standing
	// Loss is the mean of all tasks since the last point, or up to it.
	Loss float64
}

// Loop trains a model.
type Loop struct {
	Options
	course    Course
	feed      Feed
	tape      *kernel.Tape
	optimizer *kernel.Optimizer
	state     loopState
	loss      float64 // that was told last
}

// loopState is what a Loop keeps in a State, beside arrays.
type loopState struct {
	// Optimizer counts its steps.
	Optimizer int `json:"optimizer"`
	Marks
	// Sums are those since the last point.
	Sums sums `json:"sums"`
}

// DataError says that no more data came, such as from a server that died. What was
// done before is kept: the same run goes on from there. Data that can't be learned
// from give none, but an [*env.FieldError]: going on would end there again.
type DataError struct{ Err error }

// Error is what its cause says.
func (e *DataError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *DataError) Unwrap() error { return e.Err }

// NewLoop prepares to train.
func NewLoop(o Options) (*Loop, error) {
	if err := o.Config.Validate(); err != nil {
		return nil, err
	}
	params := o.Model.Params()
	for _, p := range params.Params() {
		if !p.Frozen {
			p.Grad = make([]float32, len(p.Value))
		}
	}
	c := o.Config
	l := &Loop{Options: o, tape: kernel.NewTape(o.Model.Compute()), optimizer: kernel.NewOptimizer(params, c.Optimizer.kernel(), o.Model.Compute())}
	l.course = Course{
		Plan:      Plan{Steps: c.Steps, LogEvery: c.LogEvery, ValidateEvery: c.Validation.Every, Patience: c.Validation.Patience, SaveSeconds: c.SaveSeconds},
		Work:      Work{Learn: l.learn, Means: l.means, Measure: l.measure, Arrays: l.arrays, Keep: l.keep},
		Directory: o.Directory, Run: o.Run, Model: o.Model, Average: NewAverage(params, c.Average),
		Unit: "step", By: l.by(), State: &l.state, Marks: &l.state.Marks,
	}
	if o.Progress != nil {
		l.course.Tell = l.tell
	}
	return l, nil
}

// Run trains until all steps are done, the model gets no better, or ctx ends:
// then the state is saved, and the error is ctx's. It goes on where the
// directory's State says, if there is one. So it does when no more data comes: the
// error is then a *DataError.
func (l *Loop) Run(ctx context.Context) error {
	if err := l.load(); err != nil {
		return err
	}
	var err error
	if l.feed, err = l.Open(ctx, l.course.Cursor); err != nil {
		return err
	}
	defer l.feed.Close()
	return l.course.Train(ctx)
}

// learn does one step of the optimizer. A step that is interrupted leaves no
// trace.
func (l *Loop) learn(ctx context.Context) (steps int, err error) {
	c, done := l.Config, l.course.Step
	params := l.Model.Params()
	params.ZeroGrad()
	before := l.state.Sums.clone()
	for k := range c.Accumulate {
		batch, err := l.feed.Next(ctx)
		if err != nil {
			l.state.Sums = before
			if _, permanent := errors.AsType[*env.FieldError](err); permanent {
				return 0, err
			}
			return 0, &DataError{err}
		}
		l.tape.Begin(kernel.Train, splitmix.Mix(c.Seed, uint64(done*c.Accumulate+k)))
		loss, parts, err := l.Model.Loss(l.tape, batch)
		if err != nil {
			return 0, fmt.Errorf("step %d, task %s: %w", done+1, c.Tasks[batch.Task].Name, err)
		}
		if c.Accumulate > 1 {
			loss = l.tape.Scale(loss, 1/float32(c.Accumulate))
		}
		l.tape.Backward(loss)
		if err := l.tape.Err(); err != nil {
			return 0, fmt.Errorf("step %d, task %s: %w", done+1, c.Tasks[batch.Task].Name, err)
		}
		if err := l.state.Sums.add(c, batch, parts); err != nil {
			return 0, fmt.Errorf("step %d: %w", done+1, err)
		}
		steps += len(batch.Times)
	}
	norm, err := kernel.ClipNorm(params, c.ClipNorm)
	if err != nil {
		return 0, fmt.Errorf("step %d: %w; what was saved before stays", done+1, err)
	}
	l.optimizer.Step(c.schedule().At(done + 1))
	l.state.Sums.Norm += norm
	l.course.Cursor = l.feed.Cursor()
	return steps, nil
}

// means are those since the last point.
func (l *Loop) means() *checkpoint.Point {
	done := l.course.Step
	point := l.state.Sums.point(l.Config, done, done-l.state.Logged)
	point.LearningRate = float64(l.Config.schedule().At(done))
	l.state.Sums = sums{}
	return point
}

// tell reports progress.
func (l *Loop) tell(now Standing) {
	if len(l.state.Sums.Tasks) > 0 {
		l.loss = l.state.Sums.loss()
	}
	l.Progress(Progress{now, l.loss})
}
