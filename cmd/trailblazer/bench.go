package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"trailblazer/envserver/catalog"
	"trailblazer/internal/atomicfile"
	"trailblazer/internal/bench"
)

// benchFlags are the arguments of `trailblazer bench`.
type benchFlags struct {
	data      dataFlag
	scenarios []string
	policies  string
	seeds     []uint
	episodes  int
	baseline  string
	recorded  []string
	// unverified lets episodes that can't be played again count.
	unverified bool
	quick      bool
	workers    int
	asJSON     bool
	markdown   string
	html       string
	quiet      bool
}

func newBenchCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "bench abr|cjs|cc",
		Short: "Print the papers' tables: all scenarios, policies and seeds, in pairs",
		Long: `Play the papers' comparisons and print their tables: every scenario with every
policy and every seed, all in pairs of the same episode.

Tables have means with 95 % bootstrap intervals, differences from a baseline
with p-values, in how many episodes a policy is better, and scores between a
floor and a ceiling; what the papers state stands beside them. --html writes a
report with figures, --markdown all tables, --json everything, every episode
included. The same command gives the same bytes.

An agent of your own enters with --recorded: a data set that a session of the
server, or 'trailblazer collect', recorded. Its episodes are matched by scenario
and seed: reset with the seeds that the bench plays, from each of --seeds as many
as --episodes says; of a fixed scenario, whose episodes are numbered, with those
from 0 on. Episodes of other seeds do not count, and a note names the seeds to
record. All are played again: what differs from what was recorded does not count,
and what can't be played again, as episodes without infos, counts only with
--unverified, and is marked. Ctrl-C prints and writes what is finished.`,
	}
	for _, suite := range bench.Suites() {
		cmd.AddCommand(newBenchSuiteCommand(&suite))
	}
	return cmd
}

func newBenchSuiteCommand(suite *bench.Suite) *cobra.Command {
	var flags benchFlags
	episodes := fmt.Sprint(suite.Episodes)
	if suite.Episodes == 0 {
		episodes = "all of a fixed scenario"
	}
	cmd := &cobra.Command{
		Use:   suite.Name,
		Short: "The papers' tables of " + strings.ToLower(suite.Title),
		Long: strings.Join([]string{
			fmt.Sprintf("Play %s: %s.\n", suite.Environment, strings.ToLower(suite.Title)),
			wrap("Scenarios: " + strings.Join(suite.Scenarios, ", ") + "."),
			wrap("Policies: " + strings.Join(suite.Policies, ", ") + "."),
			wrap(fmt.Sprintf("Compared with %s. Scores: 0 is %s (%s), 100 is %s (%s).", suite.Baseline, suite.Floor, suite.FloorWhy, suite.Ceiling, suite.CeilingWhy)),
		}, "\n"),
		Example: fmt.Sprintf(`  # The papers' tables on the real data, with figures
  trailblazer bench %[1]s --data DIR --html report.html

  # A first look
  trailblazer bench %[1]s --quick

  # An agent of your own, recorded by sessions of the server, beside two baselines
  trailblazer bench %[1]s --scenarios %[2]s --policies %[3]s --recorded DIR`,
			suite.Name, suite.Scenarios[0], strings.Join(suite.Policies[:2], ",")),
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return flags.run(cmd, suite) },
	}
	f := cmd.Flags()
	f.StringSliceVar(&flags.scenarios, "scenarios", nil, "scenarios to play, separated by commas (default: the papers')")
	f.StringVar(&flags.policies, "policies", "", "policies to play, separated by commas; floor and ceiling are always played (default: the papers' and the best of ours)")
	f.UintSliceVar(&flags.seeds, "seeds", nil, fmt.Sprintf("seeds, separated by commas: where episodes are drawn, each stands for as many as --episodes from it on; else all are played with each (default %s)", strings.Trim(strings.ReplaceAll(fmt.Sprint(suite.Seeds), " ", ","), "[]")))
	f.Lookup("seeds").DefValue = "" // The usage has said it.
	f.IntVar(&flags.episodes, "episodes", 0, "episodes for each seed (default: "+episodes+")")
	f.StringVar(&flags.baseline, "baseline", "", "policy to compare with (default "+suite.Baseline+")")
	f.StringArrayVar(&flags.recorded, "recorded", nil, "data set whose episodes enter as further policies; may be repeated")
	f.BoolVar(&flags.unverified, "unverified", false, "let recorded episodes that can't be played again count as they are stated; their policies are marked")
	f.BoolVar(&flags.quick, "quick", false, fmt.Sprintf("a first look: one seed, %d episodes", suite.Quick))
	f.BoolVar(&flags.asJSON, "json", false, "print one JSON object instead of tables: everything, every episode included")
	f.StringVar(&flags.markdown, "markdown", "", "write all tables as Markdown to this file; - prints them instead")
	f.StringVar(&flags.html, "html", "", "write a report with figures to this file: one page of HTML that needs nothing else")
	f.IntVar(&flags.workers, "workers", 0, "episodes played at once (default: one per core); changes no result")
	f.BoolVar(&flags.quiet, "quiet", false, "show no progress")
	flags.data.register(cmd)
	return cmd
}

func (f *benchFlags) run(cmd *cobra.Command, suite *bench.Suite) error {
	if f.asJSON && f.markdown == "-" {
		return errors.New("--json and --markdown -: both print; give the Markdown a file")
	}
	if f.unverified && len(f.recorded) == 0 {
		return errors.New("--unverified is for what --recorded names: name a data set, or leave it out")
	}
	c, err := f.data.catalog()
	if err != nil {
		return err
	}
	files := [...]struct {
		flag, path string
		write      func(io.Writer, *bench.Report) error
	}{{"--html", f.html, bench.WriteHTML}, {"--markdown", f.markdown, bench.WriteMarkdown}}
	if f.html == "-" {
		return errors.New("--html -: a page is not printed; give it a file")
	}
	for _, file := range files { // A misspelled directory must not cost the bench.
		if file.path == "" || file.path == "-" {
			continue
		}
		if err := checkFile(file.flag, file.path); err != nil {
			return err
		}
	}
	progress := newProgress(cmd.ErrOrStderr(), f.quiet)
	options := bench.Options{
		Catalog: c, Scenarios: f.scenarios, Episodes: f.episodes, Quick: f.quick, Baseline: f.baseline,
		Recorded: f.recorded, Unverified: f.unverified, Workers: f.workers, Version: currentVersion().Version, Command: benchCommand(os.Args),
		Progress: func(done, total int) { progress.update("bench "+suite.Name, done, total) },
		Replayed: progress.update,
	}
	if f.policies != "" {
		options.Policies = catalog.SplitPolicies(f.policies)
	}
	for _, seed := range f.seeds {
		options.Seeds = append(options.Seeds, uint64(seed))
	}
	report, err := bench.Run(cmd.Context(), suite, options)
	progress.close(err == nil)
	if report == nil {
		return err
	}
	for _, file := range files {
		if file.path == "" || file.path == "-" {
			continue
		}
		write := func(w io.Writer) error { return file.write(w, report) }
		if writeErr := atomicfile.Write(file.path, write); writeErr != nil {
			err = errors.Join(err, fmt.Errorf("%s: %w", file.flag, writeErr))
		}
	}
	return errors.Join(err, f.print(cmd.OutOrStdout(), report))
}

func (f *benchFlags) print(w io.Writer, report *bench.Report) error {
	switch {
	case f.asJSON:
		return writeJSON(w, report)
	case f.markdown == "-":
		return bench.WriteMarkdown(w, report)
	}
	return bench.WriteText(w, report)
}

// wrap breaks a text into lines as wide as a terminal.
func wrap(text string) string {
	var b strings.Builder
	width := 0
	for i, word := range strings.Fields(text) {
		switch {
		case i == 0:
		case width+1+len(word) > 79:
			b.WriteByte('\n')
			width = 0
		default:
			b.WriteByte(' ')
			width++
		}
		b.WriteString(word)
		width += len(word)
	}
	return b.String()
}

// benchCommand is what was typed, without what changes no result, so that reports
// of the same results are the same.
func benchCommand(args []string) string {
	var kept []string
	for i := 0; i < len(args); i++ {
		name, _, joined := strings.Cut(args[i], "=")
		switch {
		case slices.Contains([]string{"--json", "--quiet"}, name):
		case slices.Contains([]string{"--workers", "--html", "--markdown"}, name):
			if !joined {
				i++
			}
		default:
			kept = append(kept, args[i])
		}
	}
	return commandLine(kept)
}
