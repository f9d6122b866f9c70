package bound

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestShortestFirstIsOptimal compares it with all ways to give whole time
// units to a few pieces, none of them tried in any order.
func TestShortestFirstIsOptimal(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for trial := range 300 {
		pieces := make([]piece, 1+random.IntN(4))
		for i := range pieces {
			pieces[i] = piece{float64(random.IntN(8)), float64(random.IntN(5))}
		}
		slices.SortFunc(pieces, func(a, b piece) int { return int(a.releaseMs - b.releaseMs) })
		left := make([]int, len(pieces))
		sum, ready := 0.0, 0
		for i, p := range pieces {
			left[i] = int(p.ms)
			if p.ms == 0 {
				sum += p.releaseMs // done at once
			} else {
				ready++
			}
		}
		want := sum + float64(leastSum(pieces, left, 0, ready, map[[5]int]int{}))
		if got := shortestFirst(pieces, nil); got != want {
			t.Fatalf("trial %d: sum %v for %v, want %v", trial, got, pieces, want)
		}
	}
}

// leastSum is the least sum of completion times from now on, for the pieces of
// which something is left.
func leastSum(pieces []piece, left []int, now, open int, known map[[5]int]int) int {
	if open == 0 {
		return 0
	}
	key := [5]int{now}
	copy(key[1:], left)
	if sum, ok := known[key]; ok {
		return sum
	}
	best := -1
	for i := range left {
		if left[i] == 0 || int(pieces[i].releaseMs) > now {
			continue
		}
		left[i]--
		sum := 0
		if left[i] == 0 {
			sum = now + 1 + leastSum(pieces, left, now+1, open-1, known)
		} else {
			sum = leastSum(pieces, left, now+1, open, known)
		}
		left[i]++
		if best < 0 || sum < best {
			best = sum
		}
	}
	if best < 0 { // Nothing is there yet.
		best = leastSum(pieces, left, now+1, open, known)
	}
	known[key] = best
	return best
}
