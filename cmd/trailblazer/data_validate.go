package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"trailblazer/datasets/traj"
)

func newDataValidateCommand() *cobra.Command {
	var (
		options       traj.ValidateOptions
		asJSON, quiet bool
	)
	cmd := &cobra.Command{
		Use:   "validate DIR",
		Short: "Check all of a data set, and repair what can be repaired",
		Long: `Check all of a data set: the sums of its files, its schema, and every episode's
numbering, flags, returns and names. Every problem is listed with the file, and
with what to do; the exit code is 1 if any is left.

--repair makes shards of journals that a killed process left, removes unfinished
files, moves damaged shards to DIR/damaged and writes meta/info.json anew. It
never changes an intact shard.`,
		Example: `  trailblazer data validate runs/abr
  trailblazer data validate runs/abr --repair`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			progress := newProgress(cmd.ErrOrStderr(), quiet)
			options.Progress = func(done, total int) { progress.update("episodes", done, total) }
			found, err := traj.Validate(cmd.Context(), args[0], options)
			progress.close(err == nil)
			if err != nil {
				return err
			}
			if asJSON {
				err = writeJSON(cmd.OutOrStdout(), found)
			} else {
				err = printValidation(cmd.OutOrStdout(), args[0], found)
			}
			if n := found.Unrepaired(); n > 0 && err == nil {
				err = fmt.Errorf("%s has %s", args[0], counted(n, "problem"))
			}
			return err
		},
	}
	f := cmd.Flags()
	f.BoolVar(&options.Repair, "repair", false, "repair what can be repaired; nobody may write the data set meanwhile")
	f.BoolVar(&asJSON, "json", false, "print one JSON object instead of the list")
	f.BoolVar(&quiet, "quiet", false, "show no progress")
	return cmd
}

func printValidation(w io.Writer, dir string, v *traj.Validation) error {
	for _, p := range v.Problems {
		state := "remedy"
		if p.Repaired {
			state = "repaired"
		}
		fmt.Fprintf(w, "%s: %s\n  %s: %s\n", p.File, p.Problem, state, p.Remedy)
	}
	verdict := "without fault"
	if len(v.Problems) > 0 {
		verdict = fmt.Sprintf("%s, %d repaired", counted(len(v.Problems), "problem"), len(v.Problems)-v.Unrepaired())
	}
	_, err := fmt.Fprintf(w, "%s: %s, %s, %s: %s\n", dir, counted(v.Shards, "shard"), counted(v.Episodes, "episode"), counted(v.Steps, "step"), verdict)
	if v.Writing && err == nil {
		_, err = fmt.Fprintln(w, "A process is writing it: what it has not finished was not looked at.")
	}
	return err
}

// counted says how many there are of something.
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
