package measure

import "cmp"

// Window has the least or the greatest of the values of a sliding window over
// time, or over a count of rounds or samples. Adding costs constant time on
// average: a value is dropped as soon as a later one is at least as good.
type Window[K ~int64, V cmp.Ordered] struct {
	span     K
	greatest bool
	kept     ring[stamped[K, V]]
}

type stamped[K ~int64, V cmp.Ordered] struct {
	at    K
	value V
}

// Least makes a window of the least value.
func Least[K ~int64, V cmp.Ordered](span K) Window[K, V] { return Window[K, V]{span: span} }

// Greatest makes a window of the greatest value.
func Greatest[K ~int64, V cmp.Ordered](span K) Window[K, V] {
	return Window[K, V]{span: span, greatest: true}
}

// Reset forgets all values and sets the span.
func (w *Window[K, V]) Reset(span K) {
	w.span = span
	w.kept.clear()
}

// SetSpan changes how far back the window reaches. What has left a shorter one
// does not come back.
func (w *Window[K, V]) SetSpan(span K) { w.span = span }

// Add adds a value. One that is older than the newest counts as that old.
func (w *Window[K, V]) Add(at K, value V) {
	if n := w.kept.len(); n > 0 {
		at = max(at, w.kept.at(n-1).at)
	}
	for n := w.kept.len(); n > 0 && !w.better(w.kept.at(n-1).value, value); n = w.kept.len() {
		w.kept.popBack()
	}
	w.kept.push(stamped[K, V]{at, value})
	w.Expire(at)
}

// better reports whether a would hide b.
func (w *Window[K, V]) better(a, b V) bool {
	if w.greatest {
		return a > b
	}
	return a < b
}

// Expire drops the values that are as old as the span, or older. The newest
// added value stays, so that there is always one after the first.
func (w *Window[K, V]) Expire(now K) {
	for w.kept.len() > 1 && w.kept.at(0).at <= now-w.span {
		w.kept.popFront()
	}
}

// Value returns the best value of the window as of the last Add or Expire, and
// whether there has been any.
func (w *Window[K, V]) Value() (V, bool) {
	if w.kept.len() == 0 {
		var none V
		return none, false
	}
	return w.kept.at(0).value, true
}

// At is when the best value was added; 0 if none was.
func (w *Window[K, V]) At() K {
	if w.kept.len() == 0 {
		return 0
	}
	return w.kept.at(0).at
}
