package stats

import (
	"math"
	"math/rand/v2"
	"slices"
)

// Total is what an episode contributes to a mean or a ratio: the numerator and
// what it is divided by.
type Total struct{ Sum, Weight float64 }

// MeanTotal is the total of a part of numbers: their sum and how many they are.
func (p Part) MeanTotal() Total { return Total{Sum(p), float64(len(p))} }

// RatioTotal is the total of a part made with [Part.AddRatio].
func (p Part) RatioTotal() Total {
	var t Total
	for k := 0; k+1 < len(p); k += 2 {
		t.Sum += p[k]
		t.Weight += p[k+1]
	}
	return t
}

// PairedDifference returns by how much the mean over parts is above that over
// others, where part i of both is from the same episode, and how much that is
// in percent of the others' mean, which is no number where that is 0. The bootstrap
// draws pairs, so that what makes an episode hard for both cancels out.
func PairedDifference(parts, others []Part) (difference, percent Mean) {
	totals, otherTotals := make([]Total, len(parts)), make([]Total, len(parts))
	for i := range parts {
		totals[i], otherTotals[i] = parts[i].MeanTotal(), others[i].MeanTotal()
	}
	return PairedTotals(totals, otherTotals)
}

// PairedTotals is [PairedDifference] of episodes of which only the totals are
// known.
func PairedTotals(totals, others []Total) (difference, percent Mean) {
	compare := func(draw func() int) (difference, percent float64) {
		var a, b Total
		for range totals {
			k := draw()
			a.Sum, a.Weight = a.Sum+totals[k].Sum, a.Weight+totals[k].Weight
			b.Sum, b.Weight = b.Sum+others[k].Sum, b.Weight+others[k].Weight
		}
		mean, other := a.Sum/a.Weight, b.Sum/b.Weight
		return mean - other, 100 * (mean - other) / math.Abs(other)
	}
	next := -1
	difference.Value, percent.Value = compare(func() int { next++; return next })
	var differences, percents []float64
	if len(totals) > 1 {
		random := rand.New(rand.NewPCG(uint64(len(totals)), 95))
		for range resamples {
			d, p := compare(func() int { return random.IntN(len(totals)) })
			differences, percents = append(differences, d), append(percents, p)
		}
	}
	difference.Low, difference.High = interval(difference.Value, differences)
	percent.Low, percent.High = interval(percent.Value, percents)
	return difference, percent
}

// interval is what 95 % of the values lie in, those apart that are no numbers;
// without any both ends are value.
func interval(value float64, values []float64) (low, high float64) {
	values = slices.DeleteFunc(values, func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) })
	if len(values) == 0 {
		return value, value
	}
	slices.Sort(values)
	return values[len(values)*25/1000], values[len(values)*975/1000]
}
