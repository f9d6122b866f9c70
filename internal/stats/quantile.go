package stats

import (
	"cmp"
	"math"
	"slices"
)

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
		below, wanted := 0, max(1, int(math.Ceil(q*float64(n))))
		for _, o := range all {
			if below += times[o.part]; below >= wanted {
				return o.x
			}
		}
		return math.NaN() // Only empty parts were drawn.
	}
	once := make([]int, len(parts))
	for i := range once {
		once[i] = 1
	}
	value := of(once)
	if len(parts) < 2 {
		return Mean{value, value, value}
	}
	return bootstrap(value, len(parts), of)
}

// AddRatio adds one observation of a ratio: what it is a share of, and how much
// of that. A part holds either ratios or numbers.
func (p *Part) AddRatio(numerator, denominator float64) { *p = append(*p, numerator, denominator) }

// PooledRatio returns the sum of all numerators over the sum of all
// denominators; 0 where the latter is 0.
func PooledRatio(parts []Part) Mean {
	type sums struct{ numerator, denominator float64 }
	totals := make([]sums, len(parts))
	var all sums
	for i, p := range parts {
		for k := 0; k+1 < len(p); k += 2 {
			totals[i].numerator += p[k]
			totals[i].denominator += p[k+1]
		}
		all.numerator += totals[i].numerator
		all.denominator += totals[i].denominator
	}
	if all.denominator == 0 {
		return Mean{}
	}
	value := all.numerator / all.denominator
	if len(parts) < 2 {
		return Mean{value, value, value}
	}
	return bootstrap(value, len(parts), func(times []int) float64 {
		var sum sums
		for i, k := range times {
			sum.numerator += float64(float64(k) * totals[i].numerator)
			sum.denominator += float64(float64(k) * totals[i].denominator)
		}
		return sum.numerator / sum.denominator
	})
}
