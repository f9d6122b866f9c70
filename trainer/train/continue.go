package train

import (
	"context"
	"errors"
	"fmt"

	"trailblazer/trainer/checkpoint"
	"trailblazer/trainer/model"
)

// continues takes up the run that the directory holds.
func (t *Trainer) continues(ctx context.Context, s *Setup) error {
	run, err := checkpoint.Read(t.directory.Path())
	if err != nil {
		return err
	}
	if run.Online() {
		path := t.directory.Path()
		return fmt.Errorf("%s was trained by trailblazer train online: name another directory, begin there with --init %s, or go on with it by trailblazer train online --resume --out %s", path, path, path)
	}
	// Before the first state there is nothing but what the run began with.
	saved := t.directory.HasState() || run.Status.Over()
	what, err := s.differs(run, saved)
	if err != nil {
		return err
	}
	if what != "" {
		return &OtherRunError{t.directory.Path(), what}
	}
	t.Run = run
	var newer *checkpoint.NewerWeightsError
	if err := run.CheckWeights(t.directory.Path()); err != nil && !errors.As(err, &newer) {
		return err
	}
	if t.Before, err = run.GoOn(t.directory.Path(), s.Compute.Backend(), s.Backend, s.AnyBackend); err != nil {
		return err
	}
	if run.Validation == nil {
		run.Validation = s.Validation
	}
	if t.plan, err = s.plan(ctx, run.Features); err != nil {
		return err
	}
	if t.Model, err = model.New(run.Model, s.Compute, s.Config.Seed); err != nil || run.Init == nil || saved {
		return err
	}
	return t.take(s)
}

// take begins with the weights of another run.
func (t *Trainer) take(s *Setup) (err error) {
	t.Taken, err = checkpoint.TakeWeights(s.Init, t.Model.Params().Params())
	return err
}

// differs says what of a run is not as the setup says; empty where nothing is.
// saved says that the run goes on from its own weights.
func (s *Setup) differs(run *checkpoint.Run, saved bool) (string, error) {
	if what, err := Difference(run.Config, s.Config.JSON()); err != nil || what != "" {
		return what, err
	}
	data := s.data()
	if len(data) != len(run.Data) {
		return fmt.Sprintf("data sets are %d, and not %d", len(run.Data), len(data)), nil
	}
	for i, d := range data {
		if d.Hash != run.Data[i].Hash {
			return fmt.Sprintf("data set %s is not what %s holds now", run.Data[i].Name, d.Name), nil
		}
	}
	if what := run.Validation.Differs(s.Validation); what != "" {
		return what, nil
	}
	if s.Resumed && saved {
		return "", nil
	}
	init, err := s.init()
	if err != nil {
		return "", err
	}
	if !init.SameAs(run.Init) {
		return "first weights are others", nil
	}
	return "", nil
}

// init describes the run that this one begins with, or returns nil.
func (s *Setup) init() (*checkpoint.Init, error) {
	if s.Init == "" {
		return nil, nil
	}
	return checkpoint.InitOf(s.Init)
}
