package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"trailblazer/api/env"
	"trailblazer/trainer/online"
	"trailblazer/trainer/train"
)

// settle makes a preset play what is there. The presets learn from published traces
// of which none is the test's, nor of the same capture; of the built-in data, whose
// tests are drawn apart, there is nothing to leave out. Validation follows.
func (f *onlineFlags) settle(cmd *cobra.Command, c *online.Config) error {
	listing, err := openListing(cmd, &f.data, &f.remote)
	if err != nil {
		return err
	}
	defer listing.close()
	local, err := f.data.catalog()
	if err != nil {
		return err
	}
	if f.given("scenario") {
		c.Scenario = f.scenario
	}
	there, here := atHand(listing.environments), atHand(local.Environments())
	c.Scenario = wholeOf(c.Scenario, there)
	for i := range c.Curriculum.Mixture {
		p := &c.Curriculum.Mixture[i]
		p.Scenario = wholeOf(p.Scenario, there)
	}
	// Validation plays here, wherever what is learned from does.
	play := &c.Validation.Play.Name
	if fit := strings.HasPrefix(c.Scenario, "abr/fit"); strings.HasPrefix(*play, "abr/valid") && (fit || !here(*play)) {
		learned := c.Scenario
		if !fit { // Of generated traces none is anything's.
			learned = "abr/fit"
		}
		*play = train.BitrateScenario(learned, here("abr/train-file-clean")).Name
	}
	return nil
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
