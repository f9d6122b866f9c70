package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"trailblazer/api/env"
)

func newEnvsCommand() *cobra.Command {
	var (
		data   dataFlag
		remote remoteFlags
		asJSON bool
	)
	cmd := &cobra.Command{
		Use:   "envs [ID]",
		Short: "List environments, scenarios and policies",
		Long: `List environments, their scenarios and the policies that know them; with an
ID, show that environment's spaces too.`,
		Example: `  trailblazer envs
  trailblazer envs trailblazer/ABR-v0 --json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			listing, err := openListing(cmd, &data, &remote)
			if err != nil {
				return err
			}
			defer listing.close()
			environments := listing.environments
			if len(args) == 1 {
				if environments, err = only(environments, args[0]); err != nil {
					return err
				}
			}
			if asJSON {
				return writeEnvironmentsJSON(cmd.OutOrStdout(), environments)
			}
			if err := writeEnvironments(cmd.OutOrStdout(), environments); err != nil || len(args) == 0 {
				return err
			}
			spec, err := listing.describe(cmd.Context(), args[0], "", nil)
			if err != nil {
				return err
			}
			return writeSpaces(cmd.OutOrStdout(), spec)
		},
	}
	data.register(cmd)
	remote.register(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func only(environments []env.Environment, id string) ([]env.Environment, error) {
	var known []string
	for _, e := range environments {
		if e.ID == id {
			return []env.Environment{e}, nil
		}
		known = append(known, e.ID)
	}
	return nil, &env.NotFoundError{Kind: "environment", Name: id, Known: known}
}

func writeEnvironments(w io.Writer, environments []env.Environment) error {
	for i, e := range environments {
		if i > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "%s  %s\n\n", e.ID, e.Description)
		table := tabwriter.NewWriter(w, 2, 0, 2, ' ', 0)
		fmt.Fprintln(table, "  scenario\tepisodes\tdata\t")
		for _, s := range e.Scenarios {
			name, episodes, description := s.Name, fmt.Sprint(s.Episodes), s.Description
			if s.Episodes == 0 {
				episodes = "drawn"
			}
			if s.Name == e.DefaultScenario {
				name += " *"
			}
			if s.Unavailable != "" {
				description += " (" + s.Unavailable + ")"
			}
			fmt.Fprintf(table, "  %s\t%s\t%s\t%s\n", name, episodes, s.DataSource, description)
		}
		if err := table.Flush(); err != nil {
			return err
		}
		fmt.Fprintf(w, "\n  policies: %s\n  * is the default scenario\n", strings.Join(e.Policies, ", "))
	}
	return nil
}

// environmentJSON is the form that --json prints.
type environmentJSON struct {
	ID              string          `json:"id"`
	Description     string          `json:"description"`
	DefaultScenario string          `json:"default_scenario"`
	Scenarios       []scenarioJSON  `json:"scenarios"`
	Policies        []string        `json:"policies"`
	DefaultConfig   json.RawMessage `json:"default_config"`
}

type scenarioJSON struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Episodes    int    `json:"episodes"`
	DataSource  string `json:"data_source"`
	Unavailable string `json:"unavailable,omitempty"`
}

func writeEnvironmentsJSON(w io.Writer, environments []env.Environment) error {
	out := make([]environmentJSON, len(environments))
	for i, e := range environments {
		out[i] = environmentJSON{ID: e.ID, Description: e.Description, DefaultScenario: e.DefaultScenario, Policies: e.Policies, DefaultConfig: e.DefaultConfig}
		for _, s := range e.Scenarios {
			out[i].Scenarios = append(out[i].Scenarios, scenarioJSON(s))
		}
	}
	return writeJSON(w, out)
}

func writeSpaces(w io.Writer, spec *env.Spec) error {
	for _, part := range []struct {
		name  string
		space env.Space
	}{{"observation", spec.Observation}, {"action", spec.Action}, {"info", spec.Info}} {
		fmt.Fprintf(w, "\n  %s\n", part.name)
		table := tabwriter.NewWriter(w, 4, 0, 2, ' ', 0)
		for _, leaf := range env.Leaves(part.space) {
			kind := ""
			if leaf.Ragged {
				kind = "ragged "
			}
			about := leaf.Features
			fmt.Fprintf(table, "    %s\t%s%v%v\t[%v, %v]", orDash(leaf.Path), kind, leaf.DType, leaf.Shape, shortFloat(lowest(leaf.Low)), shortFloat(highest(leaf.High)))
			if len(about) == 1 {
				fmt.Fprintf(table, "\t%s\t%s\n", about[0].Unit, about[0].Description)
				continue
			}
			fmt.Fprintln(table)
			for _, f := range about {
				fmt.Fprintf(table, "      %s\t\t\t%s\t%s\n", f.Name, f.Unit, f.Description)
			}
		}
		if err := table.Flush(); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "\n  config  %s\n", spec.Config)
	return err
}

func shortFloat(x float64) string { return strconv.FormatFloat(x, 'g', 5, 64) }

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func lowest(values []float64) float64 {
	low := values[0]
	for _, v := range values {
		low = min(low, v)
	}
	return low
}

func highest(values []float64) float64 {
	high := values[0]
	for _, v := range values {
		high = max(high, v)
	}
	return high
}
