package optimal

import "sort"

// label is one way to get to a chunk: where it stands, what it has come to,
// and from which label of the layer before.
type label struct {
	place
	timeMs float64 // since the root, on the link's clock
	stallS float64 // standstill since the root
	value  float64 // rewards since the root
	// smooth is value without the cost of standstill.
	smooth float64
	// hope is the most that the whole plan can be worth, and promise a guess
	// of what it will be.
	hope, promise float64

	parent int32
	level  int32
}

// frontier keeps the labels of one chunk that no other dominates. Label A
// dominates label B at the same chunk if
//
//	(1) A is no later on the link's clock,
//	(2) A has stood still for no longer, and
//	(3) A's smooth, less the handicap of its last level against B's, is no less.
//
// Then whatever B can still reach, A can reach by choosing the same levels:
//
//   - Let T be the time, R the standstill since the root, b the buffer at the
//     root, L a chunk's length and cap the buffer's, all at the arrival of
//     chunk k, counted from the root; on the wall's clock, which is ahead of
//     the link's by the same number of round trips for both. Every second is
//     either played or stood still, so the buffer is b + (k+1)·L + R − T.
//     Hence R becomes max(R, T − b − k·L), and a pause that ends exactly when
//     the buffer is at the cap lasts until max(T, b + (k+1)·L + R − cap).
//   - A link carries the same bytes earlier if it starts earlier. So (1) holds
//     on arrival; with (1), (2) holds after it; and with both, (1) holds after
//     the pause. They hold for all chunks to come.
//   - The qualities to come are equal, the changes equal but for the first,
//     which (3) accounts for. So A ends with no less smooth and no more
//     standstill, and its value is smooth less penalty times standstill.
//
// Smaller standstill cannot be traded for value in (2), as long as the cap can
// bind: a label that stood still for longer has a fuller buffer, must pause
// earlier and may sleep through the last good seconds of the link. (Where the
// cap cannot bind, it is enough that A is no worse both with and without the
// cost of its standstill. The difference is a few labels in ten thousand.)
//
// With a drain quantum a pause can last up to a quantum longer than that, so
// that (1) may fail after it, by less than a quantum. [Search] says what
// follows from that.
type frontier struct {
	m *metric
	// stair holds for each last level the labels as a staircase: standstill
	// and smooth, both strictly rising.
	stair [][]stairStep
}

type stairStep struct{ stallS, smooth float64 }

func newFrontier(m *metric) *frontier {
	return &frontier{m: m, stair: make([][]stairStep, m.levels)}
}

func (f *frontier) reset() {
	for i := range f.stair {
		f.stair[i] = f.stair[i][:0]
	}
}

// equal is how far apart sums of rewards may be that differ by rounding only.
const equal = 1e-10

// add reports whether none of the labels added before dominates l, and
// remembers l then. Labels must come in the order of their times. At the end
// of the video the last level does not count.
func (f *frontier) add(l *label, end bool) bool {
	for last := range f.stair {
		handicap := 0.0
		if !end {
			handicap = f.m.handicap[last*f.m.levels+int(l.level)]
		}
		if smooth, ok := f.most(last, l.stallS); ok && smooth-handicap >= l.smooth-equal {
			return false
		}
	}
	f.insert(l)
	return true
}

// most is the largest smooth of the labels with this last level that stood
// still for no longer than stallS.
func (f *frontier) most(last int, stallS float64) (smooth float64, ok bool) {
	stair := f.stair[last]
	n := sort.Search(len(stair), func(i int) bool { return stair[i].stallS > stallS })
	if n == 0 {
		return 0, false
	}
	return stair[n-1].smooth, true
}

// insert adds a step that none covers and removes those that it covers.
func (f *frontier) insert(l *label) {
	stair := f.stair[l.level]
	from := sort.Search(len(stair), func(i int) bool { return stair[i].stallS >= l.stallS })
	to := from
	for to < len(stair) && stair[to].smooth <= l.smooth {
		to++
	}
	if to == from {
		stair = append(stair, stairStep{})
		copy(stair[from+1:], stair[from:])
	} else {
		stair = append(stair[:from+1], stair[to:]...)
	}
	stair[from] = stairStep{l.stallS, l.smooth}
	f.stair[l.level] = stair
}
