// Package draw has the random numbers of generators of data: by an algorithm
// that is specified, with only comparisons, additions, products and roundings
// on top of it, so that every platform and every Go release generates the
// same. The float64 conversions keep compilers from fusing a product with a
// sum, which rounds once instead of twice.
package draw

import (
	"math/rand/v2"

	"trailblazer/internal/splitmix"
)

// Draws is one stream of random numbers.
type Draws struct{ pcg *rand.PCG }

// New starts a stream of a seed.
func New(seed, stream uint64) Draws {
	return Draws{rand.NewPCG(splitmix.Mix(seed, 2*stream), splitmix.Mix(seed, 2*stream+1))}
}

// Seed starts the stream of a seed in the place of the one that was, without
// allocating; the zero Draws may be started with it too.
func (d *Draws) Seed(seed, stream uint64) {
	if d.pcg == nil {
		d.pcg = new(rand.PCG)
	}
	d.pcg.Seed(splitmix.Mix(seed, 2*stream), splitmix.Mix(seed, 2*stream+1))
}

// Unit draws from [0, 1).
func (d Draws) Unit() float64 { return float64(float64(d.pcg.Uint64()>>11) / (1 << 53)) }

// Between draws from [low, high).
func (d Draws) Between(low, high float64) float64 { return low + float64((high-low)*d.Unit()) }

// LogBetween draws from [low, high], both positive, so that the logarithm is
// uniform.
func (d Draws) LogBetween(low, high float64) float64 {
	return min(max(float64(low*Exp(float64(Log(high/low)*d.Unit()))), low), high)
}

// Chance is true with a probability.
func (d Draws) Chance(probability float64) bool { return d.Unit() < probability }

// Below draws a whole number from 0 to n-1.
func (d Draws) Below(n int) int { return int(d.Unit() * float64(n)) }

// Count draws a whole number from low to high.
func (d Draws) Count(low, high int) int { return low + d.Below(high-low+1) }

// Bell draws from an approximately normal distribution of mean 0 and standard
// deviation 1, within ±6: the sum of twelve uniforms.
func (d Draws) Bell() float64 {
	sum := -6.0
	for range 12 {
		sum += d.Unit()
	}
	return sum
}

// From draws from a distribution given by its quantiles at even steps from 0
// to 1, straight lines in between.
func (d Draws) From(quantiles []float64) float64 {
	at := float64(d.Unit() * float64(len(quantiles)-1))
	i := int(at)
	return quantiles[i] + float64((at-float64(i))*(quantiles[i+1]-quantiles[i]))
}

// Exponential draws from the exponential distribution of mean 1. The method
// is von Neumann's ("Various techniques used in connection with random
// digits", 1951): the first of a falling run of uniform numbers is kept where
// the run's length is odd, which it is with probability exp(-first). It needs
// no logarithm, whose last bit depends on the platform.
func (d Draws) Exponential() float64 {
	for whole := 0.0; ; whole++ {
		first := d.Unit()
		length := 1
		for last, next := first, d.Unit(); next < last; last, next = next, d.Unit() {
			length++
		}
		if length%2 == 1 {
			return whole + first
		}
	}
}
