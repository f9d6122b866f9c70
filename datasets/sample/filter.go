package sample

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"trailblazer/api/env"
	"trailblazer/datasets/traj"
)

// Filter selects episodes: those that every list which is not empty names.
type Filter struct {
	// Policies are compared with the whole of Header.Policy.
	Policies []string
	// Scenarios are names or content hashes.
	Scenarios []string
	Splits    []string
	// CompleteOnly keeps episodes that the environment ended.
	CompleteOnly bool
	// MinReturn, where set, keeps episodes whose return is at least this.
	MinReturn *float64
}

// Keeps reports whether an episode is selected.
func (f *Filter) Keeps(h *traj.Header) bool {
	return named(f.Policies, h.Policy) && named(f.Splits, h.Split) &&
		(named(f.Scenarios, h.Scenario) || named(f.Scenarios, h.ScenarioHash)) &&
		(h.Complete || !f.CompleteOnly) && (f.MinReturn == nil || h.Return >= *f.MinReturn)
}

func named(list []string, name string) bool { return len(list) == 0 || slices.Contains(list, name) }

// Check reports names that no episode has, as a *env.NotFoundError with those
// that there are.
func (f *Filter) Check(headers []traj.Header) error {
	if f.MinReturn != nil && math.IsNaN(*f.MinReturn) {
		return &env.FieldError{Field: "filter.min_return", Value: "NaN", Remedy: "give a number, or leave it out"}
	}
	policies, scenarios, hashes, splits := map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}
	for i := range headers {
		h := &headers[i]
		policies[h.Policy], scenarios[h.Scenario], hashes[h.ScenarioHash], splits[h.Split] = true, true, true, true
	}
	for _, list := range []struct {
		kind         string
		wanted       []string
		known, other map[string]bool
	}{
		{"policy", f.Policies, policies, nil}, {"scenario", f.Scenarios, scenarios, hashes}, {"split", f.Splits, splits, nil},
	} {
		for _, name := range list.wanted {
			if !list.known[name] && !list.other[name] {
				return &env.NotFoundError{Kind: list.kind + " in this data set", Name: name, Known: slices.Sorted(maps.Keys(list.known))}
			}
		}
	}
	return nil
}

// nothing explains that no episode is selected.
func (f *Filter) nothing(headers []traj.Header) error {
	if len(headers) == 0 {
		return &env.FieldError{Field: "dataset", Value: "without a finished episode", Remedy: "collect or append some first"}
	}
	complete, best := 0, math.Inf(-1)
	for i := range headers {
		h := &headers[i]
		if h.Complete {
			complete++
		}
		best = max(best, h.Return)
	}
	return &env.FieldError{Field: "filter", Value: "met by no episode",
		Remedy: fmt.Sprintf("ask for less: of %d episodes %d are complete, and the best return is %v", len(headers), complete, best)}
}
