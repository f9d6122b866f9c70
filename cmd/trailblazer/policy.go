package main

import (
	"github.com/spf13/cobra"
)

func newPolicyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "policy",
		Short: "Let agents elsewhere ask policies what to do",
		Long: `'policy serve' answers what a policy would do: a run that 'trailblazer train'
wrote, or one of the rules that 'trailblazer policies' lists.`,
	}
	cmd.AddCommand(newPolicyServeCommand())
	return cmd
}

func newPolicyServeCommand() *cobra.Command {
	var flags serveFlags
	cmd := &cobra.Command{
		Use:   "serve [NAME=]POLICY...",
		Short: "Serve policies to agents: they show what they see, and are told what to do",
		Long: `Serve policies over Connect, gRPC and gRPC-Web, beside the environments: a
trained run by its directory, or a rule by its name, with parameters behind a
colon. Agents ask under NAME, which is the last part of the directory, or the
rule's name, unless told. In Python:

  from trailblazer_gym import ServedPolicy
  with ServedPolicy("trailblazer/ABR-v0", server="http://` + defaultAddress + `") as policy:
      action = policy.act(observation, info)

Many callers are decided for together, up to --max-batch environments at once.
What waits is bounded: beyond --max-queue, callers are told when to retry. A call
whose deadline passes before it is decided changes nothing.

Everything else is as in 'trailblazer serve': tokens, TLS, leases, limits (a
seat at a policy counts as a session does), metrics.`,
		Example: `  trailblazer policy serve runs/abr
  trailblazer policy serve abr=runs/abr-3 cautious=mpc-tuned:factor=0.8
  trailblazer policy serve runs/abr --addr 0.0.0.0:8930 --token-file tokens --tls-cert cert.pem --tls-key key.pem
  curl --json '{}' http://` + defaultAddress + `/trailblazer.v1.PolicyService/ListPolicies`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			flags.asked.policies = args
			return flags.run(cmd)
		},
	}
	flags.register(cmd)
	return cmd
}
