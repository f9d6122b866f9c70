package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"trailblazer/api/env"
	"trailblazer/envserver/catalog"
	"trailblazer/internal/rollout"
)

// rolloutFlags are the arguments of `trailblazer rollout`.
type rolloutFlags struct {
	data      dataFlag
	remote    remoteFlags
	scenario  string
	config    string
	policies  string
	episodes  int
	seed      uint64
	workers   int
	asJSON    bool
	intervals bool
	quiet     bool
	log       string
	jobs      string
	draw      string
	gantt     string // the same
	workload  string
	sessions  string
}

func newRolloutCommand() *cobra.Command {
	var flags rolloutFlags
	cmd := &cobra.Command{
		Use:   "rollout --scenario NAME --policies NAME,...",
		Short: "Play policies in a scenario and print how they did",
		Long: `Play policies in a scenario and print a table: the mean of every metric, with a
95 % bootstrap interval over episodes.

Policies meet the same episodes with the same seeds. Where each plays several,
the table also compares them with the first in pairs of the same episode.
'trailblazer envs' lists scenarios, 'trailblazer policies' policies. Ctrl-C prints and writes what
the finished episodes gave.`,
		Example: `  # The papers' baselines on the built-in data
  trailblazer rollout --scenario abr/default-test --policies bba,mpc,offline-optimum

  # The same on the real traces, every step logged
  trailblazer rollout --scenario abr/default-test --policies bba,mpc --data DIR --log steps.csv

  # Schedulers on a Spark cluster: one episode drawn, and twenty compared
  trailblazer rollout --scenario cjs/default-test --seed 666 --policies fifo,fair --draw out.svg
  trailblazer rollout --scenario cjs/default-test --seed 1000 --episodes 20 --policies fifo,fair

  # Congestion controllers, and what they do over time
  trailblazer rollout --scenario cc/test --policies gcc-prod,nada,oracle --intervals --draw rates.svg

  # Against a server
  trailblazer rollout --scenario abr/train --policies bba --episodes 1000 --server http://127.0.0.1:8930`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return flags.run(cmd) },
	}
	f := cmd.Flags()
	f.StringVar(&flags.scenario, "scenario", "", "scenario to play, such as abr/default-test")
	f.StringVar(&flags.policies, "policies", "", "policies to play, separated by commas; parameters go behind a colon, as in bba:5,15 or fixed:level=3")
	f.IntVar(&flags.episodes, "episodes", 0, "episodes for each policy (default: all of a fixed scenario, else 100 of ABR and CC and 1 of CJS)")
	f.Uint64Var(&flags.seed, "seed", 0, "seed of the policies, and of the episodes where the scenario draws them")
	f.StringVar(&flags.config, "config", "", "configuration of the environment: a JSON object, or @FILE to read one")
	f.BoolVar(&flags.asJSON, "json", false, "print one JSON object instead of the table")
	f.BoolVar(&flags.intervals, "intervals", false, "print the 95 % intervals of all metrics too, below the table")
	f.StringVar(&flags.log, "log", "", "write one CSV row per step to this file")
	f.StringVar(&flags.jobs, "jobs", "", "write one CSV row per completed job to this file (CJS)")
	f.StringVar(&flags.draw, "draw", "", "draw each policy's first episode as an SVG in this file: who ran where and when (CJS), rates, delays and stalls (CC)")
	f.StringVar(&flags.gantt, "gantt", "", "another name of --draw")
	f.StringVar(&flags.workload, "workload", "", "play the jobs of this file, which 'trailblazer workload' makes and describes (CJS)")
	f.StringVar(&flags.sessions, "sessions", "", "play the sessions of this file, or the recorded network: see 'trailblazer session' (CC)")
	f.IntVar(&flags.workers, "workers", 0, "episodes played at once (default: one per core)")
	f.BoolVar(&flags.quiet, "quiet", false, "show no progress")
	flags.data.register(cmd)
	flags.remote.register(cmd)
	cmd.MarkFlagRequired("scenario")
	cmd.MarkFlagRequired("policies")
	return cmd
}

func (f *rolloutFlags) run(cmd *cobra.Command) error {
	ctx := cmd.Context()
	if f.episodes < 0 {
		return fmt.Errorf("--episodes is %d: give a positive number, or leave it out", f.episodes)
	}
	drawFlag, drawFile := f.drawing()
	if f.draw != "" && f.gantt != "" {
		return errors.New("--gantt is another name of --draw: give one of them")
	}
	c, err := f.data.catalog()
	if err != nil {
		return err
	}
	source, report, err := f.open(ctx, c)
	if err != nil {
		return err
	}
	defer source.Close()
	options := rollout.Options{Policies: catalog.SplitPolicies(f.policies), Episodes: f.episodes, Seed: f.seed, Workers: f.workers}
	var files outputs
	defer files.close()
	for _, one := range []struct {
		flag, path string
		to         *io.Writer
	}{{"--log", f.log, &options.Log}, {"--jobs", f.jobs, &options.Jobs}, {drawFlag, drawFile, &options.Drawing}} {
		if *one.to, err = files.create(one.flag, one.path); err != nil {
			return err
		}
	}
	progress := newProgress(cmd.ErrOrStderr(), f.quiet)
	options.Progress = progress.update
	result, err := rollout.Run(ctx, source, report, options)
	progress.close(err == nil)
	if closeErr := files.close(); closeErr != nil && err == nil {
		err = closeErr
	}
	if result == nil {
		return err
	}
	result.Command = commandLine(os.Args)
	result.DataSource = source.dataSource
	if printErr := f.print(cmd.OutOrStdout(), result, report); printErr != nil && err == nil {
		err = printErr
	}
	return err
}

// drawing returns the flag that asks for a drawing, and its file.
func (f *rolloutFlags) drawing() (flag, file string) {
	if f.gantt != "" {
		return "--gantt", f.gantt
	}
	return "--draw", f.draw
}

func (f *rolloutFlags) print(w io.Writer, result *rollout.Result, report rollout.Report) error {
	if f.asJSON {
		return writeJSON(w, result)
	}
	if err := rollout.WriteTable(w, result, report.Metrics()); err != nil || !f.intervals {
		return err
	}
	fmt.Fprintln(w)
	return rollout.WriteIntervals(w, result, report.Metrics())
}

// source opens the scenario here or on a server.
func (f *rolloutFlags) source(ctx context.Context, c *catalog.Catalog, config json.RawMessage) (*scenarioSource, error) {
	if f.remote.address != "" {
		return f.remote.source(ctx, c, f.scenario, config)
	}
	id, scenario, err := findScenario(c.Environments(), f.scenario)
	if err != nil {
		return nil, err
	}
	factory, err := c.Factory(id, f.scenario, config)
	if err != nil {
		return nil, err
	}
	return &scenarioSource{
		spec:       factory.Spec(),
		dataSource: scenario.DataSource,
		newEnv:     func(context.Context) (env.Env, error) { return factory.New(0, 1) },
		newPolicy:  func(name string) (env.Policy, error) { return c.Policy(name, factory) },
		close:      func() error { return nil },
	}, nil
}

// findScenario returns the environment that has a scenario.
func findScenario(environments []env.Environment, name string) (string, env.Scenario, error) {
	var known []string
	for _, e := range environments {
		for _, s := range e.Scenarios {
			if s.Name == name {
				return e.ID, s, nil
			}
			known = append(known, s.Name)
		}
	}
	return "", env.Scenario{}, &env.NotFoundError{Kind: "scenario", Name: name, Known: known}
}

// scenarioSource implements rollout.Source.
type scenarioSource struct {
	spec       *env.Spec
	dataSource string
	newEnv     func(ctx context.Context) (env.Env, error)
	newPolicy  func(name string) (env.Policy, error)
	close      func() error
}

func (s *scenarioSource) Spec() *env.Spec                             { return s.spec }
func (s *scenarioSource) NewEnv(ctx context.Context) (env.Env, error) { return s.newEnv(ctx) }
func (s *scenarioSource) NewPolicy(name string) (env.Policy, error)   { return s.newPolicy(name) }
func (s *scenarioSource) Close() error                                { return s.close() }

// readConfig reads --config.
func readConfig(value string) (json.RawMessage, error) {
	if value == "" {
		return nil, nil
	}
	text := []byte(value)
	if file, ok := strings.CutPrefix(value, "@"); ok {
		var err error
		if text, err = os.ReadFile(file); err != nil {
			return nil, fmt.Errorf("--config: %w", err)
		}
	}
	if !json.Valid(text) {
		return nil, errors.New("--config is no JSON: give an object such as '{\"observation\": \"dict\"}', or @FILE")
	}
	return text, nil
}

// commandLine quotes arguments as a shell would need them.
func commandLine(args []string) string {
	quoted := make([]string, len(args))
	for i, arg := range args {
		if i == 0 {
			arg = "trailblazer"
		}
		if arg == "" || strings.ContainsAny(arg, " \t\n\"'`$&|;<>()*?[]{}!#~\\") {
			arg = "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
		}
		quoted[i] = arg
	}
	return strings.Join(quoted, " ")
}
