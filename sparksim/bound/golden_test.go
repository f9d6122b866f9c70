package bound_test

import (
	"math"
	"testing"

	"trailblazer/internal/testcjs"
	"trailblazer/sparksim"
)

// TestPublishedSequences holds the bounds of the papers' test episodes against
// what their policies reach there.
func TestPublishedSequences(t *testing.T) {
	kinds := testcjs.Kinds(t)
	for _, test := range []struct {
		sequence                string
		executors               int
		sureS, expectedS, bestS float64
	}{
		// bestS is the reference's best policy, Decima with sampled actions.
		{"seed666_cap200", 50, 15.077509, 21.046442, 56.738},
		{"seed1_cap200", 50, 11.291495, 14.830087, 38.994},
		{"seed666_cap200", 30, 25.971081, 58.190454, 158.908},
		{"seed1_cap200", 30, 17.257576, 28.323099, 69.808},
		{"seed666_cap450", 50, 14.156077, 20.967718, 55.468},
		{"seed1_cap450", 50, 14.636786, 20.268593, 54.456},
		{"seed666_cap450", 30, 25.259646, 55.378054, 202.301},
		{"seed1_cap450", 30, 25.041130, 51.448009, 134.468},
	} {
		arrivals := testcjs.Sequence(t, test.sequence, kinds)
		b := newBound(t, sparksim.Config{Executors: test.executors}, kinds...)
		sureS, expectedS := b.SureMs(arrivals)/1000, b.ExpectedMs(arrivals)/1000
		if math.Abs(sureS-test.sureS) > 1e-6 || math.Abs(expectedS-test.expectedS) > 1e-6 {
			t.Errorf("%s, %d executors: bounds %.6f and %.6f s, want %.6f and %.6f", test.sequence, test.executors, sureS, expectedS, test.sureS, test.expectedS)
		}
		if sureS > test.bestS || expectedS > test.bestS {
			t.Errorf("%s, %d executors: bounds %.3f and %.3f s, but %.3f were reached", test.sequence, test.executors, sureS, expectedS, test.bestS)
		}
	}
}
