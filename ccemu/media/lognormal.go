package media

import (
	"math"

	"trailblazer/internal/draw"
)

// lognormal draws sizes relative to their mean: exp(σz) over its mean, with z
// from [draw.Draws.Bell].
type lognormal struct {
	deviation, mean float64
	draws           draw.Draws
}

// newLognormal prepares draws; a deviation that is not positive is none. The
// mean of exp(σz) is that of exp(σ(u-1/2)), sinh(σ/2)/(σ/2), to the power of
// the twelve uniforms u that z is the sum of.
func newLognormal(deviation float64, draws draw.Draws) lognormal {
	l := lognormal{deviation: max(deviation, 0), mean: 1, draws: draws}
	if l.deviation > 0 {
		half := l.deviation / 2
		uniform := (exp(half) - exp(-half)) / l.deviation
		for range 12 {
			l.mean *= uniform
		}
	}
	return l
}

// next draws a size.
func (l *lognormal) next() float64 {
	if l.deviation == 0 {
		return 1
	}
	return exp(l.deviation*l.draws.Bell()) / l.mean
}

// exp is the exponential function by its series and repeated squaring, to
// about 1e-13: math.Exp differs in the last bit between platforms.
func exp(x float64) float64 {
	if x < -700 {
		return 0
	}
	squarings := 0
	for math.Abs(x) > 0.5 {
		x /= 2
		squarings++
	}
	e := 1.0
	for i := 14; i > 0; i-- {
		e = 1 + float64(x*e)/float64(i)
	}
	for range squarings {
		e *= e
	}
	return e
}
