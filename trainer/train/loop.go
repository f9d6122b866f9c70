package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

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
	Step, Steps int
	// Loss is the mean of all tasks since the last point, or up to it.
	Loss           float64
	StepsPerSecond float64
	Left           time.Duration
	// Validated is the last validation, Best the best one; nil before them.
	Validated *checkpoint.Point
	Best      *checkpoint.Best
	// New says that Validated is news.
	New bool
}

// Loop trains a model.
type Loop struct {
	Options
	feed      Feed
	tape      *kernel.Tape
	optimizer *kernel.Optimizer
	average   *Average
	metrics   *checkpoint.Metrics
	state     loopState
	step      int
	// cursor is the place in the data after the last step.
	cursor []byte
	// seconds is how long the run was trained before this process.
	seconds        float64
	began, saved   time.Time
	validated      *checkpoint.Point
	window         time.Time // since when steps are counted
	windowSteps    int
	stepsPerSecond float64
	loss           float64 // that was told last
}

// loopState is what a Loop keeps in a State, beside arrays.
type loopState struct {
	// Optimizer counts its steps.
	Optimizer int `json:"optimizer"`
	// Validated is the last step at which the model was validated, Logged that
	// of the last point of training.
	Validated int `json:"validated"`
	Logged    int `json:"logged"`
	// Stale counts the validations since the best.
	Stale int              `json:"stale"`
	Best  *checkpoint.Best `json:"best,omitempty"`
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
	l := &Loop{Options: o, tape: kernel.NewTape(o.Model.Compute()),
		optimizer: kernel.NewOptimizer(params, o.Config.Optimizer.kernel(), o.Model.Compute()),
		average:   NewAverage(params, o.Config.Average)}
	return l, nil
}

// Run trains until all steps are done, the model gets no better, or ctx ends:
// then the state is saved, and the error is ctx's. It goes on where the
// directory's State says, if there is one. So it does when no more data comes: the
// error is then a *DataError.
func (l *Loop) Run(ctx context.Context) error {
	progress, err := l.load()
	if err != nil {
		return err
	}
	if l.feed, err = l.Open(ctx, l.cursor); err != nil {
		return err
	}
	defer l.feed.Close()
	if l.metrics, err = l.Directory.Metrics(progress.MetricsBytes); err != nil {
		return err
	}
	defer l.metrics.Close()
	l.began, l.saved, l.window = time.Now(), time.Now(), time.Now()
	err = l.train(ctx)
	interrupted := ctx.Err() != nil && errors.Is(err, ctx.Err())
	var noData *DataError
	switch {
	case err == nil:
	case interrupted, errors.As(err, &noData):
		l.Options.Run.Status = checkpoint.Stopped
	default:
		return err
	}
	if l.step == 0 {
		// There is nothing to go on from, and another run may begin here.
		return errors.Join(err, l.Directory.Save(l.Options.Run))
	}
	return errors.Join(err, l.save())
}

func (l *Loop) train(ctx context.Context) error {
	c := l.Config
	for {
		if l.step > 0 && l.state.Logged < l.step && (l.step%c.LogEvery == 0 || l.step == c.Steps) {
			if err := l.log(); err != nil {
				return err
			}
		}
		if l.step > 0 && l.state.Validated < l.step && (l.step%c.Validation.Every == 0 || l.step == c.Steps) {
			if err := l.validate(ctx); err != nil {
				return err
			}
		}
		switch {
		case l.step >= c.Steps:
			l.Options.Run.Status = checkpoint.Finished
			return nil
		case c.Validation.Patience > 0 && l.state.Stale >= c.Validation.Patience:
			l.Options.Run.Status = checkpoint.Early
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		}
		if l.step > 0 && time.Since(l.saved).Seconds() >= c.SaveSeconds {
			if err := l.save(); err != nil {
				return err
			}
		}
		if err := l.learn(ctx); err != nil {
			return err
		}
	}
}

// learn does one step of the optimizer. A step that is interrupted leaves no
// trace.
func (l *Loop) learn(ctx context.Context) error {
	c := l.Config
	params := l.Model.Params()
	params.ZeroGrad()
	before := l.state.Sums.clone()
	for k := range c.Accumulate {
		batch, err := l.feed.Next(ctx)
		if err != nil {
			l.state.Sums = before
			if _, permanent := errors.AsType[*env.FieldError](err); permanent {
				return err
			}
			return &DataError{err}
		}
		l.tape.Begin(kernel.Train, splitmix.Mix(c.Seed, uint64(l.step*c.Accumulate+k)))
		loss, parts, err := l.Model.Loss(l.tape, batch)
		if err != nil {
			return fmt.Errorf("step %d, task %s: %w", l.step+1, c.Tasks[batch.Task].Name, err)
		}
		if c.Accumulate > 1 {
			loss = l.tape.Scale(loss, 1/float32(c.Accumulate))
		}
		l.tape.Backward(loss)
		if err := l.tape.Err(); err != nil {
			return fmt.Errorf("step %d, task %s: %w", l.step+1, c.Tasks[batch.Task].Name, err)
		}
		if err := l.state.Sums.add(c, batch, parts); err != nil {
			return fmt.Errorf("step %d: %w", l.step+1, err)
		}
		l.windowSteps += len(batch.Times)
	}
	norm, err := kernel.ClipNorm(params, c.ClipNorm)
	if err != nil {
		return fmt.Errorf("step %d: %w; what was saved before stays", l.step+1, err)
	}
	l.step++
	l.optimizer.Step(c.schedule().At(l.step))
	l.average.Update(l.step)
	l.state.Sums.Norm += norm
	l.cursor = l.feed.Cursor()
	l.tell(nil)
	return nil
}

// log writes down the means since the last point.
func (l *Loop) log() error {
	point := l.state.Sums.point(l.Config, l.step, l.step-l.state.Logged)
	point.LearningRate = float64(l.Config.schedule().At(l.step))
	l.speed()
	point.DataStepsPerSecond, point.Seconds = l.stepsPerSecond, l.elapsed()
	l.window, l.windowSteps = time.Now(), 0
	if err := l.metrics.Append(point); err != nil {
		return err
	}
	l.state.Logged, l.state.Sums = l.step, sums{}
	return nil
}

// speed measures steps a second since the last point.
func (l *Loop) speed() {
	if took := time.Since(l.window).Seconds(); took > 0 && l.windowSteps > 0 {
		l.stepsPerSecond = float64(l.windowSteps) / took
	}
}

// elapsed is how long the run was trained in all.
func (l *Loop) elapsed() float64 {
	return math.Round(1000*(l.seconds+time.Since(l.began).Seconds())) / 1000
}

// tell reports progress.
func (l *Loop) tell(validated *checkpoint.Point) {
	if l.Progress == nil {
		return
	}
	if validated != nil {
		l.validated = validated
	}
	l.speed()
	if len(l.state.Sums.Tasks) > 0 {
		l.loss = l.state.Sums.loss()
	}
	p := Progress{Step: l.step, Steps: l.Config.Steps, Loss: l.loss, StepsPerSecond: l.stepsPerSecond,
		Validated: l.validated, Best: l.state.Best, New: validated != nil}
	if l.step > 0 {
		each := (l.seconds + time.Since(l.began).Seconds()) / float64(l.step)
		p.Left = time.Duration(each * float64(l.Config.Steps-l.step) * float64(time.Second))
	}
	l.Progress(p)
}
