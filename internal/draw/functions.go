package draw

import "math"

// The two parts of ln 2: k·ln2High is exact for |k| < 2^20.
const (
	ln2High = 0x1.62e42fee00000p-1
	ln2Low  = 0x1.a39ef35793c76p-33
)

// Exp returns e^x, the same bits on every platform, which math.Exp does not
// promise. The error is below 1e-15, relative.
func Exp(x float64) float64 {
	switch {
	case x > 709:
		return math.Inf(1)
	case x < -708:
		return 0
	}
	k := math.Round(x / math.Ln2)
	r := (x - float64(k*ln2High)) - float64(k*ln2Low) // |r| < 0.35
	sum := 1.0
	for n := 14.0; n > 0; n-- {
		sum = 1 + float64(float64(r/n)*sum)
	}
	return math.Ldexp(sum, int(k))
}

// Log returns the natural logarithm of a positive number, the same bits on
// every platform. The error is below 1e-15, relative or absolute.
func Log(x float64) float64 {
	m, exponent := math.Frexp(x)
	if m < math.Sqrt2/2 {
		m, exponent = 2*m, exponent-1
	}
	// ln m = 2 artanh(s), |s| < 0.172.
	s := (m - 1) / (m + 1)
	square := float64(s * s)
	sum := 0.0
	for n := 25.0; n > 0; n -= 2 {
		sum = 1/n + float64(square*sum)
	}
	k := float64(exponent)
	return float64(k*ln2High) + (float64(2*float64(s*sum)) + float64(k*ln2Low))
}

// Sine returns the sine of a number of turns, the same bits on every
// platform. The error is below 1e-15.
func Sine(turns float64) float64 {
	t := turns - math.Round(turns)
	if t > 0.25 {
		t = 0.5 - t
	} else if t < -0.25 {
		t = -0.5 - t
	}
	x := float64(2 * math.Pi * t)
	square := float64(x * x)
	sum := 1.0
	for n := 22.0; n > 0; n -= 2 {
		sum = 1 - float64(float64(square/(n*(n+1)))*sum)
	}
	return float64(x * sum)
}
