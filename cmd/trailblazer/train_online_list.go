package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"trailblazer/trainer/online"
)

// presetListing is one row of `train online --list --json`.
type presetListing struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Environment string `json:"environment"`
	Scenario    string `json:"scenario"`
	// Experts are those that something is learned from, Judge says which episodes
	// are worth learning from.
	Experts []string       `json:"experts"`
	Judge   string         `json:"judge,omitempty"`
	Stages  []stageListing `json:"stages"`
}

type stageListing struct {
	Name       string `json:"name"`
	Algorithm  string `json:"algorithm"`
	Iterations int    `json:"iterations"`
}

// listPresets says what can be trained, of what is there.
func (f *onlineFlags) listPresets(cmd *cobra.Command) error {
	places, err := f.places(cmd)
	if err != nil {
		return err
	}
	var list []presetListing
	for _, name := range online.Presets() {
		c, err := online.Preset(name)
		if err != nil {
			return err
		}
		f.settle(c, places)
		p := presetListing{name, c.Description, c.Environment, c.Scenario, c.Experts(), c.Judge(), nil}
		for i := range c.Stages {
			s := &c.Stages[i]
			p.Stages = append(p.Stages, stageListing{s.Name, s.Algorithm, s.Iterations})
		}
		list = append(list, p)
	}
	w := cmd.OutOrStdout()
	if f.asJSON {
		return writeJSON(w, list)
	}
	return writePresets(w, list)
}

// writePresets writes what is known of each preset in a row, and what it is below.
func writePresets(w io.Writer, list []presetListing) error {
	var rows strings.Builder
	table := tabwriter.NewWriter(&rows, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "preset\tlearns in\tby iterations of\texpert")
	for _, p := range list {
		stages := ""
		for i, s := range p.Stages {
			if i > 0 {
				stages += ", "
			}
			stages += fmt.Sprintf("%d %s", s.Iterations, s.Algorithm)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", p.Name, p.Scenario, stages, orDash(strings.Join(p.Experts, ", ")))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	const indent = "    "
	head, rest, _ := strings.Cut(rows.String(), "\n")
	lines := []string{head}
	for i, row := range strings.Split(strings.TrimSuffix(rest, "\n"), "\n") {
		lines = append(lines, row, indent+strings.ReplaceAll(wrap(list[i].Description), "\n", "\n"+indent))
	}
	_, err := fmt.Fprintln(w, strings.Join(lines, "\n"))
	return err
}
