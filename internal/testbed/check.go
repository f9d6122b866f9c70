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

// bound checks an error that has no sign.
func bound(name, unit string, value, tolerance float64) Check {
	c := Check{Name: name, Difference: value, DifferenceUnit: unit, Tolerance: tolerance}
	c.judge()
	return c
}

// compare checks a difference in the values' own unit. For each real value there
// are some simulated ones of the same repeat; so repeats may differ, and the
// uncertainty is what the difference varies by. Of a single repeat it is what
// the simulated values vary by.
func compare(name, unit string, real []float64, simulated [][]float64, tolerance float64) Check {
	all := slices.Concat(simulated...)
	c := Check{Name: name, Unit: unit, Real: newRange(real), Simulated: newRange(all), DifferenceUnit: unit, Tolerance: tolerance}
	differences := make([]float64, len(real))
	for i, values := range simulated {
		differences[i] = newRange(values).Mean - real[i]
	}
	c.Difference = newRange(differences).Mean
	switch {
	case len(real) > 1:
		c.Uncertainty = 2 * math.Sqrt(variance(differences)/float64(len(real)))
	case len(all) > 1:
		c.Uncertainty = 2 * math.Sqrt(variance(all))
	}
	c.judge()
	return c
}

// variance is the unbiased one of two values or more.
func variance(values []float64) float64 {
	mean, sum := newRange(values).Mean, 0.0
	for _, v := range values {
		sum += (v - mean) * (v - mean)
	}
	return sum / float64(len(values)-1)
}

// relative turns the difference into percent of the real mean.
func (c *Check) relative() {
	c.Difference, c.Uncertainty, c.DifferenceUnit = 100*c.Difference/c.Real.Mean, 100*c.Uncertainty/c.Real.Mean, "%"
	c.judge()
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
