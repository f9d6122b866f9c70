package vec

import "trailblazer/trainer/kernel/vec/internal/coef"

// Dropout is dst = src/keep with probability keep, and else 0 (Srivastava et
// al., 2014). Number i of src is number offset+i of those that share a seed:
// what is kept depends on that and on the seed only, not on how a matrix is cut
// into calls. keep is above 0; from 1 on everything is kept as it is.
func Dropout(dst, src []float32, seed uint64, offset int, keep float32) {
	src = src[:len(dst)]
	if keep >= 1 {
		copy(dst, src)
		return
	}
	m := newMask(seed, keep)
	if offset%2 == 1 && len(dst) > 0 {
		dst[0] = m.pass(offset, src[0])
		dst, src, offset = dst[1:], src[1:], offset+1
	}
	dropout(best, dst, src, m.counter(offset), m.key, m.threshold, m.scale)
}

func dropoutPlain(dst, src []float32, counter, key uint64, threshold uint32, scale float32) {
	for i := range dst {
		dst[i] = keepBelow(word(counter, key, i), threshold, float32(src[i]*scale))
	}
}

// DropoutBackward adds dy/keep where [Dropout], given the same seed, offset and
// keep, kept, and else nothing.
func DropoutBackward(dx, dy []float32, seed uint64, offset int, keep float32) {
	dy = dy[:len(dx)]
	if keep >= 1 {
		Add(dx, dy)
		return
	}
	m := newMask(seed, keep)
	if offset%2 == 1 && len(dx) > 0 {
		dx[0] += m.pass(offset, dy[0])
		dx, dy, offset = dx[1:], dy[1:], offset+1
	}
	dropoutBackward(best, dx, dy, m.counter(offset), m.key, m.threshold, m.scale)
}

func dropoutBackwardPlain(dx, dy []float32, counter, key uint64, threshold uint32, scale float32) {
	for i := range dx {
		dx[i] += keepBelow(word(counter, key, i), threshold, float32(dy[i]*scale))
	}
}

// mask says what is kept: the numbers whose 32 random bits, but for the last,
// are below threshold.
type mask struct {
	stream, key uint64
	threshold   uint32
	scale       float32
}

// newMask splits the seed into the generator's key and the upper half of its
// counter.
func newMask(seed uint64, keep float32) mask {
	return mask{
		stream: seed >> 32 << 32, key: seed & (1<<32 - 1),
		threshold: uint32(float64(max(0, keep)) * (1 << 31)), scale: 1 / keep,
	}
}

// counter belongs to a number at an even place and the one that follows.
func (m mask) counter(even int) uint64 { return m.stream | uint64(uint32(even/2)) }

// pass is what becomes of v at an odd place.
func (m mask) pass(place int, v float32) float32 {
	return keepBelow(word(m.counter(place-1), m.key, 1), m.threshold, v*m.scale)
}

// word is number i of the random words from a counter on, of which each counter
// gives two.
func word(counter, key uint64, i int) uint32 {
	// The upper half of the counter stays.
	words := philox(counter>>32<<32|uint64(uint32(counter)+uint32(i/2)), uint32(key))
	return uint32(words >> (i % 2 * 32))
}

// philox is Philox-2x32, a generator whose output is a function of a counter
// and a key: two words of 32 random bits, the first in the lower half, as the
// counter has its two words.
func philox(counter uint64, key uint32) uint64 {
	for range coef.PhiloxRounds {
		product := uint64(uint32(counter)) * coef.PhiloxMultiplier
		counter = product<<32 | uint64(uint32(product>>32)^key^uint32(counter>>32))
		key += coef.PhiloxStep
	}
	return counter
}

// keepBelow is v where bits, but for the last, are below the threshold.
func keepBelow(bits, threshold uint32, v float32) float32 {
	if bits>>1 < threshold {
		return v
	}
	return 0
}
