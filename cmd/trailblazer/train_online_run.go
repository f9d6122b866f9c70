package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"trailblazer/envserver/catalog"
	"trailblazer/trainer/agent"
	"trailblazer/trainer/checkpoint"
	"trailblazer/trainer/kernel"
	"trailblazer/trainer/online"
	"trailblazer/trainer/train"
)

func (f *onlineFlags) run(cmd *cobra.Command) error {
	if f.list {
		return f.listPresets(cmd)
	}
	if err := f.check(count{"iterations", f.iterations}, count{"environments", f.environments}); err != nil {
		return err
	}
	setup, err := f.setup(cmd)
	if err != nil {
		return err
	}
	if f.printConfig {
		return printIndented(cmd.OutOrStdout(), setup.Config.JSON())
	}
	if err := checkOwnDir("--out", f.out, runDir); err != nil {
		return err
	}
	c, err := f.data.catalog()
	if err != nil {
		return err
	}
	w, err := newWorlds(c, &f.remote, f.compute.Workers)
	if err != nil {
		return err
	}
	defer w.close()
	setup.World, setup.Server = w.make, f.remote.address
	if setup.Compute, err = kernel.NewCompute(f.compute); err != nil {
		return err
	}
	setup.Command, setup.Version = commandLine(os.Args), currentVersion().Version
	setup.Backend, setup.AnyBackend = checkpoint.Backend{Name: f.compute.Backend, Library: f.compute.Library}, f.anyBackend
	setup.Validation = &checkpoint.Validation{Nothing: f.noPlay, Data: f.data.dir}
	if setup.Directory, err = os.Getwd(); err != nil {
		return err
	}
	return f.train(cmd, c, setup)
}

// setup says what is trained: what the flags say, or the run that is resumed.
func (f *onlineFlags) setup(cmd *cobra.Command) (*online.Setup, error) {
	if f.resume {
		return f.recall(cmd)
	}
	config, err := f.newConfig(cmd)
	return &online.Setup{Config: config, Init: f.init}, err
}

// recall takes from the run in --out what --resume leaves out: its config, the run
// that it began with, what plays, where, and the backend.
func (f *onlineFlags) recall(cmd *cobra.Command) (*online.Setup, error) {
	if err := refuseGiven(cmd, f.out, "preset", "config", "set", "scenario", "init", "seed", "iterations", "environments"); err != nil {
		return nil, err
	}
	run, err := checkpoint.Read(f.out)
	if err != nil {
		return nil, err
	}
	if !run.Online() {
		return nil, fmt.Errorf("%s was trained on data sets: go on with it by trailblazer train --resume --out %s", f.out, f.out)
	}
	s := &online.Setup{Resumed: true}
	if run.Init != nil {
		s.Init = run.Place(run.Init.Run)
	}
	if v := run.Validation; v != nil {
		if !f.given("no-play") {
			f.noPlay = v.Nothing
		}
		if !f.given("data") {
			f.data.dir = run.Place(v.Data)
		}
	}
	if !f.given("server") {
		f.remote.address = run.Environments[0].Server
	}
	if !f.anyBackend {
		f.compute.Backend, f.compute.Library = run.Asked.Name, run.Asked.Library
	}
	s.Config, err = online.ParseConfig(run.Config)
	return s, err
}

// train trains and prints what came out.
func (f *onlineFlags) train(cmd *cobra.Command, c *catalog.Catalog, setup *online.Setup) error {
	ctx := cmd.Context()
	measures := newMeasureProgress(cmd.ErrOrStderr(), f.quiet)
	setup.Measuring = measures.begin
	trainer, err := online.Open(ctx, f.out, setup)
	if err != nil {
		measures.close(false)
		return err
	}
	defer trainer.Close()
	play, err := f.evaluator(ctx, c, setup.Config, trainer.Run, measures.begin)
	measures.close(err == nil)
	if err != nil {
		return err
	}
	progress := newOnlineProgress(cmd.ErrOrStderr(), f.quiet)
	progress.begin(trainer, setup.Config)
	progress.whatCounts(play)
	err = trainer.Train(ctx, play, progress.update)
	progress.close(err == nil)
	if err != nil {
		f.kept(cmd.ErrOrStderr())
		return err
	}
	if err := progress.end(f.out, setup.Config); err != nil {
		return err
	}
	return f.print(cmd.OutOrStdout(), trainer.Run)
}

// kept says what is left of a run that was interrupted, whose server has died or
// whose disk is full, and how to go on.
func (f *onlineFlags) kept(w io.Writer) {
	if run, err := checkpoint.Read(f.out); err == nil && run.Step > 0 {
		fmt.Fprintf(w, "%d of %d iterations are kept; the same command goes on from there, and so does: trailblazer train online --resume --out %s\n", run.Step, run.Steps, f.out)
	}
}

// evaluator plays the scenario of validation; it is nil where none is, and where
// the run is over.
func (f *onlineFlags) evaluator(ctx context.Context, c *catalog.Catalog, config *online.Config, run *checkpoint.Run, report measuring) (train.Evaluator, error) {
	if f.noPlay || run.Status.Over() {
		return nil, nil
	}
	task := validated{name: config.Task(), environment: config.Environment, scenario: config.Validation.Play, at: "validation.play"}
	e, err := newEvaluator(ctx, c, []validated{task}, run.Features, agent.Options{}, f.compute.Workers, report)
	if err != nil || e == nil {
		return nil, err
	}
	return e, e.measures(run, "--data")
}

func (f *onlineFlags) print(w io.Writer, run *checkpoint.Run) error {
	if f.asJSON {
		return writeJSON(w, trained{f.out, run})
	}
	best := run.Best
	if best == nil {
		_, err := fmt.Fprintf(w, "%s: %d of %d iterations, and no model yet\n", f.out, run.Step, run.Steps)
		return err
	}
	if err := writePlayed(w, best.Tasks); err != nil {
		return err
	}
	which := fmt.Sprintf("the best model is that of iteration %d of %d, by %s", best.Step, run.Step, best.By)
	if best.Score == nil {
		which = fmt.Sprintf("the last model is kept, that of iteration %d of %d", best.Step, run.Step)
	}
	_, err := fmt.Fprintf(w, "%s: %s; %d parameters, %.0f s; %s\n", f.out, which, run.Parameters, run.Seconds, run.Backend)
	return err
}

// writePlayed prints what a model has reached in validation, if anything was played.
func writePlayed(w io.Writer, tasks []checkpoint.TaskPoint) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	rows := 0
	for _, t := range tasks {
		for _, s := range t.Scenarios {
			if rows++; rows == 1 {
				fmt.Fprintln(table, "task\tscenario\tmetric\tvalue\tscore\tepisodes\t")
			}
			fmt.Fprintf(table, "%s\t%s\t%s\t%.4f\t%.2f\t%d\t\n", t.Task, s.Scenario, s.Metric, s.Value, s.Score, s.Episodes)
		}
	}
	if rows == 0 {
		return nil
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w)
	return err
}
