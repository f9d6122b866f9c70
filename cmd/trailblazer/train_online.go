package main

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"trailblazer/trainer/online"
)

// onlineFlags are the arguments of `trailblazer train online`.
type onlineFlags struct {
	runFlags
	preset       string
	scenario     string
	data         dataFlag
	iterations   int
	environments int
	list         bool
}

func newTrainOnlineCommand() *cobra.Command {
	var flags onlineFlags
	cmd := &cobra.Command{
		Use:   "online --preset NAME --out RUN",
		Short: "Train a specialist on what it does itself: reinforcement and interactive imitation",
		Long: `Train a model in environments that it acts in itself. A run has stages, each of one
algorithm: dagger (an expert says what would have been best wherever the model comes
to, and the model learns that), ppo and a2c (the model learns what brings reward). A
preset is a whole such run, from the network to the last learning rate: the papers'
specialists, and stronger ones. --list says which there are.

Nothing is learned from but what environments play: without --data these are the
built-in traces, jobs and links, with --data DIR the real ones, as in 'trailblazer
collect' and 'rollout'. (Of 'trailblazer train', --data is what was recorded; this
command reads nothing recorded, but records: what experts have labelled lies in
RUN/data, a data set that 'trailblazer train' learns from. Of the iterations of
imitation one in record.every is recorded, and of that the episodes that come to
their end.)

With --server the environments run on a server, through the same interface: the same
run, to the last bit, where both have the same data. Experts that read an
environment's own state, as 'lookahead' does, are at home here alone; those that
know its data need the same data here.

RUN is a directory as 'trailblazer train' makes it: the best model, what was trained,
what was measured, as curves too. It is a policy wherever one is asked for. Every so
often the model plays a scenario of validation, and the best one is kept; a score is 0
for the floor of 'trailblazer bench' and 100 for its ceiling in the same episodes.
The return that progress shows is the mean of the episodes that have ended in the last
five iterations of learning, in the environment's own reward.

Ctrl-C saves, and the same command goes on, to the same bits as if nothing had
happened; --resume does so without saying everything again. The same config, data,
seed and backend give the same model, whatever --workers.

A preset's fields are changed by --config, a file or an object, and by --set
PATH=VALUE, where stages go by their names: stages.ppo.iterations=50. --print-config
shows them all. Flags that are given hold whatever a config says.`,
		Example: `  # What there is to train
  trailblazer train online --list

  # Video streaming: regress what the hindsight expert says of every level wherever the
  # model comes to, then PPO on the same; Pensieve, GENET and Comyco as in their papers
  trailblazer train online --preset hindsight --out build/hindsight
  trailblazer train online --preset pensieve --data DIR --out build/pensieve
  trailblazer train online --preset genet --data DIR --out build/genet
  trailblazer train online --preset comyco --data DIR --out build/comyco
  trailblazer rollout --scenario abr/default-test --policies mpc-tuned,build/hindsight,build/pensieve

  # Clusters: Decima, and imitation of a rule where the model itself acts
  trailblazer train online --preset decima --out build/decima
  trailblazer train online --preset cjs-imitation --out build/rule

  # Congestion control: the true bandwidth on the model's own states, and PPO
  trailblazer train online --preset bandwidth --out build/bandwidth
  trailblazer train online --preset cc-ppo --out build/cc-ppo

  # A first look, and changes of a preset
  trailblazer train online --preset hindsight --iterations 20 --environments 16 --out build/look
  trailblazer train online --preset hindsight --set stages.ppo.rate.from=1e-4 --seed 2 --out build/other

  # Begin with a trained model
  trailblazer train online --preset hindsight --init build/run --out build/tuned

  # On a server's environments
  trailblazer train online --preset pensieve --server http://127.0.0.1:8930 --out build/remote

  # Distil what the expert said into another model
  trailblazer train --data build/hindsight/data --out build/student`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 && slices.Contains(online.Presets(), args[0]) {
				return fmt.Errorf("presets are named by a flag: trailblazer train online --preset %s --out RUN", args[0])
			}
			return cobra.NoArgs(cmd, args)
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			flags.parsed(cmd)
			return flags.run(cmd)
		},
	}
	f := cmd.Flags()
	f.StringVar(&flags.preset, "preset", "", "what to train: see --list")
	flags.configFlags = configFlags{setting: "stages.ppo.iterations=50", example: `{"environments": 16, "stages": {"ppo": {"iterations": 50}}}`}
	flags.register(cmd, runUsage{
		init:   "run directory whose model to begin with, in the place of the preset's",
		seed:   "seed of fresh weights, episodes, actions and the order of learning",
		noPlay: "play no validation: the last model is kept",
	})
	if err := cmd.RegisterFlagCompletionFunc("preset", cobra.FixedCompletions(online.Presets(), cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic(err) // The flag stands above.
	}
	f.StringVar(&flags.scenario, "scenario", "", "scenario to learn in (default: the preset's)")
	flags.data.register(cmd)
	f.IntVar(&flags.iterations, "iterations", 0, "iterations of all stages together, each by its share (default: the preset's)")
	f.IntVar(&flags.environments, "environments", 0, "environments played at the same time (default: the preset's)")
	f.BoolVar(&flags.list, "list", false, "list the presets, and train nothing")
	return cmd
}
