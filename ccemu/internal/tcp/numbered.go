package tcp

// numbered is a ring of items that are numbered in the order in which they
// were added: those from low to next-1 are there.
type numbered[T any] struct {
	items     []T // a power of two
	low, next int64
}

// at returns item number i. The pointer is good until the next push.
func (r *numbered[T]) at(i int64) *T { return &r.items[i&int64(len(r.items)-1)] }

func (r *numbered[T]) push(item T) {
	if r.next-r.low == int64(len(r.items)) {
		grown := numbered[T]{items: make([]T, max(16, 2*len(r.items)))}
		for i := r.low; i < r.next; i++ {
			*grown.at(i) = *r.at(i)
		}
		r.items = grown.items
	}
	*r.at(r.next) = item
	r.next++
}

// clear forgets all items and keeps their memory.
func (r *numbered[T]) clear() { r.low, r.next = 0, 0 }
