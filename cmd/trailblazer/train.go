package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"trailblazer/api/env"
	"trailblazer/trainer/agent"
	"trailblazer/trainer/checkpoint"
	"trailblazer/trainer/karma"
	"trailblazer/trainer/kernel"
	"trailblazer/trainer/model"
	"trailblazer/trainer/train"
)

// trainFlags are the arguments of `trailblazer train`.
type trainFlags struct {
	runFlags
	data        []string
	datasets    []string
	environment dataFlag
	tasks       []string
	preset      string
	estimator   string
	steps       int
	batch       int
}

func newTrainCommand() *cobra.Command {
	var flags trainFlags
	cmd := &cobra.Command{
		Use:   "train --data DIR,... --out RUN",
		Short: "Train a model on data sets",
		Long: `Train one sequence model on what was collected: a causal transformer with an
encoder and a head for each task. --data takes what 'trailblazer collect' made, not the
real traces that environments play: these are --environment-data. The tasks are
those of the data sets' environments; --tasks selects some of them. What is learned follows from the labels: what every
choice loses against the best where an expert says so, else what the expert would
have done, else what was done. What learns from what it does itself, by reinforcement
or with an expert beside it, is trained by 'trailblazer train online'.

RUN is a directory. It gets the best model (model.safetensors), what was trained on
what (run.json), all that was measured (metrics.jsonl), as curves too (curves.svg),
and what is needed to go on (last.safetensors). A run directory is a policy wherever
one is asked for: --policies mpc,RUN.

Every so often the model is measured on episodes that nothing is learned from, and
plays a scenario of validation: abr/valid, cjs/train, cc/train with seeds that
nobody collects with. Models of data from abr/fit, abr/fit-file-clean or another
scenario that leaves captures out play those: abr/valid-fit, abr/valid-file-clean.
Of the published traces for abr/valid and abr/valid-fit some are the test's too:
where they are at hand, abr/train-file-clean and abr/valid-file-clean take their
places. The model with the best score is kept.
A score is 0 for the floor of 'trailblazer bench' and 100 for its ceiling in the
same episodes; that of several tasks is their mean.

Ctrl-C saves, and the same command goes on where it was interrupted, killed or full
disks have stopped it, to the same bits as if nothing had happened; --resume does so
without saying everything again. The same data, config, seed and backend give the
same model, whatever --workers.

Everything has a default, --print-config shows all. A file of --config, or --set
PATH=VALUE, changes some of it; elements of lists go by their names:
tasks.abr.data.batch=64, or {"tasks": {"abr": {"data": {"batch": 64}}}}. Flags that
are given hold whatever a config says.`,
		Example: `  # A model for ABR in two minutes, on the built-in data
  trailblazer collect --scenario abr/train --policies bba,mpc-tuned,random --mix draw --switch 0.05 --episodes 1000 --out build/abr
  trailblazer train --data build/abr --out build/run
  trailblazer rollout --scenario abr/default-test --policies bba,mpc,build/run

  # One model for three tasks
  trailblazer train --tasks abr,cjs,cc --data build/abr,build/cjs,build/cc --out build/generalist --steps 10000

  # The papers' decision transformer, smaller, and with another rate
  trailblazer train --data build/abr --out build/dt --preset decision-transformer --set backbone.width=64 --set schedule.rate=3e-4

  # What the student came through, labelled by the expert, from where it stands
  trailblazer collect --scenario abr/train --policies build/run:sample=1 --episodes 500 --out build/abr-2
  trailblazer train --data build/abr,build/abr-2 --init build/run --out build/run-2

  # Ablations: a backbone that stays as it is, alone or with LoRA
  trailblazer train --data build/cjs --init build/run --out build/frozen --set backbone.frozen=true
  trailblazer train --data build/cjs --init build/run --out build/lora --set backbone.frozen=true --set backbone.lora.rank=8

  # Data sets of a server
  trailblazer train --server http://127.0.0.1:8930 --dataset abr-train --out build/run`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			flags.parsed(cmd)
			return flags.run(cmd)
		},
	}
	f := cmd.Flags()
	f.StringSliceVar(&flags.data, "data", nil, "directories of data sets, separated by commas, which 'trailblazer collect' makes")
	f.StringSliceVar(&flags.datasets, "dataset", nil, "data sets of the server, separated by commas")
	f.StringSliceVar(&flags.tasks, "tasks", nil, "tasks to learn, such as abr,cjs,cc (default: those of the data sets)")
	f.StringVar(&flags.preset, "preset", "small", "model to begin with: "+strings.Join(model.Presets(), ", "))
	flags.configFlags = configFlags{setting: "tasks.abr.data.batch=64", example: `{"schedule": {"rate": 0.0003}, "tasks": [{"name": "abr", "data": {"batch": 64}}]}`}
	flags.register(cmd, runUsage{
		init:   "run directory whose model to begin with: sizes, scales, dropout and LoRA; what was frozen learns again",
		seed:   "seed of fresh weights, the order of the data and dropout",
		noPlay: "choose models by their loss alone, and play nothing",
	})
	f.StringVar(&flags.estimator, "estimator", "", "directory that 'trailblazer train estimator' made, to play models with that are conditioned on values, such as Karma's")
	f.IntVar(&flags.steps, "steps", 0, "steps of the optimizer (default: 1500)")
	f.IntVar(&flags.batch, "batch", 0, "sequences of a batch (default: by task)")
	flags.environment.flag = "--environment-data"
	f.StringVar(&flags.environment.dir, "environment-data", os.Getenv("TRAILBLAZER_DATA"),
		"directory with the real traces to play in validation (default: seeded stand-ins; or set TRAILBLAZER_DATA)")
	cmd.AddCommand(newTrainOnlineCommand(), newTrainEstimatorCommand())
	return cmd
}

func (f *trainFlags) run(cmd *cobra.Command) error {
	ctx := cmd.Context()
	if err := f.check(count{"steps", f.steps}, count{"batch", f.batch}); err != nil {
		return err
	}
	var before *checkpoint.Run
	if f.resume {
		var err error
		if before, err = f.recall(cmd); err != nil {
			return err
		}
	}
	opened, err := f.open(ctx)
	if err != nil {
		return err
	}
	defer opened.close()
	setup, err := f.setup(opened, before)
	if err != nil {
		return err
	}
	if f.printConfig {
		return printIndented(cmd.OutOrStdout(), setup.Config.JSON())
	}
	if setup.Compute, err = kernel.NewCompute(f.compute); err != nil {
		return err
	}
	setup.Command, setup.Version = commandLine(os.Args), currentVersion().Version
	setup.Backend, setup.AnyBackend = checkpoint.Backend{Name: f.compute.Backend, Library: f.compute.Library}, f.anyBackend
	if setup.Directory, err = os.Getwd(); err != nil {
		return err
	}
	return f.train(cmd, setup)
}

// garbagePercent is how much garbage may gather, in percent of what lives.
const garbagePercent = 25

// train trains and prints what came out.
func (f *trainFlags) train(cmd *cobra.Command, setup *train.Setup) error {
	ctx := cmd.Context()
	if os.Getenv("GOGC") == "" {
		// The heap is a few large arrays that live as long as the training: to
		// look through them often costs little, and to let as much again gather
		// as garbage costs gigabytes.
		defer debug.SetGCPercent(debug.SetGCPercent(garbagePercent))
	}
	setup.Validation = &checkpoint.Validation{Nothing: f.noPlay, Data: f.environment.dir}
	var estimator *karma.Estimator
	var record *karma.Record
	if f.estimator != "" {
		var err error
		if estimator, record, err = karma.Open(f.estimator); err != nil {
			return fmt.Errorf("--estimator: %w", err)
		}
		setup.Validation.Estimator = record.Weights
	}
	trainer, err := train.Open(ctx, f.out, setup)
	if err != nil {
		return err
	}
	defer trainer.Close()
	if estimator != nil && f.estimator != f.out {
		if err := estimator.Save(f.out, *record); err != nil {
			return err
		}
	}
	var play train.Evaluator
	if !f.noPlay && !trainer.Run.Status.Over() {
		measures := newMeasureProgress(cmd.ErrOrStderr(), f.quiet)
		play, err = f.evaluator(ctx, setup, trainer, estimator, measures.begin)
		measures.close(err == nil)
		if err != nil {
			return err
		}
	}
	progress := newTrainProgress(cmd.ErrOrStderr(), f.quiet)
	progress.begin(trainer, setup)
	progress.whatCounts(play)
	err = trainer.Train(ctx, play, progress.update)
	progress.close(err == nil)
	var noData *train.DataError
	if errors.Is(err, context.Canceled) || errors.As(err, &noData) {
		fmt.Fprintf(cmd.ErrOrStderr(), "%d of %d steps are kept; the same command goes on from there, and so does: trailblazer train --resume --out %s\n", trainer.Run.Step, trainer.Run.Steps, f.out)
	}
	if err != nil {
		return err
	}
	return f.print(cmd.OutOrStdout(), trainer.Run)
}

// evaluator plays the scenarios of validation, with an estimator where there is
// one.
func (f *trainFlags) evaluator(ctx context.Context, setup *train.Setup, trainer *train.Trainer, estimator *karma.Estimator, report measuring) (train.Evaluator, error) {
	c, err := f.environment.catalog()
	if err != nil {
		return nil, err
	}
	var options agent.Options
	if estimator != nil {
		options.Estimator = func(spec *env.Spec) (agent.Estimator, error) { return estimator.Reader(spec, setup.Compute) }
	}
	e, err := newEvaluator(ctx, c, validatedTasks(setup.Config), trainer.Run.Features, options, f.compute.Workers, report)
	if err != nil || e == nil {
		return nil, err
	}
	return e, e.measures(trainer.Run, f.environment.flag)
}

// trained is what `train --json` prints.
type trained struct {
	Directory string `json:"directory"`
	*checkpoint.Run
}

// regression reports whether a task's model answers with a number, which is never
// right or wrong.
func regression(run *checkpoint.Run, task string) bool {
	at := run.Model.Task(task)
	return at >= 0 && run.Model.Tasks[at].Head.Kind == model.HeadValue
}

func (f *trainFlags) print(w io.Writer, run *checkpoint.Run) error {
	if f.asJSON {
		return writeJSON(w, trained{f.out, run})
	}
	best := run.Best
	if best == nil {
		_, err := fmt.Fprintf(w, "%s: %d of %d steps, and no model yet\n", f.out, run.Step, run.Steps)
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "task\theld-out loss\taccuracy\tscenario\tmetric\tvalue\tepisodes\t")
	for _, t := range best.Tasks {
		loss, accuracy := "-", "-"
		if t.Batches > 0 {
			loss = fmt.Sprintf("%.4f", t.Loss)
			if !regression(run, t.Task) {
				accuracy = fmt.Sprintf("%.3f", t.Accuracy)
			}
		}
		if len(t.Scenarios) == 0 {
			fmt.Fprintf(table, "%s\t%s\t%s\t-\t-\t-\t-\t\n", t.Task, loss, accuracy)
		}
		for _, s := range t.Scenarios {
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%.4f\t%d\t\n", t.Task, loss, accuracy, s.Scenario, s.Metric, s.Value, s.Episodes)
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	score := ""
	if best.Score != nil {
		score = fmt.Sprintf(", score %.2f", *best.Score)
	}
	_, err := fmt.Fprintf(w, "\n%s: the best model is that of step %d of %d%s, by %s; %d parameters, %.0f s; %s\n",
		f.out, best.Step, run.Step, score, best.By, run.Parameters, run.Seconds, run.Backend)
	return err
}
