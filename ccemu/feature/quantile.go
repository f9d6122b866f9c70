package feature

import (
	"math/bits"
	"slices"
	"time"
)

// ninetyFifth returns the smallest of some values that 95 % of them do not
// exceed. It changes their order.
func ninetyFifth(values []time.Duration) time.Duration {
	return selectRank(values, (95*len(values)+99)/100-1)
}

// selectRank returns the value that sorting would put at a place, by Hoare's
// selection ("Algorithm 65: Find", 1961). Where that does not come to an end
// soon, it does sort.
func selectRank(values []time.Duration, rank int) time.Duration {
	for rounds := 2 * bits.Len(uint(len(values))); len(values) > 12 && rounds > 0; rounds-- {
		first, middle, last := values[0], values[len(values)/2], values[len(values)-1]
		pivot := max(min(first, middle), min(max(first, middle), last))
		i, j := 0, len(values)-1
		for i <= j {
			for values[i] < pivot {
				i++
			}
			for values[j] > pivot {
				j--
			}
			if i <= j {
				values[i], values[j] = values[j], values[i]
				i++
				j--
			}
		}
		switch {
		case rank <= j:
			values = values[:j+1]
		case rank >= i:
			values, rank = values[i:], rank-i
		default:
			return pivot
		}
	}
	slices.Sort(values)
	return values[rank]
}
