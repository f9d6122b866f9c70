package abrenv

import (
	"math/bits"
	"math/rand/v2"

	"trailblazer/internal/splitmix"
)

// stream is an environment's own random numbers. Only the generator itself is
// borrowed, whose algorithm is specified; what is drawn from it is written
// out, so that no Go release changes an episode.
type stream struct{ pcg rand.PCG }

func (s *stream) seed(seed uint64) {
	s.pcg.Seed(splitmix.Mix(seed, 0), splitmix.Mix(seed, 1))
}

// below draws a whole number from 0 to n-1, by Lemire's multiplication with
// rejection.
func (s *stream) below(n int) int {
	limit := uint64(n)
	high, low := bits.Mul64(s.pcg.Uint64(), limit)
	if low < limit {
		for reject := -limit % limit; low < reject; {
			high, low = bits.Mul64(s.pcg.Uint64(), limit)
		}
	}
	return int(high)
}

// unit draws from [0, 1).
func (s *stream) unit() float64 { return float64(s.pcg.Uint64()>>11) / (1 << 53) }
