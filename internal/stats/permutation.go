package stats

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
)

const (
	// mostExact is up to how many pairs all ways of swapping them are tried.
	mostExact = 14
	// swaps is how many are drawn beyond that: a p-value of 0.05 is then good
	// to ±0.003 (two standard errors), and the least possible is 1/20001.
	swaps = 20_000
)

// PairedPermutation returns the two-sided p-value of the difference that
// [PairedTotals] returns: how often it would be at least as far from 0 as it is
// if the toss of a coin said which of a pair's totals is whose, which is so if
// two policies do the same in every episode. All totals need a weight. Where
// the weights of a pair are the same, this is the test that flips the signs of
// differences.
//
// Up to 14 pairs that differ it is exact; beyond that, swaps are drawn, always
// the same ones for the same number. Source: Fisher, "The Design of
// Experiments" (1935), §21; the drawn form counts what was observed, as
// Phipson and Smyth (2010) ask for.
func PairedPermutation(totals, others []Total) float64 {
	test := permutation{pairs: make([]Total, 0, len(totals))}
	var observed Total
	size, least := 0.0, 0.0
	for i, a := range totals {
		b := others[i]
		test.all.Sum += a.Sum + b.Sum
		test.all.Weight += a.Weight + b.Weight
		size += math.Abs(a.Sum) + math.Abs(b.Sum)
		least += min(a.Weight, b.Weight)
		d := Total{a.Sum - b.Sum, a.Weight - b.Weight}
		observed.Sum, observed.Weight = observed.Sum+d.Sum, observed.Weight+d.Weight
		if d.Sum < 0 || d.Sum == 0 && d.Weight < 0 { // The result is the same whoever comes first.
			d = Total{-d.Sum, -d.Weight}
		}
		if d != (Total{}) { // Else swapping changes nothing.
			test.pairs = append(test.pairs, d)
		}
	}
	if len(test.pairs) == 0 {
		return 1
	}
	// Differences that differ by rounding alone are as far.
	test.far = test.apart(observed.Sum, observed.Weight) - 1e-12*size/least
	if len(test.pairs) <= mostExact {
		return test.exact()
	}
	return test.drawn()
}

// permutation is what a test of pairs needs. If the first ones have more than
// the second ones by some sum and weight, and all together have all, each side
// has half of what is all, plus or minus these.
type permutation struct {
	all   Total
	pairs []Total // by how much the first is above the second
	far   float64
}

// apart is how far the two means are apart.
func (t *permutation) apart(sum, weight float64) float64 {
	return math.Abs((t.all.Sum+sum)/(t.all.Weight+weight) - (t.all.Sum-sum)/(t.all.Weight-weight))
}

func (t *permutation) exact() float64 {
	count := 0
	for signs := range 1 << len(t.pairs) {
		sum, weight := 0.0, 0.0
		for i, d := range t.pairs {
			if signs>>i&1 != 0 {
				d = Total{-d.Sum, -d.Weight}
			}
			sum, weight = sum+d.Sum, weight+d.Weight
		}
		if t.apart(sum, weight) >= t.far {
			count++
		}
	}
	return float64(count) / float64(int(1)<<len(t.pairs))
}

func (t *permutation) drawn() float64 {
	random := rand.New(rand.NewPCG(uint64(len(t.pairs)), 97))
	count := 1
	for range swaps {
		sum, weight := 0.0, 0.0
		for low := 0; low < len(t.pairs); low += 64 {
			signs := random.Uint64()
			for _, d := range t.pairs[low:min(low+64, len(t.pairs))] {
				sum += math.Float64frombits(math.Float64bits(d.Sum) ^ signs<<63)
				weight += math.Float64frombits(math.Float64bits(d.Weight) ^ signs<<63)
				signs >>= 1
			}
		}
		if t.apart(sum, weight) >= t.far {
			count++
		}
	}
	return float64(count) / (swaps + 1)
}

// Holm corrects p-values of tests that are made together, so that the chance
// of any false alarm among them stays below the level at which they are read:
// S. Holm, "A simple sequentially rejective multiple test procedure" (1979).
// The result is in the order of ps.
func Holm(ps []float64) []float64 {
	order := make([]int, len(ps))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(ps[a], ps[b]) })
	corrected, largest := make([]float64, len(ps)), 0.0
	for k, i := range order {
		largest = max(largest, min(1, float64(len(ps)-k)*ps[i]))
		corrected[i] = largest
	}
	return corrected
}
