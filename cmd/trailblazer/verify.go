package main

import (
	"cmp"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"trailblazer/datasets/replay"
	"trailblazer/datasets/traj"
	"trailblazer/envserver/catalog"
)

// verifyFlags are the arguments of `trailblazer verify`.
type verifyFlags struct {
	data      dataFlag
	policies  string
	scenarios []string
	episodes  int
	workers   int
	act       bool
	asJSON    bool
	quiet     bool
}

func newVerifyCommand() *cobra.Command {
	var flags verifyFlags
	cmd := &cobra.Command{
		Use:   "verify DIR",
		Short: "Play a data set's episodes again, and prove them exact",
		Long: `Play the episodes of a data set again: from the same seeds or saved states, with
the recorded actions. What the environment shows (observations, masks, rewards,
flags, infos) must be the same, bit for bit. Where it is not, the first step and
column that differ are printed with both values, and the exit code is 1. Info of
differing length, the packets of congestion control, is in no data set, and so
not compared; masks are.

A data set names its scenarios with their configurations. They must be the same
here, traces and videos included, so give the data directory that they were
recorded with. Episodes of a scenario that is another one here are counted apart,
with both content hashes, and the others are played; the exit code is 1. Episodes
that others have added without a seed or without infos can't be played again, and
are counted apart too; where that is so of all, nothing is proven, and the exit
code is 1. Ctrl-C prints what is known by then.

With --act the policies are asked again too, where they are known here by the
names in the data set: what they choose must be what was recorded as theirs, but
for what exploration replaced.`,
		Example: `  trailblazer verify datasets/mine
  trailblazer verify datasets/mine --data DIR --policies bba,mpc --episodes 100
  trailblazer verify datasets/mine --act
  trailblazer verify datasets/mine --json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return flags.run(cmd, args[0]) },
	}
	f := cmd.Flags()
	f.IntVar(&flags.episodes, "episodes", 0, "how many to play again, from the first on (default: all)")
	f.StringVar(&flags.policies, "policies", "", "only episodes of these policies, separated by commas")
	f.StringSliceVar(&flags.scenarios, "scenarios", nil, "only episodes of these scenarios, separated by commas")
	f.BoolVar(&flags.act, "act", false, "ask the policies too whether they would do the same again")
	f.IntVar(&flags.workers, "workers", 0, "episodes played at once (default: one per core)")
	f.BoolVar(&flags.asJSON, "json", false, "print one JSON object instead of the table")
	f.BoolVar(&flags.quiet, "quiet", false, "show no progress")
	flags.data.register(cmd)
	return cmd
}

func (f *verifyFlags) run(cmd *cobra.Command, dir string) error {
	if f.episodes < 0 {
		return fmt.Errorf("--episodes is %d: give a positive number, or leave it out", f.episodes)
	}
	c, err := f.data.catalog()
	if err != nil {
		return err
	}
	set, err := traj.Open(dir)
	if err != nil {
		return err
	}
	defer set.Close()
	options := replay.Options{Episodes: f.episodes, Scenarios: f.scenarios, Workers: f.workers}
	if f.act {
		options.Act = c.Policy
	}
	if f.policies != "" {
		options.Policies = catalog.SplitPolicies(f.policies)
	}
	progress := newProgress(cmd.ErrOrStderr(), f.quiet)
	options.Progress = func(done, total int) { progress.update("verify", done, total) }
	result, err := replay.Verify(cmd.Context(), set, c, options)
	progress.close(err == nil)
	if result == nil {
		return err
	}
	print := writeVerified
	if f.asJSON {
		print = func(w io.Writer, r *replay.Result) error { return writeJSON(w, r) }
	}
	if printErr := print(cmd.OutOrStdout(), result); printErr != nil && err == nil {
		err = printErr
	}
	if err != nil {
		return err
	}
	if n := result.Different.Episodes; n > 0 {
		return fmt.Errorf("%d of %d episodes differ from what was recorded", n, result.Played.Episodes)
	}
	if f.act && result.Acts.Different.Episodes > 0 {
		return fmt.Errorf("policies choose other actions in %d of %d episodes", result.Acts.Different.Episodes, result.Played.Episodes)
	}
	// What can't be judged proves nothing.
	if result.Exact.Episodes == 0 {
		return fmt.Errorf("nothing was proven exact: %s", nothingJudged(result, "can be played again", result.Unverifiable))
	}
	if err := playedElsewhere(result); err != nil {
		return err
	}
	if f.act && result.Acts.Same.Episodes == 0 {
		return fmt.Errorf("no policy was asked: %s", nothingJudged(result, "has a policy to ask", result.Acts.Unasked))
	}
	return nil
}

// nothingJudged says why no episode was: none of them can be, or there is none.
func nothingJudged(r *replay.Result, what string, list []replay.Unverifiable) string {
	if len(list) == 0 {
		return "the data set has no episodes"
	}
	text := fmt.Sprintf("none of %d episodes %s: %s", r.Played.Episodes, what, list[0].Reason)
	if more := len(list) - 1; more > 0 {
		text += fmt.Sprintf(" (reasons beside this one: %d)", more)
	}
	return text
}

// playedElsewhere says which episodes would need their scenario; nil if none.
func playedElsewhere(r *replay.Result) error {
	count, reason := 0, ""
	for _, u := range r.Unverifiable {
		if u.Elsewhere {
			count += u.Episodes
			reason = cmp.Or(reason, u.Reason)
		}
	}
	if count == 0 {
		return nil
	}
	return fmt.Errorf("%d of %d episodes were not played again: %s", count, r.Played.Episodes, reason)
}

// mostDifferences is how many a table shows.
const mostDifferences = 20

func writeVerified(w io.Writer, r *replay.Result) error {
	fmt.Fprintf(w, "%s: %s of %s", r.Environment, counted(r.Selected.Episodes, "episode"), counted(r.Selected.Steps, "step"))
	if r.Played != r.Selected {
		fmt.Fprintf(w, ", of which %d were looked at", r.Played.Episodes)
	}
	fmt.Fprint(w, "\n\n")
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "\tepisodes\tsteps\t")
	fmt.Fprintf(table, "exact\t%d\t%d\t\n", r.Exact.Episodes, r.Exact.Steps)
	fmt.Fprintf(table, "different\t%d\t%d\t\n", r.Different.Episodes, r.Different.Steps)
	writeApart(table, "not verifiable", r.Unverifiable)
	if r.Acts != nil {
		fmt.Fprintf(table, "same actions\t%d\t%d\t\n", r.Acts.Same.Episodes, r.Acts.Same.Steps)
		fmt.Fprintf(table, "other actions\t%d\t%d\t\n", r.Acts.Different.Episodes, r.Acts.Different.Steps)
		writeApart(table, "not asked", r.Acts.Unasked)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	writeReasons(w, "not verifiable", r.Unverifiable)
	writeDifferences(w, r.Differences, "replayed")
	if r.Acts != nil {
		writeReasons(w, "not asked", r.Acts.Unasked)
		writeDifferences(w, r.Acts.Differences, "chosen now")
	}
	return nil
}

// writeApart writes the row of episodes that can't be judged.
func writeApart(table io.Writer, what string, list []replay.Unverifiable) {
	sum := replay.Count{}
	for _, u := range list {
		sum.Episodes += u.Episodes
		sum.Steps += u.Steps
	}
	fmt.Fprintf(table, "%s\t%d\t%d\t\n", what, sum.Episodes, sum.Steps)
}

func writeReasons(w io.Writer, what string, list []replay.Unverifiable) {
	for _, u := range list {
		fmt.Fprintf(w, "\n%d %s, the first is episode %d: %s\n", u.Episodes, what, u.First, u.Reason)
	}
}

func writeDifferences(w io.Writer, list []replay.Difference, now string) {
	for i, d := range list {
		if i == mostDifferences {
			fmt.Fprintf(w, "... and %d more: --json lists all\n", len(list)-i)
			break
		}
		if i == 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "episode %d (%s in %s, %s): step %d, %s: recorded %s, %s %s\n",
			d.Episode, d.Policy, d.Scenario, d.Shard, d.Step, d.Column, d.Recorded, now, d.Replayed)
	}
}
