package numpyrand

import (
	"math"
	"math/bits"
)

// Generator is NumPy's Generator over PCG64.
type Generator struct {
	high, low       uint64 // state
	incHigh, incLow uint64 // odd
	// half is the half of a draw that the next 32 bits are taken from.
	half    uint32
	hasHalf bool
	layers  *layers
}

// The multiplier of the 128-bit congruential generator.
const (
	multiplierHigh = 0x2360ED051FC65DA4
	multiplierLow  = 0x4385DF649FCCF645
)

// New seeds a generator as NumPy's SeedSequence(seed) does.
func New(seed uint64) *Generator {
	words := seedWords(seed)
	g := &Generator{layers: newLayers()}
	g.incHigh, g.incLow = words[2]<<1|words[3]>>63, words[3]<<1|1
	g.step()
	var carry uint64
	g.low, carry = bits.Add64(g.low, words[1], 0)
	g.high, _ = bits.Add64(g.high, words[0], carry)
	g.step()
	return g
}

func (g *Generator) step() {
	high, low := bits.Mul64(g.low, multiplierLow)
	high += g.low*multiplierHigh + g.high*multiplierLow
	var carry uint64
	g.low, carry = bits.Add64(low, g.incLow, 0)
	g.high, _ = bits.Add64(high, g.incHigh, carry)
}

// Uint64 draws 64 bits.
func (g *Generator) Uint64() uint64 {
	g.step()
	return bits.RotateLeft64(g.high^g.low, -int(g.high>>58))
}

// uint32 draws 32 bits: the lower half of a draw, then the upper.
func (g *Generator) uint32() uint32 {
	if g.hasHalf {
		g.hasHalf = false
		return g.half
	}
	x := g.Uint64()
	g.half, g.hasHalf = uint32(x>>32), true
	return uint32(x)
}

// float64 draws from [0, 1).
func (g *Generator) float64() float64 { return float64(g.Uint64()>>11) / (1 << 53) }

// Integers draws from 0 to n-1, as Generator.integers(n) and choice of n do; n
// is from 2 to 2³²-1.
func (g *Generator) Integers(n uint32) int {
	m := uint64(g.uint32()) * uint64(n)
	if uint32(m) < n {
		for least := -n % n; uint32(m) < least; {
			m = uint64(g.uint32()) * uint64(n)
		}
	}
	return int(m >> 32)
}

// Exponential draws from the exponential distribution of mean 1, as
// Generator.standard_exponential does.
func (g *Generator) Exponential() float64 {
	for {
		draw := g.Uint64() >> 3
		layer := draw & 0xff
		draw >>= 8
		x := float64(draw) * g.layers.width[layer]
		switch {
		case draw < g.layers.inside[layer]:
			return x
		case layer == 0: // the tail
			return g.layers.tail - math.Log1p(-g.float64())
		}
		below := float64((g.layers.height[layer-1] - g.layers.height[layer]) * g.float64())
		if below+g.layers.height[layer] < math.Exp(-x) {
			return x
		}
	}
}

// seedWords spreads a seed over four words, by NumPy's SeedSequence: a pool of
// four 32-bit words, hashed and mixed with each other.
func seedWords(seed uint64) [4]uint64 {
	const (
		initA, multA = 0x43b0d7e5, 0x931e8875
		initB, multB = 0x8b51f9dd, 0x58f38ded
		mixL, mixR   = 0xca01f9dd, 0x4973f715
	)
	constant := uint32(initA)
	hash := func(x, multiplier uint32) uint32 {
		x ^= constant
		constant *= multiplier
		x *= constant
		return x ^ x>>16
	}
	pool := [4]uint32{uint32(seed), uint32(seed >> 32)}
	for i := range pool {
		pool[i] = hash(pool[i], multA)
	}
	for from := range pool {
		for to := range pool {
			if from != to {
				x := uint32(mixL)*pool[to] - uint32(mixR)*hash(pool[from], multA)
				pool[to] = x ^ x>>16
			}
		}
	}
	constant = initB
	var words [4]uint64
	for i := range words {
		low := hash(pool[2*i%4], multB)
		words[i] = uint64(hash(pool[(2*i+1)%4], multB))<<32 | uint64(low)
	}
	return words
}
