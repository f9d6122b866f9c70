// Package testcollect collects small labelled data sets for tests of trainers.
package testcollect

import (
	"context"
	"encoding/json"
	"testing"

	"trailblazer/api/env"
	"trailblazer/datasets/collect"
	"trailblazer/envserver/catalog"
)

// Wanted says what to collect.
type Wanted struct {
	ID, Scenario, Config string
	// Data is the data directory; empty stands for the built-in data.
	Data string
	// Expert is who labels, "none" nobody; empty stands for the environment's
	// default.
	Expert string
	collect.Options
}

// Collect plays into a directory, which it returns.
func Collect(tb testing.TB, w Wanted) string {
	tb.Helper()
	c, err := catalog.New(catalog.Options{DataDir: w.Data})
	if err != nil {
		tb.Fatal(err)
	}
	factory, err := c.Factory(w.ID, w.Scenario, json.RawMessage(w.Config))
	if err != nil {
		tb.Fatal(err)
	}
	expert, err := c.Expert(w.Expert, factory)
	if err != nil {
		tb.Fatal(err)
	}
	if expert != nil {
		w.Options.Expert = &collect.Expert{Remembers: expert.Remembers, New: expert.New}
		w.Options.Expert.Labels.Expert = expert.Name
		w.Options.Expert.Labels.Value, w.Options.Expert.Labels.Advantage = expert.Value, expert.Advantage
	}
	dir := tb.TempDir()
	if _, err := collect.Run(tb.Context(), dir, source{c, factory}, w.Options); err != nil {
		tb.Fatal(err)
	}
	return dir
}

// source implements rollout.Source.
type source struct {
	catalog *catalog.Catalog
	factory env.Factory
}

func (s source) Spec() *env.Spec                           { return s.factory.Spec() }
func (s source) NewEnv(context.Context) (env.Env, error)   { return s.factory.New(0, 1) }
func (s source) NewPolicy(name string) (env.Policy, error) { return s.catalog.Policy(name, s.factory) }
