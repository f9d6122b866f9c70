package trace

import "math"

// grid rounds to a whole number of steps of 1/perUnit.
func grid(x, perUnit float64) float64 { return math.Round(x*perUnit) / perUnit }
