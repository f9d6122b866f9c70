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
	// Repeats of both, and Packets in those of the open loop.
	Repeats int `json:"repeats"`
	Packets int `json:"packets"`
}

// Count says how many checks have a verdict.
func (r *Report) Count(v Verdict) (n int) {
	for _, c := range slices.Concat(r.OpenLoop, r.ClosedLoop) {
		if c.Verdict == v {
			n++
		}
	}
	return n
}

// Verdict is what a check comes to.
type Verdict string

// The verdicts. What is out of tolerance by no more than the uncertainty needs
// more repeats.
const (
	Met    Verdict = "met"
	Missed Verdict = "missed"
	Unsure Verdict = "unsure"
)

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
	// of it that is, and Uncertainty two standard errors of it. Up to Tolerance
	// of it, of either sign, is good.
	Difference     float64 `json:"difference"`
	Uncertainty    float64 `json:"uncertainty"`
	DifferenceUnit string  `json:"difference_unit,omitempty"`
	Tolerance      float64 `json:"tolerance"`
	Verdict        Verdict `json:"verdict"`
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

// variance is the unbiased one; NaN of a single value.
func (r *Range) variance(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += (v - r.Mean) * (v - r.Mean)
	}
	return sum / float64(len(values)-1)
}

// bound checks an error that has no sign.
func bound(name, unit string, value, tolerance float64) Check {
	c := Check{Name: name, Difference: value, DifferenceUnit: unit, Tolerance: tolerance}
	c.judge()
	return c
}

// compare checks a difference in the values' own unit. Values may be of pairs,
// so that what varies from repeat to repeat does so in both; else, where there
// is one real value only, it is taken to vary as the simulated ones do.
func compare(name, unit string, real, simulated []float64, tolerance float64, pairs bool) Check {
	c := Check{Name: name, Unit: unit, Real: newRange(real), Simulated: newRange(simulated), DifferenceUnit: unit, Tolerance: tolerance}
	c.Difference = c.Simulated.Mean - c.Real.Mean
	if !pairs {
		spread := c.Simulated.variance(simulated)
		noise := spread / float64(len(simulated))
		if len(real) > 1 {
			spread = c.Real.variance(real)
		}
		c.Uncertainty = 2 * math.Sqrt(noise+spread/float64(len(real)))
	}
	c.judge()
	return c
}

// compareRelative checks a difference in percent.
func compareRelative(name, unit string, real, simulated []float64, tolerance float64, pairs bool) Check {
	c := compare(name, unit, real, simulated, tolerance, pairs)
	c.Difference, c.Uncertainty, c.DifferenceUnit = 100*c.Difference/c.Real.Mean, 100*c.Uncertainty/c.Real.Mean, "%"
	c.judge()
	return c
}

func (c *Check) judge() {
	switch off := math.Abs(c.Difference); {
	case off <= c.Tolerance:
		c.Verdict = Met
	case off-c.Uncertainty <= c.Tolerance:
		c.Verdict = Unsure
	default:
		c.Verdict = Missed
	}
}
