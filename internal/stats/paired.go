package stats

import (
	"math"
	"math/rand/v2"
	"slices"
)

// PairedDifference returns by how much the mean over parts is above that over
// others, where part i of both is from the same episode, and how much that is
// in percent of the others' mean, which is no number where that is 0. The bootstrap
// draws pairs, so that what makes an episode hard for both cancels out.
func PairedDifference(parts, others []Part) (difference, percent Mean) {
	type total struct{ sum, n float64 }
	totals := make([][2]total, len(parts))
	for i := range parts {
		totals[i] = [2]total{{Sum(parts[i]), float64(len(parts[i]))}, {Sum(others[i]), float64(len(others[i]))}}
	}
	compare := func(draw func() int) (difference, percent float64) {
		var a, b total
		for range totals {
			t := &totals[draw()]
			a.sum, a.n, b.sum, b.n = a.sum+t[0].sum, a.n+t[0].n, b.sum+t[1].sum, b.n+t[1].n
		}
		mean, other := a.sum/a.n, b.sum/b.n
		return mean - other, 100 * (mean - other) / math.Abs(other)
	}
	next := -1
	difference.Value, percent.Value = compare(func() int { next++; return next })
	var differences, percents []float64
	if len(parts) > 1 {
		random := rand.New(rand.NewPCG(uint64(len(parts)), 95))
		for range resamples {
			d, p := compare(func() int { return random.IntN(len(parts)) })
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
