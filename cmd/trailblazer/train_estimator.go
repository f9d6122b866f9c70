package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"trailblazer/abrsim/abrenv"
	"trailblazer/datasets/sample"
	"trailblazer/datasets/traj"
	"trailblazer/internal/setting"
	"trailblazer/trainer/checkpoint"
	"trailblazer/trainer/karma"
	"trailblazer/trainer/kernel"
)

// estimatorFlags are the arguments of `trailblazer train estimator`.
type estimatorFlags struct {
	data    []string
	out     string
	config  karma.Config
	compute kernel.Options
	asJSON  bool
	quiet   bool
}

func newTrainEstimatorCommand() *cobra.Command {
	var flags estimatorFlags
	cmd := &cobra.Command{
		Use:   "estimator --data DIR[,DIR...] --out DIR",
		Short: "Train Karma's estimator of what the rest of a video can bring",
		Long: `Train Karma's estimator of the QoE-to-go: a small network that knows, from the mean
and the variance of the last throughputs, the buffer, and how much of the video is
left, what the rest of the video can bring at best.

It learns from the values that an expert has put beside every step, on links that
keep their distribution, as the paper has it: abr/stationary has the paper's 1,736
settings. A tenth of the traces is held out, and measures it.

'trailblazer collect --estimator DIR' labels with its values what a model that is
conditioned on them learns from; 'trailblazer train --estimator DIR' keeps it beside
that model, which asks it in every step that it plays.`,
		Example: `  # The estimator of the paper, in half a minute
  trailblazer collect --scenario abr/stationary --policies mpc-tuned,bba,offline-table --mix draw --episodes 3000 --out stationary
  trailblazer train estimator --data stationary --out estimator

  # Other numbers of past throughputs, as in the paper's table 6
  trailblazer train estimator --data stationary --samples 1 --out estimator-1`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return flags.run(cmd) },
	}
	f := cmd.Flags()
	defaults := karma.Config{}.WithDefaults()
	f.StringSliceVar(&flags.data, "data", nil, "data sets of trailblazer/ABR-v0, labelled by an expert that knows values; separated by commas")
	f.StringVar(&flags.out, "out", "", "directory to write the estimator to")
	f.IntVar(&flags.config.Samples, "samples", defaults.Samples, "past throughputs that mean and variance are of")
	f.IntVar(&flags.config.Hidden, "hidden", defaults.Hidden, "width of the hidden layer")
	f.IntVar(&flags.config.Steps, "steps", defaults.Steps, "steps of the optimizer")
	f.IntVar(&flags.config.Batch, "batch", defaults.Batch, "examples of a step")
	f.Float64Var(&flags.config.Rate, "rate", defaults.Rate, "first learning rate, which falls to 0")
	f.Uint64Var(&flags.config.Seed, "seed", 0, "seed of weights, batches and what is held out")
	f.StringVar(&flags.compute.Backend, "backend", "auto", `what multiplies matrices: "auto", "openblas" or "go"`)
	f.IntVar(&flags.compute.Workers, "workers", 0, "cores to use (default: all); changes no result")
	f.BoolVar(&flags.asJSON, "json", false, "print one JSON object instead of text")
	f.BoolVar(&flags.quiet, "quiet", false, "show no progress")
	for _, name := range []string{"data", "out"} {
		cmd.MarkFlagRequired(name)
	}
	return cmd
}

func (f *estimatorFlags) run(cmd *cobra.Command) error {
	if err := f.config.Validate(); err != nil {
		return err
	}
	f.config = f.config.WithDefaults()
	if err := checkOwnDir("--out", f.out, estimatorDir); err != nil {
		return err
	}
	compute, err := kernel.NewCompute(f.compute)
	if err != nil {
		return err
	}
	record := karma.Record{Command: commandLine(os.Args), Build: currentVersion().Version, Backend: compute.Backend()}
	examples := karma.NewExamples(f.config.Samples)
	for _, dir := range f.data {
		data, err := readExamples(cmd.Context(), examples, dir)
		if err != nil {
			return err
		}
		record.Data = append(record.Data, *data)
	}
	progress := newProgress(cmd.ErrOrStderr(), f.quiet)
	estimator, report, err := karma.Train(cmd.Context(), examples, f.config, compute, func(p karma.Progress) {
		progress.update("estimator", p.Step, p.Steps)
	})
	progress.close(err == nil)
	if err != nil {
		return err
	}
	record.Report = *report
	if err := estimator.Save(f.out, record); err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	_, saved, err := karma.Open(f.out)
	if err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	return f.print(cmd.OutOrStdout(), saved)
}

// readExamples adds the labelled steps of a data set.
func readExamples(ctx context.Context, to *karma.Examples, dir string) (*karma.Data, error) {
	set, err := traj.Open(dir)
	if err != nil {
		return nil, fmt.Errorf("--data: %w", err)
	}
	defer set.Close()
	if id := set.Info().Environment; id != abrenv.ID {
		return nil, setting.Refuse("--data", dir, "is of "+id, "give data sets of "+abrenv.ID)
	}
	if err := addExamples(ctx, to, set); err != nil {
		return nil, fmt.Errorf("--data: %s: %w", dir, err)
	}
	return &karma.Data{Name: filepath.Base(dir), Hash: checkpoint.HashOf(set.Info())}, nil
}

func addExamples(ctx context.Context, to *karma.Examples, set *traj.Set) error {
	spec, err := set.Info().Spec()
	if err != nil {
		return err
	}
	fields, err := to.Fields(set.Schema(), spec)
	if err != nil {
		return err
	}
	reader, err := sample.Open(set, sample.Query{Fields: fields}, nil)
	if err != nil {
		return err
	}
	defer reader.Close()
	return to.Add(ctx, reader, set.Schema(), spec)
}

func (f *estimatorFlags) print(w io.Writer, record *karma.Record) error {
	if f.asJSON {
		return writeJSON(w, struct {
			Directory string `json:"directory"`
			*karma.Record
		}{f.out, record})
	}
	r := &record.Report
	_, err := fmt.Fprintf(w, "%s: learned from %s, %d steps\non %d steps held out it errs by %.2f, where the values vary by %.2f: it explains %.1f %% of their variance\n",
		f.out, strings.Join(f.data, ", "), r.Trained, r.HeldOut, r.Error, r.Deviation, 100*r.Explained)
	return err
}
