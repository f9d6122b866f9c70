package online

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"time"

	"trailblazer/datasets/traj"
	"trailblazer/trainer/checkpoint"
	"trailblazer/trainer/feature"
	"trailblazer/trainer/model"
	"trailblazer/trainer/rl"
	"trailblazer/trainer/train"
)

// Progress is how far a run is.
type Progress struct {
	// Stage is the one that goes on, Algorithm its algorithm.
	Stage, Algorithm string
	// Step counts the iterations that are done, of Steps in all stages.
	Step, Steps int
	// EnvironmentSteps counts all that was played to learn from.
	EnvironmentSteps int
	// StepsPerSecond are those, learning included.
	StepsPerSecond float64
	// Return is the mean of the episodes that have ended since the last validation,
	// or before it where none has, in the environment's own reward; nil before the
	// first has ended.
	Return *float64
	Left   time.Duration
	// Validated is the last validation, Best the best one; nil before them.
	Validated *checkpoint.Point
	Best      *checkpoint.Best
	// New says that Validated is news.
	New bool
}

// loop is a Trainer at work.
type loop struct {
	setup     *Setup
	config    *Config
	record    *checkpoint.Run
	model     *model.Model
	directory *checkpoint.Directory
	evaluator train.Evaluator
	tell      func(Progress)

	critic *rl.Critic
	// anchor is the model as the stage began with it; nil where nothing asks.
	anchor  *model.Model
	learner *rl.Learner
	average *train.Average
	metrics *checkpoint.Metrics
	files   replayFiles
	writer  *traj.Writer
	scene   *scene
	drawn   *drawn
	state   loopState
	// step counts the iterations that are done.
	step int
	// cursor is the state of the stage's collector that was saved last.
	cursor []byte
	// seconds is how long the run was trained before this process.
	seconds      float64
	began, saved time.Time
	validated    *checkpoint.Point
	// window is since when steps are counted.
	window         time.Time
	windowSteps    int
	stepsPerSecond float64
	returns        returns
}

// loopState is what a loop keeps in a State, beside arrays.
type loopState struct {
	Learner rl.LearnerState `json:"learner"`
	// EnvironmentSteps counts all that was played, Recorded what was kept of it.
	EnvironmentSteps int `json:"environment_steps"`
	Recorded         int `json:"recorded"`
	// Validated is the last iteration after which the model was validated, Logged
	// that of the last point of training.
	Validated int `json:"validated"`
	Logged    int `json:"logged"`
	// Stale counts the validations since the best.
	Stale int              `json:"stale"`
	Best  *checkpoint.Best `json:"best,omitempty"`
	Found found            `json:"found"`
	// Sums are those since the last point.
	Sums sums `json:"sums"`
}

// newLoop prepares to train.
func newLoop(t *Trainer, play train.Evaluator, tell func(Progress)) (*loop, error) {
	c := t.setup.Config
	l := &loop{setup: t.setup, config: c, record: t.Run, model: t.Model, directory: t.directory, evaluator: play, tell: tell,
		average: train.NewAverage(t.Model.Params(), c.Average), files: replayFiles{filepath.Join(t.directory.Path(), replayFolder)}}
	l.state.Found.Searched = -1
	o := rl.Options{Model: l.model, Optimizer: c.Optimizer.kernel(), Seed: c.Seed}
	if c.criticised() {
		privileged, err := c.privileged(t.spec)
		if err != nil {
			return nil, err
		}
		config := l.model.Config()
		if l.critic, err = rl.NewCritic(rl.CriticConfig(&config.Tasks[0], privileged, c.Critic.Width, c.Critic.Layers), privileged, l.model.Compute(), c.Seed); err != nil {
			return nil, err
		}
		o.Critic = l.critic
	}
	if c.anchored() {
		var err error
		if l.anchor, err = model.New(l.model.Config(), l.model.Compute(), c.Seed); err != nil {
			return nil, err
		}
		o.Anchor = l.anchor
	}
	var err error
	l.learner, err = rl.NewLearner(o)
	return l, err
}

// features are what the model is shown.
func (l *loop) features() *feature.Config { return &l.record.Features[0] }

// stage is the one of an iteration, its place, and the iteration's place in it.
func (c *Config) stage(iteration int) (s *Stage, place, at int) {
	for place = range c.Stages {
		if s = &c.Stages[place]; iteration < s.Iterations || place == len(c.Stages)-1 {
			return s, place, iteration
		}
		iteration -= s.Iterations
	}
	panic("online: a config without stages")
}

// run trains until all is done, the model gets no better, or ctx ends: then the
// state is saved, and the error is ctx's. It goes on where the directory's State
// says, if there is one.
func (l *loop) run(ctx context.Context) (err error) {
	progress, err := l.load()
	if err != nil {
		return err
	}
	if l.metrics, err = l.directory.Metrics(progress.MetricsBytes); err != nil {
		return err
	}
	defer l.metrics.Close()
	defer func() { err = errors.Join(err, l.close()) }()
	l.began, l.saved, l.window = time.Now(), time.Now(), time.Now()
	err = l.train(ctx)
	switch {
	case err == nil:
	case ctx.Err() != nil && errors.Is(err, ctx.Err()):
		l.record.Status = checkpoint.Stopped
	default:
		return err
	}
	if l.step == 0 {
		// There is nothing to go on from, and another run may begin here.
		return errors.Join(err, l.directory.Save(l.record))
	}
	if err := errors.Join(err, l.save()); err != nil {
		return err
	}
	return l.files.remove()
}

func (l *loop) train(ctx context.Context) error {
	c, end := l.config, l.config.Iterations()
	for {
		if l.step > 0 && l.state.Logged < l.step && (l.step%c.LogEvery == 0 || l.step == end) {
			if err := l.log(); err != nil {
				return err
			}
		}
		if l.step > 0 && l.state.Validated < l.step && (l.step%c.Validation.Every == 0 || l.step == end) {
			if err := l.validate(ctx); err != nil {
				return err
			}
		}
		switch {
		case l.step >= end:
			l.record.Status = checkpoint.Finished
			return nil
		case c.Validation.Patience > 0 && l.state.Stale >= c.Validation.Patience:
			l.record.Status = checkpoint.Early
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		}
		if l.step > 0 && time.Since(l.saved).Seconds() >= c.SaveSeconds {
			if err := l.save(); err != nil {
				return err
			}
		}
		if err := l.iterate(ctx); err != nil {
			return err
		}
	}
}

// log writes down the means since the last point.
func (l *loop) log() error {
	s, _, at := l.config.stage(l.step - 1)
	point := l.state.Sums.point(l.config.Task(), s, l.step)
	point.LearningRate = s.Rate.At(s.done(at))
	point.Online.EnvironmentSteps, point.Online.Recorded = l.state.EnvironmentSteps, l.state.Recorded
	point.Online.Beta = s.Beta.At(s.done(at))
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
func (l *loop) speed() {
	if took := time.Since(l.window).Seconds(); took > 0 && l.windowSteps > 0 {
		l.stepsPerSecond = float64(l.windowSteps) / took
	}
}

// elapsed is how long the run was trained in all.
func (l *loop) elapsed() float64 {
	return math.Round(1000*(l.seconds+time.Since(l.began).Seconds())) / 1000
}

// report tells how far the run is.
func (l *loop) report(validated *checkpoint.Point) {
	if l.tell == nil {
		return
	}
	if validated != nil {
		l.validated = validated
	}
	l.speed()
	s, _, _ := l.config.stage(max(l.step-1, 0))
	p := Progress{Stage: s.Name, Algorithm: s.Algorithm, Step: l.step, Steps: l.config.Iterations(), EnvironmentSteps: l.state.EnvironmentSteps,
		StepsPerSecond: l.stepsPerSecond, Return: l.returns.known, Validated: l.validated, Best: l.state.Best, New: validated != nil}
	if l.step > 0 {
		each := (l.seconds + time.Since(l.began).Seconds()) / float64(l.step)
		p.Left = time.Duration(each * float64(p.Steps-l.step) * float64(time.Second))
	}
	l.tell(p)
	if p.New {
		l.returns.mean = mean{}
	}
}
