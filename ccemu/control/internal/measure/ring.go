package measure

// ring is a queue with both ends open, in one slice that grows by doubling.
type ring[T any] struct {
	items []T // length is a power of two, or none
	head  int
	count int
}

func (r *ring[T]) len() int { return r.count }

// at returns item i from the front.
func (r *ring[T]) at(i int) *T { return &r.items[(r.head+i)&(len(r.items)-1)] }

func (r *ring[T]) push(item T) {
	if r.count == len(r.items) {
		grown := make([]T, max(8, 2*len(r.items)))
		for i := range r.count {
			grown[i] = *r.at(i)
		}
		r.items, r.head = grown, 0
	}
	r.count++
	*r.at(r.count - 1) = item
}

func (r *ring[T]) popFront() { r.head, r.count = (r.head+1)&(len(r.items)-1), r.count-1 }

func (r *ring[T]) popBack() { r.count-- }

func (r *ring[T]) clear() { r.head, r.count = 0, 0 }
