package stats

// Sum adds numbers without rounding error: its value is the exact sum rounded
// once, whatever the order of the summands. The zero value is an empty sum.
//
// It keeps non-overlapping partial sums, as described by Shewchuk, "Adaptive
// Precision Floating-Point Arithmetic and Fast Robust Geometric Predicates"
// (1997). Numbers must be finite and their sum must not overflow.
type Sum struct {
	partials []float64
}

// Add adds x.
func (s *Sum) Add(x float64) {
	kept := 0
	for _, y := range s.partials {
		high, low := twoSum(x, y)
		if low != 0 {
			s.partials[kept] = low
			kept++
		}
		x = high
	}
	s.partials = append(s.partials[:kept], x)
}

// AddSum adds another sum.
func (s *Sum) AddSum(other *Sum) {
	for _, p := range other.partials {
		s.Add(p)
	}
}

// twoSum splits a+b into its rounded value and what rounding lost.
func twoSum(a, b float64) (high, low float64) {
	high = a + b
	bb := high - a
	return high, (a - (high - bb)) + (b - bb)
}

// Value returns the sum, correctly rounded to the nearest, ties to even.
func (s *Sum) Value() float64 {
	i := len(s.partials) - 1
	if i < 0 {
		return 0
	}
	high, low := s.partials[i], 0.0
	for i--; i >= 0; i-- {
		high, low = twoSum(high, s.partials[i])
		if low != 0 {
			break
		}
	}
	// A tie was rounded to even without regard to what lies below it.
	if i > 0 && (low < 0) == (s.partials[i-1] < 0) {
		if twice := low * 2; high+twice-high == twice {
			high += twice
		}
	}
	return high
}
