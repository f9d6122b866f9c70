package measure

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestWindow compares with a list of all values.
func TestWindow(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, greatest := range []bool{false, true} {
		const span = 50
		w := Least[int64, int](span)
		if greatest {
			w = Greatest[int64, int](span)
		}
		type item struct {
			at    int64
			value int
		}
		var all []item
		now := int64(0)
		for range 5000 {
			now += r.Int64N(20)
			if r.IntN(4) == 0 {
				w.Expire(now)
			} else {
				value := r.IntN(100)
				w.Add(now, value)
				all = append(all, item{now, value})
			}
			if len(all) == 0 {
				continue
			}
			// All of the window, or the newest where that is empty.
			newest := all[len(all)-1]
			want := newest.value
			for _, x := range all {
				if x.at > now-span && (greatest && x.value > want || !greatest && x.value < want) {
					want = x.value
				}
			}
			if got, ok := w.Value(); !ok || got != want {
				t.Fatalf("greatest %v at %d: %v, %v, want %v", greatest, now, got, ok, want)
			}
		}
	}
}

// TestWindowSpan: a shorter span drops what is too old from then on, and an
// older value counts as old as the newest.
func TestWindowSpan(t *testing.T) {
	w := Least[int64, int](100)
	if _, ok := w.Value(); ok {
		t.Error("an empty window has a value")
	}
	w.Add(0, 1)
	w.Add(10, 5)
	w.SetSpan(10)
	w.Add(15, 7)
	if got, _ := w.Value(); got != 5 {
		t.Errorf("%d after the span became shorter, want 5", got)
	}
	w.Add(3, 6) // at 15
	w.Expire(24)
	if got, _ := w.Value(); got != 6 {
		t.Errorf("%d after an older time, want 6", got)
	}
	w.Reset(10)
	if _, ok := w.Value(); ok {
		t.Error("values are left after Reset")
	}
}

// TestRing wraps around and grows from any position.
func TestRing(t *testing.T) {
	var r ring[int]
	var want []int
	rng := rand.New(rand.NewPCG(3, 4))
	for i := range 10_000 {
		switch n := rng.IntN(8); {
		case n < 4 || len(want) == 0:
			r.push(i)
			want = append(want, i)
		case n < 6:
			r.popFront()
			want = want[1:]
		default:
			r.popBack()
			want = want[:len(want)-1]
		}
		var got []int
		for j := range r.len() {
			got = append(got, *r.at(j))
		}
		if !slices.Equal(got, want) {
			t.Fatalf("step %d: %v, want %v", i, got, want)
		}
		if i%1000 == 999 {
			r.clear()
			want = want[:0]
		}
	}
}
