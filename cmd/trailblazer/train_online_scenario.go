package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"trailblazer/api/env"
	"trailblazer/trainer/online"
	"trailblazer/trainer/train"
)

// settler makes presets play what is there. They learn from published traces of which
// none is the test's, nor of the same capture; of the built-in data, whose tests are
// drawn apart, there is nothing to leave out. Validation follows.
func (f *onlineFlags) settler(cmd *cobra.Command) (func(c *online.Config), error) {
	listing, err := openListing(cmd, &f.data, &f.remote)
	if err != nil {
		return nil, err
	}
	defer listing.close()
	local, err := f.data.catalog()
	if err != nil {
		return nil, err
	}
	there, here := atHand(listing.environments), atHand(local.Environments())
	return func(c *online.Config) {
		if f.given("scenario") {
			c.Scenario = f.scenario
		}
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
	}, nil
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
