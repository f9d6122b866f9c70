package lookahead

import (
	"fmt"

	"trailblazer/internal/setting"
)

// Options say how far and how often to simulate. The zero value is what works
// best for its cost.
type Options struct {
	// HorizonMs is for how long jobs arrive in a simulation, in ms of its
	// time; it ends when all that have arrived are complete. 0 means
	// [DefaultHorizonMs].
	HorizonMs float64
	// Scenarios is in how many futures a decision is tried before it is
	// preferred to the rule's. 0 means [DefaultScenarios].
	Scenarios int
	// Errors is by how many standard errors it must be better. 0 means
	// [DefaultErrors].
	Errors float64
}

// The defaults and bounds of [Options].
const (
	DefaultHorizonMs = 30_000
	DefaultScenarios = 12
	DefaultErrors    = 0.5

	maxHorizonMs = 1e9
	minScenarios = 2
	maxScenarios = 10_000
	maxErrors    = 1e6
)

// WithDefaults fills in what is not set.
func (o Options) WithDefaults() Options {
	if o.HorizonMs == 0 {
		o.HorizonMs = DefaultHorizonMs
	}
	if o.Scenarios == 0 {
		o.Scenarios = DefaultScenarios
	}
	if o.Errors == 0 {
		o.Errors = DefaultErrors
	}
	return o
}

// Validate reports what is out of range as a *setting.Error.
func (o Options) Validate() error {
	o = o.WithDefaults()
	switch {
	case !(o.HorizonMs > 0 && o.HorizonMs <= maxHorizonMs):
		return setting.Refuse("horizon_ms", o.HorizonMs, "is no horizon", fmt.Sprintf("give milliseconds above 0, at most %g", float64(maxHorizonMs)))
	case o.Scenarios < minScenarios || o.Scenarios > maxScenarios:
		return setting.Refuse("scenarios", o.Scenarios, "have no standard error, or take too long", fmt.Sprintf("give %d to %d", minScenarios, maxScenarios))
	case !(o.Errors > 0 && o.Errors <= maxErrors):
		return setting.Refuse("errors", o.Errors, "is no number of standard errors", fmt.Sprintf("give one above 0, at most %g", float64(maxErrors)))
	}
	return nil
}
