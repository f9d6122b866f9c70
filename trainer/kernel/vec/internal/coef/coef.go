// Package coef holds the constants of vec's functions, which its plain code
// and the generator of its assembly share.
package coef

import "math"

// Constants of e^x. With n the whole number next to x/ln 2 and r = x − n·ln 2,
// e^x = 2^n·e^r.
const (
	// Above ExpMost e^x stays at e^ExpMost, so that 1/(1+e^x) is no subnormal
	// number; at ExpLeast it is 0.
	ExpMost, ExpLeast = 87, -88
	// Adding ExpRound leaves no bits for a fraction, so that the lowest bits
	// are n + 127: the biased exponent of 2^n, 0 for n = -127.
	ExpRound = 3<<22 + 127
	// ln 2 in two parts; the first has so few bits that n times it is exact.
	Ln2High = 0x1.62e4p-1
	Ln2Low  = math.Ln2 - Ln2High
	// (e^r − 1 − r)/r² for |r| ≤ ln 2/2, by powers of r: the polynomial whose
	// greatest relative error in e^r, 3.1e-9, is least.
	Exp2, Exp3, Exp4, Exp5, Exp6 = 0.499999934, 0.1666651997, 0.0416683958, 0.008368796688, 0.001381443314
)

// Constants of Φ, the distribution function of the normal distribution, after
// Abramowitz and Stegun, "Handbook of Mathematical Functions", formula 7.1.26:
// erf z = 1 − (a1·t + … + a5·t⁵)·e^(−z²) with t = 1/(1 + p·z), to within
// 1.5e-7 for z ≥ 0. With z = x/√2, 1 − Φ(x) is half of what is subtracted.
const (
	ErfP = 0.3275911 / math.Sqrt2
	Erf1 = 0.254829592 / 2
	Erf2 = -0.284496736 / 2
	Erf3 = 1.421413741 / 2
	Erf4 = -1.453152027 / 2
	Erf5 = 1.061405429 / 2
	// NormalDensity is φ(0).
	NormalDensity = 1 / (math.Sqrt2 * math.SqrtPi)
)

// Constants of the GELU of GPT-2, 0.5·x·(1 + tanh u) with
// u = √(2/π)·(x + 0.044715·x³) (Hendrycks and Gimpel, section 2). As
// 0.5·(1 + tanh u) = σ(2u), it is x·σ(2u), and 2u = x·(GELULinear +
// GELUCubic·x²).
const (
	GELULinear = 2 * math.Sqrt2 / math.SqrtPi
	GELUCubic  = GELULinear * 0.044715
)

// Constants of Philox-2x32 with ten rounds (Salmon, Moraes, Dror and Shaw,
// "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011).
const (
	PhiloxRounds     = 10
	PhiloxMultiplier = 0xd256d193
	PhiloxStep       = 0x9e3779b9
)
