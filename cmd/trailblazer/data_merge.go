package main

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"trailblazer/datasets/traj"
)

func newDataMergeCommand() *cobra.Command {
	var flags rewriteFlags
	cmd := &cobra.Command{
		Use:   "merge DIR... --out DIR",
		Short: "Write several data sets into a new one",
		Long: `Write the episodes of several data sets with the same columns into a new one: each
stays in its split, and is numbered anew. Of episodes that are in two of them
(the same 'source') one is kept. The old data sets stay as they are; the new one
appears when it is complete, so that Ctrl-C leaves nothing.`,
		Example: `  trailblazer data merge runs/monday runs/tuesday --out runs/both`,
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return flags.run(cmd, append([]string{"merge"}, baseNames(args)...), args, func(o traj.RewriteOptions) (*traj.Rewritten, error) {
				return traj.Merge(cmd.Context(), flags.out, args, o)
			})
		},
	}
	flags.register(cmd.Flags())
	cmd.MarkFlagRequired("out")
	return cmd
}

// rewriteFlags are the arguments that merge and split share.
type rewriteFlags struct {
	out           string
	shardSteps    int
	asJSON, quiet bool
}

func (f *rewriteFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.out, "out", "", "directory of the new data set; there must be nothing in it")
	flags.IntVar(&f.shardSteps, "shard-steps", 0, "steps of a full shard (default 1048576)")
	flags.BoolVar(&f.asJSON, "json", false, "print one JSON object instead of the table")
	flags.BoolVar(&f.quiet, "quiet", false, "show no progress")
}

// baseNames takes directories off paths: data sets say how they were made
// whatever machine they were made on.
func baseNames(paths []string) []string {
	names := make([]string, len(paths))
	for i, path := range paths {
		names[i] = filepath.Base(path)
	}
	return names
}

// rewritten is what merge and split print with --json.
type rewritten struct {
	*traj.Rewritten
	// Unfinished is what was left out.
	Unfinished []traj.Unfinished `json:"unfinished,omitempty"`
}

// run writes a data set of those in dirs and says what is in it. args are what
// its maker gave but for the directory.
func (f *rewriteFlags) run(cmd *cobra.Command, args, dirs []string, write func(traj.RewriteOptions) (*traj.Rewritten, error)) error {
	unfinished := noteUnfinished(cmd.ErrOrStderr(), dirs...)
	progress := newProgress(cmd.ErrOrStderr(), f.quiet)
	command := slices.Concat([]string{"trailblazer", "data"}, args, []string{"--out", "DIR"})
	result, err := write(traj.RewriteOptions{ShardSteps: f.shardSteps, Command: commandLine(command),
		Progress: func(done, total int) { progress.update("episodes", done, total) }})
	progress.close(err == nil)
	if err != nil {
		return err
	}
	if n := result.WithoutInfo; n > 0 {
		fmt.Fprintf(cmd.ErrOrStderr(), "note: %s without infos: each was drawn on its own\n", counted(n, "episode"))
	}
	if f.asJSON {
		return writeJSON(cmd.OutOrStdout(), rewritten{result, unfinished})
	}
	return printRewritten(cmd.OutOrStdout(), f.out, result)
}

func printRewritten(w io.Writer, out string, r *traj.Rewritten) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "split\tepisodes\tsteps\tshare\t")
	for _, s := range r.Splits {
		fmt.Fprintf(table, "%s\t%d\t%d\t%.1f %%\t\n", s.Name, s.Episodes, s.Steps, 100*float64(s.Episodes)/float64(max(1, r.Episodes)))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	twice := ""
	if r.Duplicates > 0 {
		twice = fmt.Sprintf("; %s of a source that was there already left out", counted(r.Duplicates, "episode"))
	}
	_, err := fmt.Fprintf(w, "%s: %s, %s%s\n", out, counted(r.Episodes, "episode"), counted(r.Steps, "step"), twice)
	return err
}
