package online

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"trailblazer/api/env"
	"trailblazer/trainer/checkpoint"
	"trailblazer/trainer/feature"
	"trailblazer/trainer/kernel"
	"trailblazer/trainer/model"
	"trailblazer/trainer/train"
)

// Setup is what a run is made of.
type Setup struct {
	Config *Config
	// World makes n environments, in the mode env.Disabled, with an expert for
	// each where one is asked for. The same is played whenever the same is asked
	// for.
	World func(ctx context.Context, p Played, n int) (*World, error)
	// Server is the address where environments run; empty for here.
	Server string
	// Init is the directory of a run whose model this one begins with; empty for
	// fresh weights.
	Init string
	// Resumed says that Init is what the directory's own run says: its files are
	// needed only where nothing was saved since the beginning.
	Resumed bool
	Compute *kernel.Compute
	// Backend is what was asked of Compute. AnyBackend goes on with a run of
	// another backend.
	Backend    checkpoint.Backend
	AnyBackend bool
	// Validation is what plays; nil leaves what the run says.
	Validation *checkpoint.Validation
	// Measuring, where set, is told what is measured before anything is learned,
	// and in what unit, and returns what is told how far that is.
	Measuring func(what, unit string) func(done, total int)
	// Directory is what relative names are relative to.
	Directory string
	// Command and Version are noted in the run.
	Command, Version string
}

// Trainer is a run in its directory. It is made by Open; Close it.
type Trainer struct {
	Run   *checkpoint.Run
	Model *model.Model
	// Taken says what became of the weights that the run began with; nil where
	// they were fresh, or the run goes on from its state.
	Taken *checkpoint.Taken
	// Before is the backend that the run was trained with until now, where that
	// was another: what follows does not have the same bits as if it had stayed.
	Before string

	setup     *Setup
	directory *checkpoint.Directory
	// spec is that of the environments; nil where the run is over.
	spec *env.Spec
}

// Open begins a run in a directory, or goes on with the one that it holds if
// that is the same; else the error is a *train.OtherRunError.
func Open(ctx context.Context, path string, s *Setup) (*Trainer, error) {
	if err := s.Config.Validate(); err != nil {
		return nil, err
	}
	directory, err := checkpoint.Create(path)
	if err != nil {
		return nil, err
	}
	t := &Trainer{setup: s, directory: directory}
	begun, err := directory.Begun()
	switch {
	case err != nil:
	case begun:
		err = t.continues(ctx)
	default:
		err = t.begin(ctx)
	}
	if err != nil {
		directory.Close()
		return nil, err
	}
	return t, nil
}

// Close frees the directory.
func (t *Trainer) Close() error { return t.directory.Close() }

// Train trains until the run is over or ctx ends. Its score is what play says;
// without one the last model is kept. progress, where set, is told of every
// iteration.
func (t *Trainer) Train(ctx context.Context, play train.Evaluator, progress func(Progress)) error {
	if t.Run.Status.Over() {
		return nil
	}
	t.Run.Status = checkpoint.Running
	l, err := newLoop(t, play, progress)
	if err != nil {
		return err
	}
	return l.run(ctx)
}

// begin makes the model, measures what it is shown, and writes run.json.
func (t *Trainer) begin(ctx context.Context) error {
	s := t.setup
	if err := s.try(ctx); err != nil {
		return err
	}
	world, err := s.newWorld(ctx, s.Config.Expert)
	if err != nil {
		return err
	}
	defer world.Vector.Close()
	spec := world.Vector.Spec()
	if spec.ID != s.Config.Environment {
		return fmt.Errorf("the environments are of %s, and the config is for %s", spec.ID, s.Config.Environment)
	}
	t.spec = spec
	if s.Config.criticised() {
		if _, err := s.Config.privileged(spec); err != nil {
			return err
		}
	}
	config, features, err := t.made(spec)
	if err == nil {
		err = s.Config.reinforceable(config)
	}
	if err != nil {
		return err
	}
	init, err := t.init()
	if err != nil {
		return err
	}
	if t.Model, err = model.New(*config, s.Compute, s.Config.Seed); err != nil {
		return err
	}
	if init != nil {
		if err := t.take(); err != nil {
			return err
		}
		init.New = len(t.Taken.New)
	} else if s.Config.Normalise > 0 {
		if features, err = t.measure(ctx, world, features); err != nil {
			return err
		}
	}
	params, learned := t.Model.Params(), 0
	for _, p := range params.Params() {
		if !p.Frozen {
			learned += len(p.Value)
		}
	}
	t.Run = &checkpoint.Run{
		Command: s.Command, Directory: s.Directory, Build: checkpoint.CurrentBuild(s.Version), Backend: s.Compute.Backend(), Asked: s.Backend, Validation: s.Validation, Parameters: params.Count(), Learned: learned,
		Config: s.Config.JSON(), Model: *config, Features: []feature.Config{*features}, Environments: s.environments(world), Init: init,
		Status: checkpoint.Running, Steps: s.Config.Iterations(),
	}
	return t.directory.Save(t.Run)
}

// made is what model and features are, for environments of a spec.
func (t *Trainer) made(spec *env.Spec) (*model.Config, *feature.Config, error) {
	c := t.setup.Config
	if t.setup.Init != "" {
		init, err := checkpoint.Read(t.setup.Init)
		if err != nil {
			return nil, nil, err
		}
		return c.continued(init, t.setup.Init, spec)
	}
	features, err := c.features(spec)
	if err != nil {
		return nil, nil, err
	}
	config, err := c.model(spec, features)
	return config, features, err
}

// environments describe what a world plays.
func (s *Setup) environments(w *World) []checkpoint.Environment {
	var list []checkpoint.Environment
	for i := range w.Vector.Len() {
		spec := w.specOf(i)
		e := checkpoint.Environment{Environment: spec.ID, Scenario: spec.Scenario, ContentHash: spec.ContentHash, Server: s.Server, Expert: w.Labels.Expert}
		if !slices.Contains(list, e) {
			list = append(list, e)
		}
	}
	return list
}

// continues takes up the run that the directory holds.
func (t *Trainer) continues(ctx context.Context) error {
	s, path := t.setup, t.directory.Path()
	run, err := checkpoint.Read(path)
	if err != nil {
		return err
	}
	if !run.Online() {
		return &train.OtherRunError{Path: path, What: "environments are none: it was trained on data sets by \"trailblazer train\""}
	}
	saved := t.directory.HasState() || run.Status.Over()
	if what, err := t.differs(ctx, run, saved); err != nil || what != "" {
		if err == nil {
			err = &train.OtherRunError{Path: path, What: what}
		}
		return err
	}
	t.Run = run
	var newer *checkpoint.NewerWeightsError
	if err := run.CheckWeights(path); err != nil && !errors.As(err, &newer) {
		return err
	}
	if t.Before, err = run.GoOn(path, s.Compute.Backend(), s.Backend, s.AnyBackend); err != nil {
		return err
	}
	if run.Validation == nil {
		run.Validation = s.Validation
	}
	if t.Model, err = model.New(run.Model, s.Compute, s.Config.Seed); err != nil || run.Init == nil || saved {
		return err
	}
	return t.take()
}

// differs says what of a run is not as the setup says; empty where nothing is.
func (t *Trainer) differs(ctx context.Context, run *checkpoint.Run, saved bool) (string, error) {
	s := t.setup
	if what, err := train.Difference(run.Config, s.Config.JSON()); err != nil || what != "" {
		return what, err
	}
	if !run.Status.Over() {
		world, err := s.newWorld(ctx, s.Config.Expert)
		if err != nil {
			return "", err
		}
		now := s.environments(world)
		t.spec = world.Vector.Spec()
		if err := world.Vector.Close(); err != nil {
			return "", err
		}
		for i, was := range run.Environments {
			if i >= len(now) || now[i].ContentHash != was.ContentHash {
				return fmt.Sprintf("environment %s is not what %s plays now (other data or settings)", was.Scenario, was.Environment), nil
			}
		}
	}
	if what := run.Validation.Differs(s.Validation); what != "" {
		return what, nil
	}
	if s.Resumed && saved {
		return "", nil
	}
	init, err := t.init()
	if err != nil {
		return "", err
	}
	if !init.SameAs(run.Init) {
		return "first weights are others", nil
	}
	return "", nil
}

// take begins with the weights of another run. How far values that are tried out
// spread begins with what the config says: what that run tried last may be next to
// nothing.
func (t *Trainer) take() (err error) {
	if t.Taken, err = checkpoint.TakeWeights(t.setup.Init, t.Model.Params().Params()); err != nil {
		return err
	}
	if p := t.Model.LogStd(0); p != nil {
		p.Fill(float32(math.Log(t.Model.Config().Tasks[0].Head.Std)))
	}
	return nil
}

// init describes the run that this one begins with, or returns nil.
func (t *Trainer) init() (*checkpoint.Init, error) {
	if t.setup.Init == "" {
		return nil, nil
	}
	return checkpoint.InitOf(t.setup.Init)
}
