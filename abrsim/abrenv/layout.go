package abrenv

import (
	"fmt"

	"trailblazer/abrsim"
	"trailblazer/api/env"
)

// layout is one form of observations. What an environment remembers for it is
// a slice of float32 of a fixed length, so that environments stay small.
type layout interface {
	space() env.Space
	// memory is how many float32 an environment keeps.
	memory() int
	// begin clears the memory for an episode.
	begin(memory []float32, m *movie)
	// push remembers a downloaded chunk.
	push(memory []float32, m *movie, c *abrsim.Chunk)
	// show writes the observation in state s to a row.
	show(memory []float32, m *movie, s *abrsim.State, out env.Arrays, row int)
	// check reports whether memory could have come from push.
	check(memory []float32) error
}

func (f *Factory) newLayout() layout {
	c := f.config.Observation
	if c.Layout == LayoutDict {
		return newDict(f, c.History)
	}
	return newMatrix(f, c.History)
}

// checkBounds reports the first number outside bounds.
func checkBounds(memory []float32, bound func(i int) float64) error {
	for i, x := range memory {
		if !(x >= 0 && float64(x) <= bound(i)) {
			return fmt.Errorf("observation element %d is %v", i, x)
		}
	}
	return nil
}

// round32 rounds a bound as the numbers below it are rounded, so that none
// steps over it.
func round32(bound float64) float64 { return float64(float32(bound)) }
