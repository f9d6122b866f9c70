package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"trailblazer/envserver/catalog"
)

func newPoliciesCommand() *cobra.Command {
	var (
		data   dataFlag
		asJSON bool
	)
	cmd := &cobra.Command{
		Use:   "policies [ID|RUN]",
		Short: "Say what the policies do and which parameters they take",
		Long: `Say what the policies of an environment, or of all, do, and which parameters
their names may carry: behind a colon, as in bba:5,15 or weighted-fair:exponent=0.3.
Given a trained run, say what that is.

` + catalog.RunNames,
		Example: `  trailblazer policies
  trailblazer policies trailblazer/CJS-v0 --json
  trailblazer policies runs/abr`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := data.catalog()
			if err != nil {
				return err
			}
			environments := c.Environments()
			if len(args) == 1 {
				if isDirectory(args[0]) {
					return printRun(cmd.OutOrStdout(), c, args[0], asJSON)
				}
				if environments, err = only(environments, args[0]); err != nil {
					return err
				}
			}
			var list []policyListing
			for _, e := range environments {
				policies, err := c.PolicyDescriptions(e.ID)
				if err != nil {
					return err
				}
				list = append(list, newPolicyListing(e.ID, policies))
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), list)
			}
			return writePolicies(cmd.OutOrStdout(), list)
		},
	}
	data.register(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func isDirectory(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

// runListing is what `policies RUN --json` prints.
type runListing struct {
	Name         string   `json:"name"`
	Summary      string   `json:"summary"`
	Environments []string `json:"environments"`
	ContentHash  string   `json:"content_hash"`
}

func printRun(w io.Writer, c *catalog.Catalog, name string, asJSON bool) error {
	info, err := describeRun(c, name)
	if err != nil {
		return err
	}
	if asJSON {
		return writeJSON(w, runListing{info.Name, info.Summary, info.Environments, info.ContentHash})
	}
	_, err = fmt.Fprintf(w, "%s: %s\nplays in %s; its weights' hash begins with %.8s\n\n%s\n",
		info.Name, info.Summary, strings.Join(info.Environments, ", "), info.ContentHash, catalog.RunNames)
	return err
}

// policyListing is what `policies --json` prints for an environment.
type policyListing struct {
	Environment string       `json:"environment"`
	Policies    []policyJSON `json:"policies"`
}

type policyJSON struct {
	Name       string          `json:"name"`
	Summary    string          `json:"summary"`
	Privileged bool            `json:"privileged"`
	Parameters []parameterJSON `json:"parameters"`
}

type parameterJSON struct {
	Key     string  `json:"key"`
	Meaning string  `json:"meaning"`
	Default float64 `json:"default"`
	Low     float64 `json:"low"`
	High    float64 `json:"high"`
}

func newPolicyListing(id string, policies []catalog.PolicyDescription) policyListing {
	l := policyListing{Environment: id, Policies: make([]policyJSON, len(policies))}
	for i, p := range policies {
		one := policyJSON{Name: p.Name, Summary: p.Summary, Privileged: p.Privileged, Parameters: []parameterJSON{}}
		for _, x := range p.Parameters {
			one.Parameters = append(one.Parameters, parameterJSON{x.Key, x.Meaning, x.Default, x.Low, x.High})
		}
		l.Policies[i] = one
	}
	return l
}

func writePolicies(w io.Writer, list []policyListing) error {
	number := func(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }
	for i, l := range list {
		if i > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "%s\n\n", l.Environment)
		table := tabwriter.NewWriter(w, 2, 0, 2, ' ', 0)
		for _, p := range l.Policies {
			summary := p.Summary
			if p.Privileged {
				summary += " (privileged: needs the environment's data)"
			}
			fmt.Fprintf(table, "  %s\t%s\n", p.Name, summary)
			for _, x := range p.Parameters {
				fmt.Fprintf(table, "  \t  %s=%s  %s, %s to %s\n", x.Key, number(x.Default), x.Meaning, number(x.Low), number(x.High))
			}
		}
		if err := table.Flush(); err != nil {
			return err
		}
	}
	return nil
}
