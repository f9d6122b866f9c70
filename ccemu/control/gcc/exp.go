package gcc

import "math"

// exp is the exponential function, by its series for a part of the argument and
// squarings: that of package math has other last bits on other platforms.
func exp(x float64) float64 {
	if x < -700 {
		return 0
	}
	squarings := 0
	for ; math.Abs(x) > 0.25; squarings++ {
		x /= 2
	}
	e := 1.0
	for n := 10; n > 0; n-- {
		e = 1 + float64(x*e)/float64(n)
	}
	for range squarings {
		e *= e
	}
	return e
}
