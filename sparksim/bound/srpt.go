package bound

// piece is work for one machine: it can begin at releaseMs and takes ms.
type piece struct{ releaseMs, ms float64 }

// shortestFirst adds up when the pieces, which are in the order of their
// release, are done on a machine that always works on the one with the
// shortest remaining time. No other order has a smaller sum (Schrage, "A proof
// of the optimality of the shortest remaining processing time discipline",
// 1968). It works in the heap's memory.
func shortestFirst(pieces []piece, heap remainders) (sumMs float64) {
	heap = heap[:0]
	now := 0.0
	for next := 0; next < len(pieces) || len(heap) > 0; {
		if len(heap) == 0 {
			now = max(now, pieces[next].releaseMs)
		}
		for ; next < len(pieces) && pieces[next].releaseMs <= now; next++ {
			heap.push(pieces[next].ms)
		}
		if next < len(pieces) && now+heap[0] > pieces[next].releaseMs {
			heap[0] -= pieces[next].releaseMs - now // It stays the shortest.
			now = pieces[next].releaseMs
			continue
		}
		now += heap.pop()
		sumMs += now
	}
	return sumMs
}

// remainders is a heap of remaining times, the shortest first.
type remainders []float64

func (h *remainders) push(ms float64) {
	*h = append(*h, ms)
	s := *h
	for i := len(s) - 1; i > 0 && s[(i-1)/2] > s[i]; i = (i - 1) / 2 {
		s[(i-1)/2], s[i] = s[i], s[(i-1)/2]
	}
}

func (h *remainders) pop() float64 {
	s := *h
	top := s[0]
	s[0] = s[len(s)-1]
	s = s[:len(s)-1]
	*h = s
	for i := 0; ; {
		child := 2*i + 1
		if child >= len(s) {
			return top
		}
		if child+1 < len(s) && s[child+1] < s[child] {
			child++
		}
		if s[i] <= s[child] {
			return top
		}
		s[i], s[child] = s[child], s[i]
		i = child
	}
}
