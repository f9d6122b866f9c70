package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"trailblazer/datasets/export"
	"trailblazer/datasets/traj"
	"trailblazer/datasets/traj/minari"
	"trailblazer/envserver/catalog"
	"trailblazer/internal/atomicfile"
)

// exportFlags are the arguments of `trailblazer data export`.
type exportFlags struct {
	format   string
	out      string
	id       string
	policies string
	options  export.Options
	asJSON   bool
	quiet    bool
}

// exported is what `data export --json` prints.
type exported struct {
	export.Result
	Format string `json:"format"`
	Out    string `json:"out"`
	// ID is the data set's in Minari.
	ID string `json:"id,omitempty"`
	// Unfinished is what was left out.
	Unfinished []traj.Unfinished `json:"unfinished,omitempty"`
}

func newDataExportCommand() *cobra.Command {
	var flags exportFlags
	cmd := &cobra.Command{
		Use:   "export DIR --format d4rl|minari|csv --out PATH",
		Short: "Write a data set in a format of other libraries",
		Long: `Write a data set in a format of other libraries.

d4rl is a NumPy archive with the arrays of D4RL: observations,
next_observations, actions, rewards, terminals, timeouts, infos/... Several
observations are flattened into one array; graphs are packed, with offsets.
numpy.load reads it without pickle.

minari is a data set of Minari 0.5, below the directory --out, in its Parquet
storage, which it reads with PyArrow and Pillow: pip install "minari[arrow]"
pillow. Graphs can't be written in it.

csv is a table with a row for every step.

The Parquet files of the data set itself can be read by pandas, Polars, DuckDB
and Hugging Face's datasets as they are.`,
		Example: `  trailblazer data export runs/abr --format d4rl --out abr.npz
  python -c "import numpy; print(numpy.load('abr.npz')['observations'].shape)"

  trailblazer data export runs/abr --format minari --id trailblazer/abr-mpc-v0 --out minari
  MINARI_DATASETS_PATH=minari python -c "import minari; print(minari.load_dataset('trailblazer/abr-mpc-v0'))"

  trailblazer data export runs/abr --format csv --policies mpc --out mpc.csv`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return flags.run(cmd, args[0]) },
	}
	f := cmd.Flags()
	f.StringVar(&flags.format, "format", "", "d4rl, minari or csv")
	f.StringVar(&flags.out, "out", "", "file to write; of minari, the directory of its data sets")
	f.StringVar(&flags.id, "id", "", "id of the data set (minari; default: that of the environment)")
	f.StringVar(&flags.options.Split, "split", "", "part of the data set, such as train (default: all)")
	f.StringVar(&flags.policies, "policies", "", "take the episodes of these policies, separated by commas (default: all)")
	f.BoolVar(&flags.options.Deflate, "compress", false, "compress the arrays (d4rl)")
	f.BoolVar(&flags.asJSON, "json", false, "print one JSON object instead of a line")
	f.BoolVar(&flags.quiet, "quiet", false, "show no progress")
	cmd.MarkFlagRequired("format")
	cmd.MarkFlagRequired("out")
	return cmd
}

func (f *exportFlags) run(cmd *cobra.Command, dir string) error {
	if f.policies != "" {
		f.options.Policies = catalog.SplitPolicies(f.policies)
	}
	if f.id != "" && f.format != "minari" {
		return errors.New("--id is for --format minari")
	}
	check := checkFile
	if f.format == "minari" {
		check = checkDir
	}
	if err := check("--out", f.out); err != nil {
		return err
	}
	set, err := traj.Open(dir)
	if err != nil {
		return err
	}
	defer set.Close()
	bars := newProgress(cmd.ErrOrStderr(), f.quiet)
	f.options.Progress = func(done, total int) { bars.update(f.format, done, total) }
	// Unfinished arrays lie on the disk that the archive will be on.
	f.options.TempDir = filepath.Dir(f.out)
	result := exported{Format: f.format, Out: f.out, Unfinished: noteUnfinished(cmd.ErrOrStderr(), dir)}
	switch f.format {
	case "d4rl":
		err = f.file(cmd.Context(), set, &result, export.D4RL)
	case "csv":
		err = f.file(cmd.Context(), set, &result, export.CSV)
	case "minari":
		err = f.minari(cmd.Context(), set, &result)
	default:
		err = fmt.Errorf("--format %s is not known: give d4rl, minari or csv", f.format)
	}
	bars.close(err == nil)
	if err != nil {
		return err
	}
	if f.asJSON {
		return writeJSON(cmd.OutOrStdout(), result)
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "wrote %s, %s: %s\n", counted(result.Episodes, "episode"), counted(result.Steps, "step"), result.advice())
	return err
}

// file writes an export that is one file.
func (f *exportFlags) file(ctx context.Context, set *traj.Set, result *exported, write func(context.Context, io.Writer, *traj.Set, export.Options) (export.Result, error)) error {
	return atomicfile.Write(f.out, func(w io.Writer) error {
		var err error
		result.Result, err = write(ctx, w, set, f.options)
		return err
	})
}

func (f *exportFlags) minari(ctx context.Context, set *traj.Set, result *exported) error {
	headers, err := f.options.Select(set)
	if err != nil {
		return err
	}
	var scenarios []string
	for _, s := range set.Info().Scenarios {
		scenarios = append(scenarios, s.Name)
	}
	o := minari.Options{ID: f.id, Progress: f.options.Progress,
		Description: fmt.Sprintf("%s: %s. %s", set.Info().Environment, strings.Join(scenarios, ", "), set.Info().Command)}
	if result.ID, err = minari.Write(ctx, f.out, set, headers, o); err != nil {
		return err
	}
	result.Episodes = len(headers)
	for _, h := range headers {
		result.Steps += h.Steps
	}
	return nil
}

// advice says how to read what was written.
func (r *exported) advice() string {
	switch r.Format {
	case "d4rl":
		return fmt.Sprintf("read it with numpy.load(%q)", r.Out)
	case "minari":
		return fmt.Sprintf("read it with MINARI_DATASETS_PATH=%s and minari.load_dataset(%q)", r.Out, r.ID)
	}
	return r.Out
}
