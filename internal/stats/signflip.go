package stats

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
)

const (
	// mostExact is up to how many pairs all ways of turning their signs are
	// tried.
	mostExact = 14
	// flips is how many are drawn beyond that: a p-value of 0.05 is then good
	// to ±0.003 (two standard errors), and the least possible is 1/20001.
	flips = 20_000
)

// SignFlip returns the two-sided p-value of a paired permutation test: how
// often the sum of the differences would be at least as far from 0 as it is if
// the sign of each were the toss of a coin, which is so if neither of two
// policies is better in any episode. For a weighted mean, differences are those
// of the episodes times their weights. Up to 14 differences that are not 0 it is
// exact; beyond that, signs are drawn, always the same ones for the same
// number. Source: Fisher, "The Design of Experiments" (1935), §21; the drawn
// form counts what was observed, as Phipson and Smyth (2010) ask for.
func SignFlip(differences []float64) float64 {
	sizes := make([]float64, 0, len(differences))
	sum, scale := 0.0, 0.0
	for _, d := range differences {
		if d != 0 { // Its sign changes nothing.
			sizes = append(sizes, math.Abs(d))
		}
		sum += d
		scale += math.Abs(d)
	}
	// Sums that differ by rounding alone are as far.
	far := math.Abs(sum) - 1e-12*scale
	if len(sizes) <= mostExact {
		return exactFlips(sizes, far)
	}
	random := rand.New(rand.NewPCG(uint64(len(sizes)), 97))
	count := 1
	for range flips {
		sum := 0.0
		for low := 0; low < len(sizes); low += 64 {
			signs := random.Uint64()
			for _, size := range sizes[low:min(low+64, len(sizes))] {
				sum += math.Float64frombits(math.Float64bits(size) | signs<<63)
				signs >>= 1
			}
		}
		if math.Abs(sum) >= far {
			count++
		}
	}
	return float64(count) / (flips + 1)
}

func exactFlips(sizes []float64, far float64) float64 {
	count := 0
	for signs := range 1 << len(sizes) {
		sum := 0.0
		for i, size := range sizes {
			if signs>>i&1 != 0 {
				size = -size
			}
			sum += size
		}
		if math.Abs(sum) >= far {
			count++
		}
	}
	return float64(count) / float64(int(1)<<len(sizes))
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
