package feature

import (
	"cmp"
	"time"
)

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
func (r *ring[T]) back() *T  { return r.at(int(r.count) - 1) }

// push makes room at the back and returns it, with whatever was there before.
func (r *ring[T]) push() *T {
	if int(r.count) == len(r.items) {
		grown := make([]T, max(16, 2*len(r.items)))
		for i := range r.items {
			grown[i] = *r.at(i)
		}
		r.items, r.first = grown, 0
	}
	r.count++
	return r.back()
}

func (r *ring[T]) popFront() {
	r.first++
	r.count--
}

func (r *ring[T]) popBack() { r.count-- }

// lowest keeps the least of the values that were added since some time: those
// that none after them is below.
type lowest[T cmp.Ordered] struct{ ring[dated[T]] }

type dated[T any] struct {
	at    time.Duration
	value T
}

// add adds a value at a time that is no earlier than the last one's.
func (l *lowest[T]) add(at time.Duration, value T) {
	for l.len() > 0 && l.back().value >= value {
		l.popBack()
	}
	*l.push() = dated[T]{at, value}
}

// forget drops what was added up to a time.
func (l *lowest[T]) forget(until time.Duration) {
	for l.len() > 0 && l.front().at <= until {
		l.popFront()
	}
}

// value is the least, if there is any.
func (l *lowest[T]) value() T { return l.front().value }
