package ccplot

import "math"

// point is where a curve takes a value, in pixels; y is NaN where it ends.
type point struct{ x, y float64 }

// thin keeps, of the points in each column of pixels, the first, the lowest, the
// highest and the last, in their order. What is left out would cover no other
// pixel: the curve runs up and down within the column.
func thin(points []point) []point {
	kept := make([]point, 0, len(points))
	for first := 0; first < len(points); {
		last, low, high := first, -1, -1
		for k := first; k < len(points) && math.Floor(points[k].x) == math.Floor(points[first].x); k++ {
			last = k
			if math.IsNaN(points[k].y) {
				continue
			}
			if low < 0 || points[k].y < points[low].y {
				low = k
			}
			if high < 0 || points[k].y > points[high].y {
				high = k
			}
		}
		for k := first; k <= last; k++ {
			if k == first || k == low || k == high || k == last {
				kept = append(kept, points[k])
			}
		}
		first = last + 1
	}
	return kept
}

// changes are the points where a curve takes another value before endMs.
func (c Curve) changes(endMs float64) Curve {
	var kept Curve
	for i, p := range c {
		until := endMs
		if i+1 < len(c) {
			until = c[i+1].Ms
		}
		if until <= p.Ms {
			continue // It never has this value.
		}
		if n := len(kept); n > 0 && same(kept[n-1].Value, p.Value) {
			continue
		}
		kept = append(kept, p)
	}
	return kept
}

func same(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }

// most is a curve's greatest value; 0 where it has none.
func (c Curve) most() float64 {
	most := 0.0
	for _, p := range c {
		if p.Value > most {
			most = p.Value
		}
	}
	return most
}
