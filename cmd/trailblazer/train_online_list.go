package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"trailblazer/trainer/online"
)

// presetListing is one row of `train online --list --json`.
type presetListing struct {
	Name        string         `json:"name"`
	Description string         `json:"description"`
	Environment string         `json:"environment"`
	Scenario    string         `json:"scenario"`
	Experts     []string       `json:"experts"`
	Stages      []stageListing `json:"stages"`
}

type stageListing struct {
	Name       string `json:"name"`
	Algorithm  string `json:"algorithm"`
	Iterations int    `json:"iterations"`
}

// listPresets says what can be trained.
func listPresets(w io.Writer, asJSON bool) error {
	var list []presetListing
	for _, name := range online.Presets() {
		c, err := online.Preset(name)
		if err != nil {
			return err
		}
		p := presetListing{name, c.Description, c.Environment, c.Scenario, c.Experts(), nil}
		for i := range c.Stages {
			s := &c.Stages[i]
			p.Stages = append(p.Stages, stageListing{s.Name, s.Algorithm, s.Iterations})
		}
		list = append(list, p)
	}
	if asJSON {
		return writeJSON(w, list)
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "preset\tlearns in\tby iterations of\texpert\twhat it is")
	for _, p := range list {
		stages := ""
		for i, s := range p.Stages {
			if i > 0 {
				stages += ", "
			}
			stages += fmt.Sprintf("%d %s", s.Iterations, s.Algorithm)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", p.Name, p.Scenario, stages, orDash(strings.Join(p.Experts, ", ")), p.Description)
	}
	return table.Flush()
}
