package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"trailblazer/datasets/public"
)

// pullFlags are the arguments of `trailblazer data pull`.
type pullFlags struct {
	out    string
	list   bool
	puller public.Puller
	asJSON bool
	quiet  bool
}

// listedSet is what `data pull --list --json` prints of a set.
type listedSet struct {
	Name     string `json:"name"`
	Summary  string `json:"summary"`
	Source   string `json:"source"`
	License  string `json:"license"`
	Files    int    `json:"files"`
	Bytes    int64  `json:"bytes"`
	Made     int    `json:"made"`
	Scenario string `json:"scenario"`
}

func newDataPullCommand() *cobra.Command {
	var flags pullFlags
	cmd := &cobra.Command{
		Use:   "pull [NAME...]",
		Short: "Fetch the public data sets of the papers",
		Long: `Fetch the public data sets of the papers from the repositories of their authors
into a data directory, which --data DIR plays: all of them, or those named.

Every file is of one commit and checked against its SHA-256; what differs is not
kept. Checkpoints and NumPy files are converted, without running anything in
them, and what is made of them is checked. What is there already stays if it is
what was published, and is replaced otherwise. After an interruption the same
command goes on, in the middle of a file too. HTTPS_PROXY and NO_PROXY are
honoured; --mirror names another server with the same paths,
OWNER/REPOSITORY/COMMIT/FILE.

Licenses are those that the repositories state: mind them when you pass data on.`,
		Example: `  trailblazer data pull --list
  trailblazer data pull fcc videos --out data
  trailblazer rollout --scenario abr/default-test --policies bba,mpc --data data`,
		RunE: func(cmd *cobra.Command, args []string) error { return flags.run(cmd, args) },
	}
	out := os.Getenv("TRAILBLAZER_DATA")
	if out == "" {
		out = "data"
	}
	f := cmd.Flags()
	f.StringVar(&flags.out, "out", out, "data directory to fill (default: TRAILBLAZER_DATA, or data)")
	f.BoolVar(&flags.list, "list", false, "list the data sets and fetch nothing")
	f.StringVar(&flags.puller.Base, "mirror", public.DefaultBase, "server to fetch from")
	f.IntVar(&flags.puller.Workers, "workers", 4, "files fetched at once")
	f.BoolVar(&flags.asJSON, "json", false, "print one JSON object instead of the table")
	f.BoolVar(&flags.quiet, "quiet", false, "show no progress")
	return cmd
}

func (f *pullFlags) run(cmd *cobra.Command, names []string) error {
	sets, err := public.Find(names)
	if err != nil {
		return err
	}
	if f.list {
		return f.show(cmd.OutOrStdout(), sets)
	}
	if f.puller.Workers < 1 || f.puller.Workers > 16 {
		return fmt.Errorf("--workers is %d: give 1 to 16, servers are shared", f.puller.Workers)
	}
	bars := newProgress(cmd.ErrOrStderr(), f.quiet)
	f.puller.Progress = bars.update
	var reports []public.Report
	var failed []error
	for i := range sets {
		// A set that can't be had keeps no other from being fetched.
		report, err := f.puller.Pull(cmd.Context(), f.out, &sets[i])
		if err == nil {
			reports = append(reports, report)
			continue
		}
		failed = append(failed, fmt.Errorf("%s: %w", sets[i].Name, err))
		if cmd.Context().Err() != nil {
			break
		}
	}
	bars.close(len(failed) == 0)
	if err := f.report(cmd.OutOrStdout(), sets, reports); err != nil {
		return err
	}
	return errors.Join(failed...)
}

func (f *pullFlags) show(w io.Writer, sets []public.Set) error {
	list := make([]listedSet, len(sets))
	for i := range sets {
		s := &sets[i]
		list[i] = listedSet{Name: s.Name, Summary: s.Summary, Source: s.Source, License: s.License, Files: len(s.Files), Bytes: s.Bytes(), Made: len(s.Made), Scenario: s.Plays}
	}
	if f.asJSON {
		return writeJSON(w, struct {
			Sets []listedSet `json:"sets"`
		}{list})
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "name\tfiles\tkB\tlicense\tsource\tdata")
	for _, s := range list {
		size := "converted"
		if s.Bytes > 0 {
			size = fmt.Sprint((s.Bytes + 999) / 1000)
		}
		fmt.Fprintf(table, "%s\t%d\t%s\t%s\t%s\t%s\n", s.Name, s.Files+s.Made, size, s.License, s.Source, s.Summary)
	}
	return table.Flush()
}

func (f *pullFlags) report(w io.Writer, sets []public.Set, reports []public.Report) error {
	if f.asJSON {
		return writeJSON(w, struct {
			Out  string          `json:"out"`
			Sets []public.Report `json:"sets"`
		}{f.out, reports})
	}
	if len(reports) == 0 {
		return nil
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "name\tfetched\tthere already\tmade\tMB\tlicense")
	for _, r := range reports {
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%.1f\t%s\n", r.Set, r.Fetched, r.Kept, r.Made, float64(r.Bytes)/1e6, r.License)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "give --data %s, or set TRAILBLAZER_DATA, to play it\n", f.out)
	return err
}
