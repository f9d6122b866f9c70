package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"trailblazer/envserver/catalog"
	"trailblazer/internal/policyname"
	"trailblazer/sparksim/sparkenv"
	"trailblazer/sparksim/tune"
)

// tuneFlags are the arguments of `trailblazer tune`.
type tuneFlags struct {
	data      dataFlag
	scenarios []string
	config    string
	policy    string
	state     string
	asJSON    bool
	quiet     bool
	options   tune.Options
}

func newTuneCommand() *cobra.Command {
	var flags tuneFlags
	cmd := &cobra.Command{
		Use:   "tune --policy NAME",
		Short: "Find the numbers of a scheduling policy that make jobs complete soonest",
		Long: `Find the numbers of a scheduling policy by the cross-entropy method: candidates
are drawn, played on the same fresh episodes, and the best of them say where to
draw the next ones. What counts is the mean logarithm of the average job
completion time. The last means are compared on episodes that the search has not
seen.

Any policy with parameters can be tuned: ` + strings.Join(tune.Policies(), ", ") + `. The result
is printed as a name that 'trailblazer rollout --policies' plays. Ctrl-C prints
the best so far; with --state FILE the same command goes on from there.`,
		Example: `  # The exponent of weighted fair sharing, in a minute
  trailblazer tune --policy weighted-fair --generations 15

  # A good rule made better: not far from where it is
  trailblazer tune --policy thorough --spread 0.3 --candidates 64 --episodes 16 --data DIR

  # The linear rule for two sizes of cluster, on the real jobs
  trailblazer tune --policy linear --scenario cjs/train,cjs/ood1 --data DIR --state search.json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return flags.run(cmd) },
	}
	f := cmd.Flags()
	f.StringVar(&flags.policy, "policy", "", "policy to tune; parameters behind a colon are where the search begins")
	f.StringSliceVar(&flags.scenarios, "scenario", []string{sparkenv.DefaultScenario}, "scenarios to be good in, separated by commas; episodes take turns")
	f.StringVar(&flags.config, "config", "", "configuration of the environments: a JSON object, or @FILE to read one")
	f.StringVar(&flags.state, "state", "", "save the search in this file after every generation, and go on from it if it is there")
	f.IntVar(&flags.options.Generations, "generations", 65, "how long to search")
	f.IntVar(&flags.options.Candidates, "candidates", 40, "how many are drawn in a generation")
	f.IntVar(&flags.options.Episodes, "episodes", 8, "fresh episodes that each candidate plays in a generation")
	f.Float64Var(&flags.options.Spread, "spread", 1, "how far around where it begins the search draws at first; below 1 where that is good already")
	f.IntVar(&flags.options.Validation, "validation", 40, "episodes on which the last means are compared")
	f.Uint64Var(&flags.options.Seed, "seed", 0, "seed of the draws")
	f.Uint64Var(&flags.options.FirstEpisode, "first-episode", 10_000, "seed of the first episode; tests should stay below it")
	f.IntVar(&flags.options.Workers, "workers", 0, "episodes played at once (default: one per core)")
	f.BoolVar(&flags.asJSON, "json", false, "print one JSON object instead of the table")
	f.BoolVar(&flags.quiet, "quiet", false, "show no progress")
	flags.data.register(cmd)
	cmd.MarkFlagRequired("policy")
	return cmd
}

func (f *tuneFlags) run(cmd *cobra.Command) error {
	c, err := f.data.catalog()
	if err != nil {
		return err
	}
	worlds, err := f.worlds(c)
	if err != nil {
		return err
	}
	problem, err := tune.Named(f.policy, worlds)
	if err != nil {
		return err
	}
	options := f.options
	if f.state != "" {
		if options.Resume, err = tune.LoadState(f.state); err != nil {
			return fmt.Errorf("--state: %w", err)
		}
		options.Save = func(s *tune.State) error { return s.WriteFile(f.state) }
	}
	if !f.quiet {
		options.Progress = newTuneProgress(cmd.ErrOrStderr()).show
	}
	result, err := tune.Search(cmd.Context(), problem, options)
	if result == nil {
		return err
	}
	report := f.report(result)
	if err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	if printErr := report.print(cmd.OutOrStdout(), f.asJSON); printErr != nil {
		return printErr
	}
	return err
}

// worlds opens the scenarios.
func (f *tuneFlags) worlds(c *catalog.Catalog) ([]tune.World, error) {
	config, err := readConfig(f.config)
	if err != nil {
		return nil, err
	}
	worlds := make([]tune.World, len(f.scenarios))
	for i, name := range f.scenarios {
		id, _, err := findScenario(c.Environments(), name)
		if err != nil {
			return nil, err
		}
		factory, err := c.Factory(id, name, config)
		if err != nil {
			return nil, err
		}
		spark, ok := factory.(*sparkenv.Factory)
		if !ok {
			return nil, fmt.Errorf("--scenario: %s is no cluster: give scenarios of %s", name, sparkenv.ID)
		}
		worlds[i] = tune.World{Config: spark.Config().Cluster, Workload: spark.Workload()}
	}
	return worlds, nil
}

// tuneReport is what `tune --json` prints.
type tuneReport struct {
	// Policy is the name that plays the result.
	Policy      string          `json:"policy"`
	Parameters  []tuneParameter `json:"parameters"`
	Generations int             `json:"generations"`
	// GainPercent is by how much the average completion time is shorter than
	// with the numbers that the search began with, on unseen episodes; null
	// where the search was cut short.
	GainPercent *float64 `json:"gain_percent"`
	Command     string   `json:"command"`
}

type tuneParameter struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
}

func (f *tuneFlags) report(result *tune.Result) tuneReport {
	numbers := tune.Round(result.Numbers)
	r := tuneReport{
		Policy:      tune.NameWith(policyname.Base(f.policy), numbers),
		Parameters:  make([]tuneParameter, len(numbers)),
		Generations: result.Generations, Command: commandLine(os.Args),
	}
	for i, x := range numbers {
		r.Parameters[i] = tuneParameter{result.Names[i], x}
	}
	if gain := 100 * (1 - math.Exp(result.Cost-result.FirstCost)); !math.IsNaN(gain) {
		r.GainPercent = &gain
	}
	return r
}

func (r *tuneReport) print(w io.Writer, asJSON bool) error {
	if asJSON {
		return writeJSON(w, r)
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, p := range r.Parameters {
		fmt.Fprintf(table, "%s\t%.3f\t\n", p.Name, p.Value)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	gain := "cut short: not compared with the numbers that the search began with"
	if r.GainPercent != nil {
		gain = fmt.Sprintf("completion times %.1f %% shorter than where the search began, on unseen episodes", *r.GainPercent)
	}
	_, err := fmt.Fprintf(w, "\n%d generations, %s\nplay it: trailblazer rollout --scenario cjs/default-test --policies %s\n", r.Generations, gain, r.Policy)
	return err
}

// tuneProgress writes a line for each generation.
type tuneProgress struct {
	w     io.Writer
	begun time.Time
	first int
}

func newTuneProgress(w io.Writer) *tuneProgress { return &tuneProgress{w: w, begun: time.Now()} }

func (p *tuneProgress) show(g tune.Generation) {
	if p.first == 0 {
		p.first = g.Number
	}
	took := time.Since(p.begun)
	left := time.Duration(float64(took) / float64(g.Number-p.first+1) * float64(g.Total-g.Number))
	fmt.Fprintf(p.w, "generation %d of %d: elites average %.1f s, best %.1f s, spread %.0f %%, about %v left\n",
		g.Number, g.Total, math.Exp(g.Elite)/1000, math.Exp(g.Best)/1000, 100*g.Spread, left.Round(time.Second))
}
