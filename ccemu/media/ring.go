package media

// queue is first in, first out, in a ring that grows.
type queue[T any] struct {
	ring    []T // its length is 0 or a power of two
	head, n int
}

// at returns item i from the front.
func (q *queue[T]) at(i int) *T { return &q.ring[(q.head+i)&(len(q.ring)-1)] }

// push adds an item at the back.
func (q *queue[T]) push(item T) {
	if q.n == len(q.ring) {
		grown := make([]T, max(8, 2*len(q.ring)))
		for i := range q.n {
			grown[i] = *q.at(i)
		}
		q.ring, q.head = grown, 0
	}
	q.n++
	*q.at(q.n - 1) = item
}

// drop removes some items at the front.
func (q *queue[T]) drop(items int) {
	q.head += items
	q.n -= items
}

func (q *queue[T]) clear() { q.head, q.n = 0, 0 }

// history has the latest of a sequence of items, by their number from 0.
type history[T any] struct {
	items queue[T]
	first int64 // the number of the oldest
}

// next is the number of the item that will be pushed next.
func (h *history[T]) next() int64 { return h.first + int64(h.items.n) }

// get returns an item; nil if there is none of the number, or no longer.
func (h *history[T]) get(number int64) *T {
	if i := number - h.first; i >= 0 && i < int64(h.items.n) {
		return h.items.at(int(i))
	}
	return nil
}

// oldest returns the item that is forgotten first; nil if there is none.
func (h *history[T]) oldest() *T { return h.get(h.first) }

// push adds an item. Where the ring is full it forgets the oldest, unless that
// is to be kept and there are fewer than most.
func (h *history[T]) push(item T, keepOldest bool, most int) {
	if n := h.items.n; n > 0 && n == len(h.items.ring) && !(keepOldest && n < most) {
		h.items.drop(1)
		h.first++
	}
	h.items.push(item)
}

func (h *history[T]) clear() {
	h.items.clear()
	h.first = 0
}
