package main

import (
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"trailblazer/datasets/traj"
)

func newDataSplitCommand() *cobra.Command {
	var (
		flags rewriteFlags
		parts string
		by    string
		seed  uint64
	)
	cmd := &cobra.Command{
		Use:   "split DIR --out DIR",
		Short: "Split a data set into parts for training, validation and test",
		Long: `Write a data set anew with its episodes in parts, which are the splits that
loaders know. --by says what stays together: episodes of the same seed, the same
scenario or, say, the same trace are in the same part, so that nothing is tested
on what was trained on. Of a number of info, episodes that were added without
infos are drawn each on its own, and a note counts them.

A hash of --seed and of what stays together draws the part, so that other data
sets are split alike; the shares are met the better, the more there is to draw.
The old data set stays as it is; the new one appears when it is complete.`,
		Example: `  trailblazer data split runs/abr --out runs/abr-split
  trailblazer data split runs/abr --out runs/abr-split --by info.trace --parts train=0.9,test=0.1`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			options := traj.SplitOptions{By: by, Seed: seed}
			var err error
			if options.Parts, err = traj.ParseSplitParts(parts); err != nil {
				return err
			}
			own := []string{"split", filepath.Base(args[0]), "--parts", parts, "--by", by, "--seed", fmt.Sprint(seed)}
			return flags.run(cmd, own, args, func(o traj.RewriteOptions) (*traj.Rewritten, error) {
				options.RewriteOptions = o
				return traj.Split(cmd.Context(), args[0], flags.out, options)
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&parts, "parts", "train=0.8,valid=0.1,test=0.1", "names of the parts with their shares")
	f.StringVar(&by, "by", "episode", "what stays together: episode, seed, scenario, or a number of info as the reset shows it, such as info.trace")
	f.Uint64Var(&seed, "seed", 0, "seed of the draw")
	flags.register(f)
	cmd.MarkFlagRequired("out")
	return cmd
}
