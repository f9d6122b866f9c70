package stats

import (
	"cmp"
	"math"
	"slices"
)

// Quantile returns the q-quantile of ascending numbers: the smallest that at
// least the share q of them do not exceed; no number where there are none.
func Quantile(ascending []float64, q float64) float64 {
	if len(ascending) == 0 {
		return math.NaN()
	}
	return ascending[min(len(ascending), rank(q, len(ascending)))-1]
}

// rank is how many of n numbers the q-quantile is not below, at least 1.
func rank(q float64, n int) int { return max(1, int(math.Ceil(q*float64(n)))) }

// PooledQuantile returns the q-quantile of all observations of all parts: the
// smallest that at least the share q of them do not exceed. The bootstrap
// draws whole parts, as [PooledMean]'s.
func PooledQuantile(parts []Part, q float64) Mean {
	type observation struct {
		x    float64
		part int
	}
	var all []observation
	for i, p := range parts {
		for _, x := range p {
			all = append(all, observation{x, i})
		}
	}
	if len(all) == 0 {
		return Mean{}
	}
	slices.SortFunc(all, func(a, b observation) int { return cmp.Compare(a.x, b.x) })
	of := func(times []int) float64 {
		n := 0
		for i, k := range times {
			n += k * len(parts[i])
		}
		below, wanted := 0, rank(q, n)
		for _, o := range all {
			if below += times[o.part]; below >= wanted {
				return o.x
			}
		}
		return math.NaN() // Only empty parts were drawn.
	}
	return Bootstrap(len(parts), of)
}

// AddRatio adds one observation of a ratio: what it is a share of, and how much
// of that. A part holds either ratios or numbers.
func (p *Part) AddRatio(numerator, denominator float64) { *p = append(*p, numerator, denominator) }

// PooledRatio returns the sum of all numerators over the sum of all
// denominators; 0 where the latter is 0.
func PooledRatio(parts []Part) Mean {
	totals := make([]Total, len(parts))
	var all Total
	for i, p := range parts {
		totals[i] = p.RatioTotal()
		all.Sum += totals[i].Sum
		all.Weight += totals[i].Weight
	}
	if all.Weight == 0 {
		return Mean{}
	}
	value := all.Sum / all.Weight
	if len(parts) < 2 {
		return Mean{value, value, value}
	}
	return bootstrap(value, len(parts), func(times []int) float64 {
		var sum Total
		for i, k := range times {
			sum.Sum += float64(float64(k) * totals[i].Sum)
			sum.Weight += float64(float64(k) * totals[i].Weight)
		}
		return sum.Sum / sum.Weight
	})
}
