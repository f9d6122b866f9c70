package abrsim

import (
	"fmt"

	"trailblazer/datasets/trace"
	"trailblazer/internal/mt19937"
)

// ReferenceSeed is what the reference seeds NumPy with before it lays out its
// traces.
const ReferenceSeed = 998244353

// Order is which traces of a set are played, in which order, and where in
// each playback begins.
type Order struct {
	// Traces are indices into the set.
	Traces []int `json:"traces"`
	// Pointers are the start pointers of those traces, as
	// [Link.AtPointer] takes them.
	Pointers []int `json:"pointers"`
}

// ReferenceOrder lays out a trace set as the reference does when it builds
// its environment, drawing from rng in its order: a shuffle unless fixed,
// then, where no pointers are given, one start pointer per trace of the whole
// set, and last the cut to the first count traces. Pass a generator seeded
// with [ReferenceSeed].
//
// pointers, if not nil, holds one per trace in the order of the set. count 0
// means all. Playing the whole set forces the fixed order on, as in the
// reference.
func ReferenceOrder(rng *mt19937.RNG, traces []trace.Trace, pointers []int, fixed bool, count int) (Order, error) {
	if count == 0 {
		count = len(traces)
	}
	if count < 0 || count > len(traces) {
		return Order{}, fmt.Errorf("abrsim: %d traces are to be played, but the set has %d", count, len(traces))
	}
	if pointers != nil {
		if err := trace.ValidatePointers(pointers, traces); err != nil {
			return Order{}, fmt.Errorf("abrsim: %w", err)
		}
	}
	indices := make([]int, len(traces))
	for i := range indices {
		indices[i] = i
	}
	if !fixed && count < len(traces) {
		rng.Shuffle(len(indices), func(i, j int) { indices[i], indices[j] = indices[j], indices[i] })
	}
	starts := make([]int, len(traces))
	for i, index := range indices {
		if pointers != nil {
			starts[i] = pointers[index]
		} else {
			starts[i] = rng.RandInt(1, traces[index].Len())
		}
	}
	return Order{Traces: indices[:count], Pointers: starts[:count]}, nil
}
