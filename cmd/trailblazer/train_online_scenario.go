package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"trailblazer/api/env"
	"trailblazer/trainer/online"
	"trailblazer/trainer/train"
)

// places are where a model can learn, and play in validation.
type places struct {
	// environments are those to learn in, there tells their scenarios that can be
	// made, and here those of this process.
	environments []env.Environment
	there, here  func(scenario string) bool
}

func (f *onlineFlags) places(cmd *cobra.Command) (*places, error) {
	listing, err := openListing(cmd, &f.data, &f.remote)
	if err != nil {
		return nil, err
	}
	defer listing.close()
	local, err := f.data.catalog()
	if err != nil {
		return nil, err
	}
	return &places{listing.environments, atHand(listing.environments), atHand(local.Environments())}, nil
}

// settle makes a preset play what is there. The presets learn from published traces
// of which none is the test's, nor of the same capture; of the built-in data, whose
// tests are drawn apart, there is nothing to leave out. Validation follows.
func (f *onlineFlags) settle(c *online.Config, p *places) {
	if f.given("scenario") {
		c.Scenario = f.scenario
	}
	c.Scenario = wholeOf(c.Scenario, p.there)
	for i := range c.Curriculum.Mixture {
		part := &c.Curriculum.Mixture[i]
		part.Scenario = wholeOf(part.Scenario, p.there)
	}
	// Validation plays here, wherever what is learned from does.
	play := &c.Validation.Play.Name
	if fit := strings.HasPrefix(c.Scenario, "abr/fit"); strings.HasPrefix(*play, "abr/valid") && (fit || !p.here(*play)) {
		learned := c.Scenario
		if !fit { // Of generated traces none is anything's.
			learned = "abr/fit"
		}
		*play = train.BitrateScenario(learned, p.here("abr/train-file-clean")).Name
	}
}

// check refuses scenarios that a config names, by a preset or none, and that its
// environment does not have.
func (p *places) check(raw json.RawMessage, preset string) error {
	var c struct {
		Environment string `json:"environment"`
		Scenario    string `json:"scenario"`
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return nil // Whoever reads the whole config says more.
	}
	at := slices.IndexFunc(p.environments, func(e env.Environment) bool { return e.ID == c.Environment })
	if at < 0 || c.Scenario == "" || has(&p.environments[at], c.Scenario) {
		return nil
	}
	what := "the config is"
	if preset != "" {
		what = "the preset " + preset + " is"
	}
	for _, other := range p.environments {
		if has(&other, c.Scenario) {
			return fmt.Errorf("the scenario %s is one of %s, and %s for %s", c.Scenario, other.ID, what, c.Environment)
		}
	}
	var known []string
	for _, s := range p.environments[at].Scenarios {
		known = append(known, s.Name)
	}
	return &env.NotFoundError{Kind: "scenario", Name: c.Scenario, Known: known}
}

// has reports whether an environment has a scenario, be it one that can't be made.
func has(e *env.Environment, scenario string) bool {
	return slices.ContainsFunc(e.Scenarios, func(s env.Scenario) bool { return s.Name == scenario })
}

// atHand tells scenarios that can be made.
func atHand(environments []env.Environment) func(name string) bool {
	return func(name string) bool {
		return slices.ContainsFunc(environments, func(e env.Environment) bool {
			return slices.ContainsFunc(e.Scenarios, func(s env.Scenario) bool { return s.Name == name && s.Unavailable == "" })
		})
	}
}

// wholeOf is a scenario, or, where it is not there, the one that it leaves traces
// out of: of "abr/fit-leak-free" that is "abr/fit".
func wholeOf(name string, there func(string) bool) string {
	if whole, ok := strings.CutSuffix(name, "-leak-free"); ok && !there(name) && there(whole) {
		return whole
	}
	return name
}
