package stats

import (
	"math/rand/v2"
	"slices"
)

// Part is the observations of one episode.
type Part []float64

// Add adds one observation.
func (p *Part) Add(x float64) { *p = append(*p, x) }

// Mean is the mean of all observations of all parts, with an interval for it.
type Mean struct {
	Value float64
	// Low and High bound the 95 % percentile bootstrap interval over parts;
	// with fewer than two parts both are Value.
	Low, High float64
}

// resamples is how often the bootstrap draws; the interval's ends are then
// good to about two digits of its width.
const resamples = 2000

// PooledMean returns the mean over the parts. The bootstrap draws whole parts,
// since observations within an episode depend on each other, and always the
// same ones for the same number of parts.
func PooledMean(parts []Part) Mean {
	all := slices.Concat(parts...)
	if len(all) == 0 {
		return Mean{}
	}
	mean := Sum(all) / float64(len(all))
	if len(parts) < 2 {
		return Mean{mean, mean, mean}
	}
	sums := make([]float64, len(parts))
	for i, p := range parts {
		sums[i] = Sum(p)
	}
	return bootstrap(mean, len(parts), func(times []int) float64 {
		sum, n := 0.0, 0
		for i, k := range times {
			sum += float64(float64(k) * sums[i])
			n += k * len(parts[i])
		}
		return sum / float64(n)
	})
}

// Bootstrap returns a value of some parts with the 95 % percentile bootstrap
// interval over them: of says what the value is if each part is taken so many
// times. With fewer than two parts the interval is the value.
func Bootstrap(parts int, of func(times []int) float64) Mean {
	once := make([]int, parts)
	for i := range once {
		once[i] = 1
	}
	value := of(once)
	if parts < 2 {
		return Mean{value, value, value}
	}
	return bootstrap(value, parts, of)
}

// bootstrap returns a value with the interval in which it lies when whole parts
// are drawn anew: of says what the value is if each part is taken so many
// times. For the same number of parts it always draws the same ones.
func bootstrap(value float64, parts int, of func(times []int) float64) Mean {
	random := rand.New(rand.NewPCG(uint64(parts), 95))
	values := make([]float64, 0, resamples)
	times := make([]int, parts)
	for range resamples {
		clear(times)
		for range parts {
			times[random.IntN(parts)]++
		}
		values = append(values, of(times))
	}
	low, high := interval(value, values)
	return Mean{value, low, high}
}
