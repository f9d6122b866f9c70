package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"trailblazer/api/env"
	"trailblazer/envserver/catalog"
	"trailblazer/internal/bench"
	"trailblazer/internal/rollout"
	"trailblazer/internal/setting"
)

// evalFlags are the arguments of `trailblazer eval`.
type evalFlags struct {
	data      dataFlag
	scenarios []string
	policies  string
	episodes  int
	seed      uint64
	config    string
	workers   int
	all       bool
	asJSON    bool
	quiet     bool
}

func newEvalCommand() *cobra.Command {
	var flags evalFlags
	cmd := &cobra.Command{
		Use:   "eval RUN...",
		Short: "Play trained models in the test scenarios, beside others",
		Long: `Play runs that 'trailblazer train' wrote, and the policies that the papers
compare with, in the same episodes with the same seeds, and print a table for
each scenario: means with 95 % bootstrap intervals, differences of the others from
the first run in pairs of the same episode, and the scores from 0 to 100 that
training speaks of. --all prints the other metrics too.

Without --scenario these are the papers' test scenarios of all environments that
a run was trained for. A run's choices are the best ones unless its name says
else: runs/abr:sample=1 draws them.

` + catalog.RunNames + `

'trailblazer bench --policies mpc,RUN' has the papers' tables with scores and
p-values, 'trailblazer rollout --policies mpc,RUN' logs and draws.`,
		Example: `  trailblazer eval runs/abr
  trailblazer eval runs/abr --scenario abr/default-test,abr/ood2 --policies bba,mpc,mpc-tuned --data DIR
  trailblazer eval runs/all --scenario cjs/default-test --episodes 20 --policies fifo,fair,linear --json
  trailblazer eval runs/abr runs/abr:sample=1 runs/abr-large`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return flags.run(cmd, args) },
	}
	f := cmd.Flags()
	f.StringSliceVar(&flags.scenarios, "scenario", nil, "scenarios to play, separated by commas (default: the test scenarios of what the runs were trained for)")
	f.StringVar(&flags.policies, "policies", "", "policies to play beside the runs, separated by commas (default: the papers')")
	f.IntVar(&flags.episodes, "episodes", 0, "episodes for each policy (default: all of a fixed scenario, else 100 of CC and 10 of CJS)")
	f.Uint64Var(&flags.seed, "seed", 1000, "seed of the policies, and of the episodes where the scenario draws them")
	f.StringVar(&flags.config, "config", "", "configuration of the environment: a JSON object, or @FILE to read one; takes one scenario")
	f.IntVar(&flags.workers, "workers", 0, "episodes played at once (default: one per core)")
	f.BoolVar(&flags.all, "all", false, "print all metrics of all policies")
	f.BoolVar(&flags.asJSON, "json", false, "print one JSON object instead of tables")
	f.BoolVar(&flags.quiet, "quiet", false, "show no progress")
	flags.data.register(cmd)
	return cmd
}

// evaluated is what `eval --json` prints.
type evaluated struct {
	Command string         `json:"command"`
	Runs    []evaluatedRun `json:"runs"`
	// Results have a run first, with which the others are compared.
	Results []evaluatedResult `json:"results"`
	// Notes say which policies were left out, and why.
	Notes []string `json:"notes,omitempty"`
	// Incomplete results were interrupted.
	Incomplete bool `json:"incomplete,omitempty"`
}

type evaluatedRun struct {
	Run          string   `json:"run"`
	ContentHash  string   `json:"content_hash"`
	Environments []string `json:"environments"`
}

func (f *evalFlags) run(cmd *cobra.Command, runs []string) error {
	if f.episodes < 0 {
		return fmt.Errorf("--episodes is %d: give a positive number, or leave it out", f.episodes)
	}
	c, err := f.data.catalog()
	if err != nil {
		return err
	}
	e := &evaluated{Command: commandLine(os.Args)}
	var environments []string
	for _, name := range runs {
		info, err := describeRun(c, name)
		if err != nil {
			return err
		}
		e.Runs = append(e.Runs, evaluatedRun{name, info.ContentHash, info.Environments})
		for _, id := range info.Environments {
			if !slices.Contains(environments, id) {
				environments = append(environments, id)
			}
		}
	}
	arenas, err := f.arenas(c, environments)
	if err != nil {
		return err
	}
	progress := newProgress(cmd.ErrOrStderr(), f.quiet)
	for i := range arenas {
		if err = f.play(cmd.Context(), c, &arenas[i], e, progress); err != nil {
			e.Incomplete = true
			break
		}
	}
	progress.close(err == nil)
	if len(e.Results) == 0 {
		return err
	}
	if printErr := f.print(cmd.OutOrStdout(), e); printErr != nil && err == nil {
		err = printErr
	}
	return err
}

// evalArena is a scenario to play.
type evalArena struct {
	suite    *bench.Suite
	scenario string
}

// arenas lists the scenarios: those that were named, or the tests of these
// environments.
func (f *evalFlags) arenas(c *catalog.Catalog, environments []string) ([]evalArena, error) {
	var arenas []evalArena
	for _, suite := range bench.Suites() {
		if len(f.scenarios) > 0 || !slices.Contains(environments, suite.Environment) {
			continue
		}
		for _, name := range suite.Scenarios {
			if !slices.Contains(suite.Curve, name) {
				arenas = append(arenas, evalArena{&suite, name})
			}
		}
	}
	for _, name := range f.scenarios {
		id, _, err := findScenario(c.Environments(), name)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(environments, id) {
			return nil, setting.Refuse("--scenario", name, "is of "+id+", for which no run was trained", "name one of "+strings.Join(environments, ", "))
		}
		for _, suite := range bench.Suites() {
			if suite.Environment == id {
				arenas = append(arenas, evalArena{&suite, name})
			}
		}
	}
	if len(arenas) == 0 {
		return nil, setting.Refuse("--scenario", "", "left out, and no tests are known of "+strings.Join(environments, ", "), "name a scenario")
	}
	if f.config != "" && len(arenas) > 1 {
		return nil, setting.Refuse("--config", f.config, fmt.Sprintf("for %d scenarios", len(arenas)), "name one with --scenario")
	}
	return arenas, nil
}

// play plays a scenario, and adds what came of it.
func (f *evalFlags) play(ctx context.Context, c *catalog.Catalog, a *evalArena, e *evaluated, progress *progress) error {
	asked := slices.Concat(a.suite.Papers, []string{a.suite.Baseline})
	if f.policies != "" {
		asked = catalog.SplitPolicies(f.policies)
	}
	factory, err := f.factory(c, a, asked)
	if err != nil {
		return err
	}
	report, err := c.Report(factory.Spec())
	if err != nil {
		return err
	}
	policies, err := f.choose(c, factory, asked, a, e)
	if err != nil {
		return err
	}
	o := rollout.Options{Policies: policies, Episodes: f.episodes, Seed: f.seed, Workers: f.workers}
	if o.Episodes == 0 {
		o.Episodes = a.suite.Episodes
	}
	o.Progress = func(policy string, done, total int) { progress.update(a.scenario+" "+policy, done, total) }
	floor, ceiling, err := references(c, a.suite.Environment)
	if err != nil {
		return err
	}
	for _, name := range []string{floor, ceiling} {
		if !slices.Contains(o.Policies, name) {
			o.Policies = append(o.Policies, name)
		}
	}
	result, err := rollout.Run(ctx, sourceOf(c, factory), report, o)
	if result != nil {
		result.Command = ""
		e.Results = append(e.Results, newEvaluatedResult(result, report.Metrics(), a.suite, len(policies), floor, ceiling))
	}
	return err
}

// factory opens the scenario so that all can act in it.
func (f *evalFlags) factory(c *catalog.Catalog, a *evalArena, policies []string) (env.Factory, error) {
	config, err := readConfig(f.config)
	if err != nil {
		return nil, err
	}
	var settings json.RawMessage
	if settings, err = c.Settings(a.suite.Environment, policies...); err != nil {
		return nil, err
	}
	if config, err = merge(settings, config); err != nil {
		return nil, err
	}
	return c.Factory(a.suite.Environment, a.scenario, config)
}

// choose returns who plays: the runs that were trained for it, then the others.
// The papers' that can't be made are left out.
func (f *evalFlags) choose(c *catalog.Catalog, factory env.Factory, asked []string, a *evalArena, e *evaluated) ([]string, error) {
	var policies []string
	for _, run := range e.Runs {
		if slices.Contains(run.Environments, a.suite.Environment) && !slices.Contains(policies, run.Run) {
			policies = append(policies, run.Run)
		}
	}
	for _, name := range asked {
		if slices.Contains(policies, name) {
			continue
		}
		if _, err := c.Policy(name, factory); err != nil {
			if f.policies != "" {
				return nil, err
			}
			if note := fmt.Sprintf("%s is left out: %v", name, err); !slices.Contains(e.Notes, note) {
				e.Notes = append(e.Notes, note)
			}
			continue
		}
		policies = append(policies, name)
	}
	return policies, nil
}

func (f *evalFlags) print(w io.Writer, e *evaluated) error {
	if f.asJSON {
		return writeJSON(w, e)
	}
	return e.write(w, f.all)
}
