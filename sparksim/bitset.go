package sparksim

import "math/bits"

// A set of small numbers is a slice of words, number i being bit i%64 of word
// i/64.

func words(n int) int { return (n + 63) / 64 }

func insert(set []uint64, i int32) { set[i>>6] |= 1 << (i & 63) }
func remove(set []uint64, i int32) { set[i>>6] &^= 1 << (i & 63) }

func count(set []uint64) int {
	n := 0
	for _, w := range set {
		n += bits.OnesCount64(w)
	}
	return n
}

// popLowest takes the smallest number out; false if there is none.
func popLowest(set []uint64) (int32, bool) {
	for i, w := range set {
		if w != 0 {
			set[i] = w & (w - 1)
			return int32(i<<6 + bits.TrailingZeros64(w)), true
		}
	}
	return 0, false
}
