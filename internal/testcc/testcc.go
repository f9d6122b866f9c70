// Package testcc opens what tests of congestion control play: environments
// ([OpenFactory]) and plausible actions ([Act]).
package testcc

import (
	"math/rand/v2"
	"testing"

	"trailblazer/api/env"
	"trailblazer/ccemu/ccenv"
	"trailblazer/internal/testenv"
)

// OpenFactory opens a scenario on a data directory, or on built-in data where
// dir is empty.
func OpenFactory(tb testing.TB, dir, scenario, config string) *ccenv.Factory {
	tb.Helper()
	library, err := ccenv.NewLibrary(dir)
	if err != nil {
		tb.Fatal(err)
	}
	return testenv.OpenFactory(tb, library, scenario, config)
}

// Act writes a bandwidth from nothing to twice the one that is there for every
// flow, and now and then a probe where actions have one.
func Act(b *env.Batch, i int, action env.Arrays, random *rand.Rand) {
	there := env.Row[float64](b.Info.Find("bottleneck_kbps"), i)
	out := env.Row[float64](&action[0], i)
	width := len(out) / len(there)
	for flow, kbps := range there {
		out[flow*width] = min(2*random.Float64()*kbps, 50_000)
		if width > 1 {
			out[flow*width+1] = 0
			if random.IntN(5) == 0 {
				out[flow*width+1] = min(3*kbps, 50_000)
			}
		}
	}
}
