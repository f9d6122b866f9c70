package policy

import (
	"encoding/json"
	"slices"

	"trailblazer/api/env"
	"trailblazer/ccemu/control"
	"trailblazer/ccemu/feedback"
	"trailblazer/internal/policyname"
)

// Parameter is one number that a policy's name may carry.
type Parameter = policyname.Parameter

// Description says what a policy is and which parameters its name may carry.
type Description struct {
	Name, Summary string
	// Parameters are in the order in which they are given without a key.
	Parameters []Parameter
	// Privileged policies read from info what no sender can know.
	Privileged bool
	// Probes says that it sends probe clusters, in environments whose actions
	// have a number for them.
	Probes bool
}

const oracleName = "oracle"

// Descriptions lists all policies.
func Descriptions() []Description {
	var list []Description
	for _, d := range control.Descriptions() {
		list = append(list, Description{Name: d.Name, Summary: d.Summary, Parameters: d.Parameters, Probes: d.Probes})
	}
	return append(list, Description{Name: oracleName, Summary: "the true bandwidth of the coming step: the expert of the paper", Privileged: true})
}

// Settings returns the configuration, a JSON object, in which the policies of
// these names do what they can: controllers look at packets, and an action has a
// second number only where one of them probes.
func Settings(names []string) json.RawMessage {
	for _, d := range Descriptions() {
		if d.Probes && slices.ContainsFunc(names, func(name string) bool { return policyname.Base(name) == d.Name }) {
			return json.RawMessage(`{"packets": true, "probes": true}`)
		}
	}
	return json.RawMessage(`{"packets": true}`)
}

// New makes the policy of this name for environments of a spec, which must be
// trailblazer/CC-v0. A name that does not exist is an *env.NotFoundError, wrong
// parameters and environments that do not show what it needs are an
// *env.FieldError.
func New(name string, spec *env.Spec) (env.Policy, error) {
	base, descriptions := policyname.Base(name), Descriptions()
	at := slices.IndexFunc(descriptions, func(d Description) bool { return d.Name == base })
	if at < 0 {
		var known []string
		for _, d := range descriptions {
			known = append(known, d.Name)
		}
		return nil, &env.NotFoundError{Kind: "policy", Name: base, Known: known}
	}
	values, err := policyname.Values(name, descriptions[at].Parameters, nil)
	if err != nil {
		return nil, err
	}
	if base == oracleName {
		return newOracle(spec)
	}
	return NewPlayer(spec, func() (feedback.Controller, error) { return control.New(base, values) })
}
