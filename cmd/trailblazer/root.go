package main

import (
	"github.com/spf13/cobra"
)

func newRootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "trailblazer",
		Short: "Environments for network optimization: serve them, play policies in them",
		Long: `Trailblazer serves network-optimization environments to any
reinforcement-learning agent that speaks HTTP, and plays policies in them.

Everything runs with no data at all, on seeded stand-ins. Give --data DIR, or
set TRAILBLAZER_DATA, to play the papers' own traces and videos.`,
		Example: `  trailblazer serve
  trailblazer envs
  trailblazer rollout --scenario abr/default-test --policies bba,mpc`,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(newServeCommand(), newEnvsCommand(), newRolloutCommand(), newWorkloadCommand(), newSessionCommand(), newPoliciesCommand(), newPolicyCommand(), newCollectCommand(), newTrainCommand(), newEvalCommand(), newTuneCommand(), newTestbedCommand(), newBenchCommand(), newDataCommand(), newVerifyCommand(), newRecipeCommand(), newVersionCommand())
	return root
}
