package link

// ring is a queue that reuses its memory.
type ring[T any] struct {
	items []T // of a length that is a power of two
	first uint
	count uint
}

func (r *ring[T]) clear()   { r.first, r.count = 0, 0 }
func (r *ring[T]) len() int { return int(r.count) }

// at returns item i from the front.
func (r *ring[T]) at(i int) *T { return &r.items[(r.first+uint(i))&uint(len(r.items)-1)] }

func (r *ring[T]) front() *T { return r.at(0) }

func (r *ring[T]) push(item T) {
	if int(r.count) == len(r.items) {
		grown := make([]T, max(16, 2*len(r.items)))
		for i := range r.items {
			grown[i] = *r.at(i)
		}
		r.items, r.first = grown, 0
	}
	r.count++
	*r.at(int(r.count) - 1) = item
}

func (r *ring[T]) pop() T {
	item := *r.front()
	r.first++
	r.count--
	return item
}
