package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"trailblazer/api/env"
	"trailblazer/datasets/collect"
	"trailblazer/datasets/traj"
	"trailblazer/envserver/catalog"
)

// collectFlags are the arguments of `trailblazer collect`.
type collectFlags struct {
	data       dataFlag
	scenario   string
	config     string
	policies   string
	weights    []float64
	mix        string
	episodes   int
	seed       uint64
	takeOver   float64
	epsilon    float64
	expert     string
	labels     string // the expert's name, as it is recorded
	estimator  string
	out        string
	split      string
	shardSteps int
	groupSteps int
	reference  int
	workers    int
	more       bool
	asJSON     bool
	quiet      bool
}

func newCollectCommand() *cobra.Command {
	var flags collectFlags
	cmd := &cobra.Command{
		Use:   "collect --scenario NAME --policies NAME,... --episodes N --out DIR",
		Short: "Fill a data set with what policies do in a scenario",
		Long: `Play policies in a scenario on all cores and keep every step in a data set:
Parquet files that data frames read, with what an expert would have done in each
state beside it.

With --mix each, every policy plays the same N episodes (seeds --seed to
--seed+N-1; in a scenario of fixed order its first N); with --mix draw, each of
N episodes draws one policy, by --weights where they are given. --switch lets
another policy take over within an episode; all of them see every step.
--epsilon replaces actions: by a choice drawn from the legal ones, or by a rate
from half of the policy's to twice it.

--expert says who labels: in ABR 'offline-table' (the best level, what the rest
of the video is worth at best, Karma's QoE-to-go, and what every level loses)
unless 'offline-optimum' is named, which proves its plan and takes a thousand
times as long; in CC the true bandwidth; in CJS nobody. Any policy may label by
what it would do. Where the link has noise, as in abr/train, ABR's labels go by
the state that noise has led to and the link without noise from there on.
--estimator replaces the values of ABR's experts by what 'trailblazer train
estimator' made of others: what a player can know, as Karma's model is shown it.

In CC an action is the bandwidth alone, as the scenario has it, so that sessions
which are recorded or appended fit in (with --expert none: they have no labels).
A policy or expert that probes, as gcc-prod does, makes it two numbers, bandwidth
and probe; --config '{"probes": true}' does so without one, and '{"probes": false}'
lets gcc-prod act without. Sets of one kind don't merge with those of the other.

The same options give the same steps, whatever --workers. The same command goes
on where it was interrupted, killed or finished with fewer --episodes.`,
		Example: `  # Karma's experience: three policies on the same videos, labelled by the offline optimum
  trailblazer collect --scenario abr/train --policies genet-sampled,mpc,offline-optimum --episodes 235 --data DIR --out abr-train

  # The paper's congestion control: one of four controllers in every session, with noise
  trailblazer collect --scenario cc/train --policies gcc,nada,bbr,loss-aimd --mix draw --epsilon 0.05 --episodes 1000 --out cc-train

  # Decima's schedules
  trailblazer collect --scenario cjs/train --policies decima-greedy --episodes 1 --data DIR --out cjs-train

  # What is in it, and whether it can be played again
  trailblazer data info abr-train
  trailblazer verify abr-train --data DIR`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return flags.run(cmd) },
	}
	f := cmd.Flags()
	f.StringVar(&flags.scenario, "scenario", "", "scenario to play, such as abr/train")
	f.StringVar(&flags.policies, "policies", "", "policies to play, separated by commas; parameters go behind a colon, as in bba:5,15")
	f.IntVar(&flags.episodes, "episodes", 0, "episodes for each policy, or with --mix draw all together")
	f.StringVar(&flags.out, "out", "", "directory of the data set, new or one to go on with")
	f.StringVar(&flags.mix, "mix", string(collect.Each), "who plays an episode: each policy in turn, or one that is drawn")
	f.Float64SliceVar(&flags.weights, "weights", nil, "odds of the policies where one is drawn or takes over, such as 2,1,1 (default: equal)")
	f.Float64Var(&flags.takeOver, "switch", 0, "probability that another policy takes over before a step")
	f.Float64Var(&flags.epsilon, "epsilon", 0, "probability that exploration replaces an action")
	f.StringVar(&flags.expert, "expert", "", "who labels every state: an expert, any policy, or none (default: offline-table of ABR, oracle of CC, none of CJS); with plus signs between them several, by the mean of what they say that choices lose")
	f.StringVar(&flags.estimator, "estimator", "", "directory of an estimator whose values the labels have (ABR)")
	f.Uint64Var(&flags.seed, "seed", 0, "seed of the policies, and of the episodes where the scenario draws them")
	f.StringVar(&flags.config, "config", "", "configuration of the environment: a JSON object, or @FILE to read one")
	f.StringVar(&flags.split, "split", "train", "part of the data set that the episodes are of, such as train, valid or test")
	f.IntVar(&flags.shardSteps, "shard-steps", 0, "steps of a shard (default: about a million)")
	f.IntVar(&flags.groupSteps, "group-steps", 0, "steps of a row group, which is what readers read at once (default: 32768)")
	f.IntVar(&flags.reference, "reference-episodes", 20, "episodes, the first that are collected, to measure the returns in that scores are normalised by; 0 for none")
	f.BoolVar(&flags.more, "append", false, "let the data set have episodes that another command has collected")
	f.IntVar(&flags.workers, "workers", 0, "episodes played at once (default: one per core)")
	f.BoolVar(&flags.asJSON, "json", false, "print one JSON object instead of the table")
	f.BoolVar(&flags.quiet, "quiet", false, "show no progress")
	flags.data.register(cmd)
	for _, name := range []string{"scenario", "policies", "episodes", "out"} {
		cmd.MarkFlagRequired(name)
	}
	return cmd
}

func (f *collectFlags) run(cmd *cobra.Command) error {
	ctx := cmd.Context()
	c, err := f.data.catalog()
	if err != nil {
		return err
	}
	factory, err := f.factory(c, append(catalog.SplitPolicies(f.policies), f.expert)...)
	if err != nil {
		return err
	}
	options, err := f.options(c, factory)
	if err != nil {
		return err
	}
	source, err := f.actors(c, factory, &options)
	if err != nil {
		return err
	}
	options.Writer.Command = f.command(cmd, &options)
	progress := newStepProgress(cmd.ErrOrStderr(), f.quiet)
	options.Progress = func(p collect.Progress) { progress.update(p.Done, p.Total, p.Steps) }
	result, err := collect.Run(ctx, f.out, source, options)
	progress.close(err == nil)
	var other *collect.OtherError
	if errors.As(err, &other) {
		return fmt.Errorf("%w, with --append", err)
	}
	if result == nil {
		return err
	}
	if printErr := f.print(cmd.OutOrStdout(), result); printErr != nil && err == nil {
		err = printErr
	}
	if err != nil {
		fmt.Fprintf(cmd.ErrOrStderr(), "%d of %d episodes are kept; the same command goes on from there\n", result.Before+result.Episodes, result.Planned)
	}
	return err
}

// factory opens the scenario so that these policies can act in it.
func (f *collectFlags) factory(c *catalog.Catalog, policies ...string) (env.Factory, error) {
	config, err := readConfig(f.config)
	if err != nil {
		return nil, err
	}
	id, _, err := findScenario(c.Environments(), f.scenario)
	if err != nil {
		return nil, err
	}
	settings, err := c.Settings(id, policies...)
	if err != nil {
		return nil, err
	}
	if config, err = merge(settings, config); err != nil {
		return nil, err
	}
	return c.Factory(id, f.scenario, config)
}

// sourceOf lets a factory's scenario be played.
func sourceOf(c *catalog.Catalog, factory env.Factory) *scenarioSource {
	return &scenarioSource{
		spec:      factory.Spec(),
		newEnv:    func(context.Context) (env.Env, error) { return factory.New(0, 1) },
		newPolicy: func(name string) (env.Policy, error) { return c.Policy(name, factory) },
	}
}

func (f *collectFlags) options(c *catalog.Catalog, factory env.Factory) (collect.Options, error) {
	o := collect.Options{
		Policies: catalog.SplitPolicies(f.policies), Weights: f.weights, Mix: collect.Mix(f.mix),
		Episodes: f.episodes, Seed: f.seed, Switch: f.takeOver, Epsilon: f.epsilon,
		Workers: f.workers, Append: f.more,
		Writer: traj.WriterOptions{Split: f.split, ShardSteps: f.shardSteps, GroupSteps: f.groupSteps},
	}
	floor, best, err := c.References(factory.Spec().ID)
	if err != nil {
		return o, err
	}
	measured, err := f.factory(c, floor, best)
	if err != nil {
		return o, err
	}
	o.Reference = collect.Reference{Floor: floor, Best: best, Episodes: f.reference, Source: sourceOf(c, measured)}
	expert, err := c.Expert(f.expert, factory)
	if err != nil {
		return o, fmt.Errorf("--expert: %w", err)
	}
	if expert != nil {
		f.labels = expert.Name
		o.Expert = &collect.Expert{
			Labels:    traj.Labels{Expert: expert.Name, Value: expert.Value, Advantage: expert.Advantage},
			Remembers: expert.Remembers, New: expert.New,
		}
	}
	if f.estimator != "" {
		err = estimateValues(f.estimator, o.Expert)
	}
	return o, err
}

// actors gives the policies the names under which data sets keep what they do,
// and returns the source that makes them by these.
func (f *collectFlags) actors(c *catalog.Catalog, factory env.Factory, o *collect.Options) (*scenarioSource, error) {
	source := sourceOf(c, factory)
	given, make := map[string]string{}, source.newPolicy
	for i, name := range o.Policies {
		recorded, err := c.RecordedName(factory.Spec().ID, name)
		if err != nil {
			return nil, err
		}
		o.Policies[i], given[recorded] = recorded, name
	}
	source.newPolicy = func(name string) (env.Policy, error) { return make(given[name]) }
	return source, nil
}

// command is what a data set says of how it was made: the flags that decide its
// content, without the paths of this machine, so that equal content has equal
// bytes.
func (f *collectFlags) command(cmd *cobra.Command, o *collect.Options) string {
	args := []string{"trailblazer", "collect"}
	for _, name := range []string{
		"scenario", "config", "policies", "weights", "mix", "episodes", "seed", "switch", "epsilon", "expert", "estimator",
		"split", "shard-steps", "group-steps", "reference-episodes", "data", "out",
	} {
		switch flag := cmd.Flags().Lookup(name); {
		case !flag.Changed:
		case name == "data" || name == "estimator" || name == "out":
			args = append(args, "--"+name, "DIR")
		case name == "policies":
			args = append(args, "--"+name, strings.Join(o.Policies, ","))
		case name == "expert" && f.labels != "":
			args = append(args, "--"+name, f.labels)
		default:
			args = append(args, "--"+name, strings.Trim(flag.Value.String(), "[]")) // of weights
		}
	}
	return commandLine(args)
}

func (f *collectFlags) print(w io.Writer, r *collect.Result) error {
	if f.asJSON {
		return writeJSON(w, r)
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "policy\tepisodes\tsteps\tmean return\t")
	for _, p := range r.Policies {
		fmt.Fprintf(table, "%s\t%d\t%d\t%.4f\t\n", p.Policy, p.Episodes, p.Steps, p.MeanReturn)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if len(r.Policies) > 0 {
		fmt.Fprintln(w)
	}
	for _, one := range r.Reference {
		fmt.Fprintf(w, "%s: %s reaches %.4f in %d episodes from seed %d\n", one.Kind, one.Policy, one.Return, one.Episodes, one.Seed)
	}
	if r.Explored > 0 {
		fmt.Fprintf(w, "%d steps explored\n", r.Explored)
	}
	if r.Expert != "" {
		fmt.Fprintf(w, "labels: %s\n", r.Expert)
	}
	_, err := fmt.Fprintf(w, "%s: %d of %d episodes are kept, %d of them before; %d steps in %.1f s, %.0f steps/s; %s in all\n",
		r.Directory, r.Before+r.Episodes, r.Planned, r.Before, r.Steps, r.Seconds, r.StepsPerSecond, megabytes(r.Bytes))
	return err
}

func megabytes(bytes int64) string {
	return strconv.FormatFloat(float64(bytes)/1e6, 'f', 1, 64) + " MB"
}
