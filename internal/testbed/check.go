package testbed

import (
	"math"
	"slices"
)

// Report is what was measured.
type Report struct {
	// OpenLoop and ClosedLoop have a check for each thing that is compared.
	OpenLoop   []Check `json:"open_loop"`
	ClosedLoop []Check `json:"closed_loop"`
	// Packets of the open loop, and repeats of the closed one.
	Packets int `json:"packets"`
	Repeats int `json:"repeats"`
}

// Passed reports whether all checks have.
func (r *Report) Passed() bool {
	missed := func(c Check) bool { return !c.Passed }
	return !slices.ContainsFunc(r.OpenLoop, missed) && !slices.ContainsFunc(r.ClosedLoop, missed)
}

// Check compares one quantity.
type Check struct {
	// Name is the quantity's, Unit that of its values.
	Name string `json:"name"`
	Unit string `json:"unit,omitempty"`
	// Real and Simulated are the means over the repeats, and the least and the
	// greatest of them; null where Difference is all that there is.
	Real      *Range `json:"real"`
	Simulated *Range `json:"simulated"`
	// Difference is the simulated mean less the real one, or what percentage
	// of it that is. Up to Tolerance of it, of either sign, is good.
	Difference     float64 `json:"difference"`
	DifferenceUnit string  `json:"difference_unit,omitempty"`
	Tolerance      float64 `json:"tolerance"`
	Passed         bool    `json:"passed"`
}

// Range is a mean of values, and their extremes.
type Range struct {
	Mean float64 `json:"mean"`
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

func newRange(values []float64) *Range {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return &Range{sum / float64(len(values)), slices.Min(values), slices.Max(values)}
}

// bound checks an error that has no sign.
func bound(name, unit string, value, tolerance float64) Check {
	return Check{Name: name, Difference: value, DifferenceUnit: unit, Tolerance: tolerance, Passed: value <= tolerance}
}

// compare checks a difference in the values' own unit.
func compare(name, unit string, real, simulated []float64, tolerance float64) Check {
	c := Check{Name: name, Unit: unit, Real: newRange(real), Simulated: newRange(simulated), DifferenceUnit: unit, Tolerance: tolerance}
	c.Difference = c.Simulated.Mean - c.Real.Mean
	c.Passed = math.Abs(c.Difference) <= tolerance
	return c
}

// compareRelative checks a difference in percent.
func compareRelative(name, unit string, real, simulated []float64, tolerance float64) Check {
	c := compare(name, unit, real, simulated, tolerance)
	c.Difference, c.DifferenceUnit = 100*c.Difference/c.Real.Mean, "%"
	c.Passed = math.Abs(c.Difference) <= tolerance
	return c
}
