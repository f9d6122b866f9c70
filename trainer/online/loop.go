package online

import (
	"context"
	"path/filepath"

	"trailblazer/datasets/traj"
	"trailblazer/trainer/checkpoint"
	"trailblazer/trainer/feature"
	"trailblazer/trainer/model"
	"trailblazer/trainer/rl"
	"trailblazer/trainer/train"
)

// Progress is how far a run is: its steps are iterations, of all stages.
type Progress struct {
	train.Standing
	// Stage is the one that goes on, Algorithm its algorithm.
	Stage, Algorithm string
	// EnvironmentSteps counts all that was played to learn from.
	EnvironmentSteps int
	// Return is the mean of the episodes that have ended in the last five iterations,
	// or before them where none has, in the environment's own reward; nil before the
	// first has ended.
	Return *float64
}

// loop is a Trainer at work.
type loop struct {
	course    train.Course
	setup     *Setup
	config    *Config
	record    *checkpoint.Run
	model     *model.Model
	directory *checkpoint.Directory
	evaluator train.Evaluator
	progress  func(Progress)

	critic *rl.Critic
	// anchor is the model as the stage began with it; nil where nothing asks.
	anchor  *model.Model
	learner *rl.Learner
	files   replayFiles
	writer  *traj.Writer
	scene   *scene
	drawn   *drawn
	state   loopState
	returns returns
}

// loopState is what a loop keeps in a State, beside arrays.
type loopState struct {
	Learner rl.LearnerState `json:"learner"`
	// EnvironmentSteps counts all that was played, Recorded what was kept of it.
	EnvironmentSteps int `json:"environment_steps"`
	Recorded         int `json:"recorded"`
	train.Marks
	Found found `json:"found"`
	// Sums are those since the last point.
	Sums sums `json:"sums"`
}

// newLoop prepares to train.
func newLoop(t *Trainer, play train.Evaluator, progress func(Progress)) (*loop, error) {
	c := t.setup.Config
	l := &loop{setup: t.setup, config: c, record: t.Run, model: t.Model, directory: t.directory, evaluator: play, progress: progress,
		files: replayFiles{filepath.Join(t.directory.Path(), replayFolder)}}
	l.state.Found.Searched = -1
	l.course = train.Course{
		Plan:      train.Plan{Steps: c.Iterations(), LogEvery: c.LogEvery, ValidateEvery: c.Validation.Every, Patience: c.Validation.Patience, SaveSeconds: c.SaveSeconds},
		Work:      train.Work{Learn: l.iterate, Means: l.means, Measure: l.validate, Arrays: l.arrays, Keep: l.bring, Kept: l.forget},
		Directory: t.directory, Run: t.Run, Model: t.Model, Average: train.NewAverage(t.Model.Params(), c.Average),
		Unit: "iteration", By: l.by(), State: &l.state, Marks: &l.state.Marks,
	}
	if progress != nil {
		l.course.Tell = l.tell
	}
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
	if err := l.load(); err != nil {
		return err
	}
	defer func() { err = l.close(err) }()
	if err := l.course.Train(ctx); err != nil {
		return err
	}
	return l.files.remove()
}

// means are those since the last point.
func (l *loop) means() *checkpoint.Point {
	done := l.course.Step
	s, _, at := l.config.stage(done - 1)
	point := l.state.Sums.point(l.config.Task(), s, done)
	point.LearningRate = s.Rate.At(s.done(at))
	point.Online.EnvironmentSteps, point.Online.Recorded = l.state.EnvironmentSteps, l.state.Recorded
	point.Online.Beta = s.Beta.At(s.done(at))
	l.state.Sums = sums{}
	return point
}

// tell reports how far the run is.
func (l *loop) tell(now train.Standing) {
	s, _, _ := l.config.stage(max(now.Step-1, 0))
	l.progress(Progress{Standing: now, Stage: s.Name, Algorithm: s.Algorithm, EnvironmentSteps: l.state.EnvironmentSteps, Return: l.returns.known})
}
