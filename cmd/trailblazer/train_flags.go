package main

import (
	"errors"

	"github.com/spf13/cobra"

	"trailblazer/trainer/kernel"
)

// runFlags are the arguments that `trailblazer train` and `trailblazer train online`
// both have: where a run is, what it begins with, what computes it and what is shown.
type runFlags struct {
	configFlags
	remote      remoteFlags
	out         string
	init        string
	resume      bool
	seed        uint64
	noPlay      bool
	compute     kernel.Options
	anyBackend  bool
	given       func(flag string) bool
	printConfig bool
	asJSON      bool
	quiet       bool
}

// runUsage says what some of the flags do, which differs.
type runUsage struct{ init, seed, noPlay string }

func (f *runFlags) register(cmd *cobra.Command, usage runUsage) {
	f.configFlags.register(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.out, "out", "", "directory of the run, new or one to go on with")
	flags.StringVar(&f.init, "init", "", usage.init)
	flags.BoolVar(&f.resume, "resume", false, "go on with the run in --out, from anywhere, with its own config, data, validation and backend")
	flags.Uint64Var(&f.seed, "seed", 1, usage.seed)
	flags.BoolVar(&f.noPlay, "no-play", false, usage.noPlay)
	flags.IntVar(&f.compute.Workers, "workers", 0, "cores to use (default: all); changes no result")
	flags.StringVar(&f.compute.Backend, "backend", "auto", "what multiplies matrices: openblas, go, or auto for the fastest that is there")
	flags.StringVar(&f.compute.Library, "blas", "", "path of an OpenBLAS library (default: looked for in the usual places)")
	flags.BoolVar(&f.printConfig, "print-config", false, "print the config with all defaults, and train nothing")
	flags.BoolVar(&f.asJSON, "json", false, "print one JSON object instead of the table")
	flags.BoolVar(&f.quiet, "quiet", false, "show no progress")
	f.remote.register(cmd)
}

// parsed notes which flags were given.
func (f *runFlags) parsed(cmd *cobra.Command) {
	f.given = cmd.Flags().Changed
	f.anyBackend = f.given("backend") || f.given("blas")
}

// check refuses a run without a directory, and counts that can't be.
func (f *runFlags) check(counts ...count) error {
	if f.out == "" && !f.printConfig {
		return errors.New("--out names no directory: give one for the run")
	}
	return positive(f.given, append(counts, count{"workers", f.compute.Workers})...)
}
