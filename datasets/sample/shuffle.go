package sample

import (
	"math/bits"

	"trailblazer/internal/splitmix"
)

// permute puts a list into a uniformly random order, drawn from a seed: the
// shuffle of Fisher and Yates (Knuth, The Art of Computer Programming, vol. 2,
// algorithm P).
func permute[T any](list []T, seed uint64) {
	stream := splitmix.Seed(seed)
	for i := len(list) - 1; i > 0; i-- {
		j := below(&stream, uint64(i)+1)
		list[i], list[j] = list[j], list[i]
	}
}

// below draws a number from 0 to n-1 without bias. Source: Lemire, "Fast Random
// Integer Generation in an Interval" (ACM TOMACS 2019).
func below(stream *splitmix.Stream, n uint64) uint64 {
	high, low := bits.Mul64(stream.Uint64(), n)
	if low < n {
		for least := -n % n; low < least; {
			high, low = bits.Mul64(stream.Uint64(), n)
		}
	}
	return high
}

// groupSeed and poolSeed are the seeds of an epoch's orders.
func groupSeed(seed uint64, epoch int) uint64 {
	return splitmix.Mix(splitmix.Mix(seed, uint64(epoch)), 0)
}

func poolSeed(seed uint64, epoch, pool int) uint64 {
	return splitmix.Mix(splitmix.Mix(seed, uint64(epoch)), uint64(pool)+1)
}
