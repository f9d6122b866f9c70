package trace

import (
	"math"
	"math/rand/v2"

	"trailblazer/internal/splitmix"
)

// draws are the random numbers of the generators. They use a generator whose
// algorithm is specified, and only additions, products and roundings on top
// of it, so that every platform and every Go release generates the same
// bytes. The float64 conversions keep compilers from fusing a product with a
// sum, which rounds once instead of twice.
type draws struct{ pcg *rand.PCG }

// newDraws starts the stream of item i of a generated set.
func newDraws(seed uint64, i int) draws {
	return draws{rand.NewPCG(splitmix.Mix(seed, 2*uint64(i)), splitmix.Mix(seed, 2*uint64(i)+1))}
}

// unit draws from [0, 1).
func (d draws) unit() float64 { return float64(float64(d.pcg.Uint64()>>11) / (1 << 53)) }

// between draws from [low, high).
func (d draws) between(low, high float64) float64 { return low + float64((high-low)*d.unit()) }

// count draws a whole number from low to high.
func (d draws) count(low, high int) int { return low + int(d.unit()*float64(high-low+1)) }

// bell draws from an approximately normal distribution of mean 0 and standard
// deviation 1, within ±6: the sum of twelve uniforms.
func (d draws) bell() float64 {
	sum := -6.0
	for range 12 {
		sum += d.unit()
	}
	return sum
}

// from draws from a distribution given by its quantiles at even steps from 0
// to 1, straight lines in between.
func (d draws) from(quantiles []float64) float64 {
	at := float64(d.unit() * float64(len(quantiles)-1))
	i := int(at)
	return quantiles[i] + float64((at-float64(i))*(quantiles[i+1]-quantiles[i]))
}

// grid rounds to a whole number of steps of 1/perUnit.
func grid(x, perUnit float64) float64 { return math.Round(x*perUnit) / perUnit }
