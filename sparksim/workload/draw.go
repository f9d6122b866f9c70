package workload

import (
	"math/rand/v2"

	"trailblazer/internal/splitmix"
)

// draws are random numbers by a generator whose algorithm is specified, with
// only comparisons, additions, products and roundings on top of it, so that
// every platform and every Go release draws the same. The float64 conversions
// keep compilers from fusing a product with a sum, which rounds once instead
// of twice.
type draws struct{ pcg *rand.PCG }

// The streams of a seed. Those of synthetic queries count from 0.
const arrivalStream = 1 << 32

// newDraws starts one of the streams of a seed.
func newDraws(seed, stream uint64) draws {
	return draws{rand.NewPCG(splitmix.Mix(seed, 2*stream), splitmix.Mix(seed, 2*stream+1))}
}

// unit draws from [0, 1).
func (d draws) unit() float64 { return float64(d.pcg.Uint64()>>11) / (1 << 53) }

// between draws from [low, high).
func (d draws) between(low, high float64) float64 { return low + float64((high-low)*d.unit()) }

// below draws a whole number from 0 to n-1.
func (d draws) below(n int) int { return int(d.unit() * float64(n)) }

// from draws from a distribution given by its quantiles at even steps from 0
// to 1, straight lines in between.
func (d draws) from(quantiles []float64) float64 {
	at := float64(d.unit() * float64(len(quantiles)-1))
	i := int(at)
	return quantiles[i] + float64((at-float64(i))*(quantiles[i+1]-quantiles[i]))
}

// exponential draws from the exponential distribution of mean 1. The method
// is von Neumann's ("Various techniques used in connection with random
// digits", 1951): the first of a falling run of uniform numbers is kept where
// the run's length is odd, which it is with probability exp(-first). It needs
// no logarithm, whose last bit depends on the platform.
func (d draws) exponential() float64 {
	for whole := 0.0; ; whole++ {
		first := d.unit()
		length := 1
		for last, next := first, d.unit(); next < last; last, next = next, d.unit() {
			length++
		}
		if length%2 == 1 {
			return whole + first
		}
	}
}
