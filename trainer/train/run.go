package train

import (
	"context"
	"fmt"

	"trailblazer/trainer/checkpoint"
	"trailblazer/trainer/feature"
	"trailblazer/trainer/feed"
	"trailblazer/trainer/kernel"
	"trailblazer/trainer/model"
)

// Setup is what a run is made of.
type Setup struct {
	Config  *Config
	Sources []Source
	// Servers are the addresses of those data sets that are not files here, by
	// their names.
	Servers map[string]string
	// Init is the directory of a run whose weights this one begins with; empty
	// for fresh ones.
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

	config    *Config
	directory *checkpoint.Directory
	plan      *feed.Plan
}

// OtherRunError says that a directory holds a run of something else.
type OtherRunError struct {
	Path string
	// What differs.
	What string
}

// Error names the directory and the remedies.
func (e *OtherRunError) Error() string {
	return fmt.Sprintf("%s holds another run: its %s: go on with it by --resume, or name another directory", e.Path, e.What)
}

// Open begins a run in a directory, or goes on with the one that it holds if
// that is the same.
func Open(ctx context.Context, path string, s *Setup) (*Trainer, error) {
	if err := s.Config.Validate(); err != nil {
		return nil, err
	}
	directory, err := checkpoint.Create(path)
	if err != nil {
		return nil, err
	}
	t := &Trainer{config: s.Config, directory: directory}
	begun, err := directory.Begun()
	switch {
	case err != nil:
	case begun:
		err = t.continues(ctx, s)
	default:
		err = t.begin(ctx, s)
	}
	if err != nil {
		directory.Close()
		return nil, err
	}
	return t, nil
}

// Close frees the directory.
func (t *Trainer) Close() error { return t.directory.Close() }

// Used says what is used of the data sets.
func (t *Trainer) Used() []feed.Used { return t.plan.Used() }

// data describes the data sets.
func (s *Setup) data() []checkpoint.Data {
	var list []checkpoint.Data
	for _, source := range s.Sources {
		list = append(list, checkpoint.Data{Name: source.Name, Server: s.Servers[source.Name], Environment: source.Info.Environment,
			Hash: checkpoint.HashOf(source.Info), Episodes: source.Info.Statistics.Episodes, Steps: source.Info.Statistics.Steps, Command: source.Info.Command})
	}
	return list
}

// begin measures the data, makes the model and writes run.json.
func (t *Trainer) begin(ctx context.Context, s *Setup) error {
	var err error
	if t.plan, err = s.plan(ctx, s.Config.Features()); err != nil {
		return err
	}
	measured, err := t.plan.Measure(ctx, s.Config.TargetQuantile, func(task int) bool { return s.Config.Tasks[task].Measured })
	if err != nil {
		return err
	}
	var features []feature.Config
	for _, f := range measured {
		features = append(features, *f)
	}
	config := s.Config.ModelConfig()
	if t.Model, err = model.New(config, s.Compute, s.Config.Seed); err != nil {
		return err
	}
	init, err := s.init()
	if err != nil {
		return err
	}
	params := t.Model.Params()
	if init != nil {
		if err := t.take(s); err != nil {
			return err
		}
		init.New = len(t.Taken.New)
	}
	learned := 0
	for _, p := range params.Params() {
		if !p.Frozen {
			learned += len(p.Value)
		}
	}
	t.Run = &checkpoint.Run{
		Command: s.Command, Directory: s.Directory, Build: checkpoint.CurrentBuild(s.Version), Backend: s.Compute.Backend(), Asked: s.Backend, Validation: s.Validation, Parameters: params.Count(), Learned: learned,
		Config: s.Config.JSON(), Model: config, Features: features, Data: s.data(), Init: init, Status: checkpoint.Running, Steps: s.Config.Steps,
	}
	return t.directory.Save(t.Run)
}

// plan says what is read for the tasks.
func (s *Setup) plan(ctx context.Context, features []feature.Config) (*feed.Plan, error) {
	o := feed.Options{Seed: s.Config.Seed}
	for i := range s.Config.Tasks {
		t := &s.Config.Tasks[i]
		d := &t.Data
		task := feed.Task{Features: &features[i], Objective: t.Model.Objective.Kind, Odds: d.Odds, Window: d.Window, Stride: d.Stride, Lead: d.Lead,
			Batch: d.Batch, Nodes: d.Nodes, SkipExplored: d.SkipExplored, Holdout: feed.Holdout{Share: d.HeldOut, By: d.HeldOutBy}}
		sets := of(s.Sources, t.Name)
		if len(d.Weights) > 0 && len(d.Weights) != len(sets) {
			return nil, fmt.Errorf("config.tasks.%s.data.weights has %d numbers for %d data sets: give one for each, or none", t.Name, len(d.Weights), len(sets))
		}
		for k, source := range sets {
			set := feed.Set{Data: source.Data, Filter: feed.Filter{MinValue: d.MinValue}}
			set.Filter.Policies, set.Filter.Scenarios, set.Filter.Splits, set.Filter.MinReturn = d.Policies, d.Scenarios, d.Splits, d.MinReturn
			if len(d.Weights) > 0 {
				set.Weight = d.Weights[k]
			}
			task.Sets = append(task.Sets, set)
		}
		o.Tasks = append(o.Tasks, task)
	}
	return feed.NewPlan(ctx, o)
}

// Train trains until the run is over or ctx ends. Its score is what play says,
// which may be nil; progress, where set, is told of every step.
func (t *Trainer) Train(ctx context.Context, play Evaluator, progress func(Progress)) error {
	if t.Run.Status.Over() {
		return nil
	}
	t.Run.Status = checkpoint.Running
	held, err := t.plan.HeldOut(ctx, t.config.Validation.Batches)
	if err != nil {
		return err
	}
	o := Options{Config: t.config, Model: t.Model, Play: play, Directory: t.directory, Run: t.Run, Progress: progress,
		Open: func(ctx context.Context, cursor []byte) (Feed, error) { return t.plan.Open(ctx, cursor) }}
	if len(held.Batches()) > 0 {
		o.HeldOut = held
	}
	loop, err := NewLoop(o)
	if err != nil {
		return err
	}
	return loop.Run(ctx)
}
