package ccplot

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// randomPoints go right by steps of up to widest pixels; some have no value.
func randomPoints(random *rand.Rand, n int, widest float64) []point {
	points := make([]point, n)
	x := 76.0
	for i := range points {
		points[i] = point{x, math.Round(100 * random.Float64())}
		if random.IntN(8) == 0 {
			points[i].y = math.NaN()
		}
		x += widest * random.Float64()
	}
	return points
}

// span is what a curve of steps covers of a column of pixels.
type span struct{ low, high float64 }

// covered goes along a curve of steps: in each column it covers the value with
// which it comes in, and all that it takes there.
func covered(points []point) map[int]span {
	spans := map[int]span{}
	cover := func(column int, y float64) {
		if math.IsNaN(y) {
			return
		}
		s, ok := spans[column]
		if !ok {
			s = span{y, y}
		}
		spans[column] = span{min(s.low, y), max(s.high, y)}
	}
	y := math.NaN()
	for i, p := range points {
		if i > 0 {
			for column := int(points[i-1].x) + 1; column <= int(p.x); column++ {
				cover(column, y)
			}
		}
		y = p.y
		cover(int(p.x), y)
	}
	return spans
}

// TestThinCurvesCoverTheSame: what is left out cannot be seen.
func TestThinCurvesCoverTheSame(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for trial := range 200 {
		points := randomPoints(random, random.IntN(300), []float64{0.02, 0.3, 3, 30}[trial%4])
		kept := thin(points)
		columns := map[int]int{}
		next := 0
		for _, p := range kept {
			columns[int(p.x)]++
			for next < len(points) && !(points[next].x == p.x && same(points[next].y, p.y)) {
				next++
			}
			if next == len(points) {
				t.Fatalf("trial %d: %v is no point of the curve, or not in its order", trial, p)
			}
			next++
		}
		for column, n := range columns {
			if n > 4 {
				t.Fatalf("trial %d: column %d has %d points", trial, column, n)
			}
		}
		got, want := covered(kept), covered(points)
		if len(got) != len(want) {
			t.Fatalf("trial %d: %d columns are covered, want %d", trial, len(got), len(want))
		}
		for column, s := range want {
			if got[column] != s {
				t.Fatalf("trial %d: of column %d %v is covered, want %v", trial, column, got[column], s)
			}
		}
	}
}

func TestThinByHand(t *testing.T) {
	none := math.NaN()
	for _, test := range []struct{ points, want []point }{
		{nil, []point{}},
		{[]point{{0, 1}, {1, 2}}, []point{{0, 1}, {1, 2}}},
		{[]point{{0, 5}, {0.1, 7}, {0.2, 6}, {0.3, 1}, {0.4, 2}, {0.5, 4}, {1, 4}}, []point{{0, 5}, {0.1, 7}, {0.3, 1}, {0.5, 4}, {1, 4}}},
		{[]point{{0, 5}, {0.1, 5}, {0.2, 5}}, []point{{0, 5}, {0.2, 5}}},
		{[]point{{0, none}, {0.1, 3}, {0.2, 2}, {0.3, 2.5}, {0.4, none}}, []point{{0, none}, {0.1, 3}, {0.2, 2}, {0.4, none}}},
		{[]point{{0, none}, {0.1, none}, {0.2, none}}, []point{{0, none}, {0.2, none}}},
	} {
		got := thin(test.points)
		if !slices.EqualFunc(got, test.want, func(a, b point) bool { return a.x == b.x && same(a.y, b.y) }) {
			t.Errorf("%v becomes %v, want %v", test.points, got, test.want)
		}
	}
}

func TestChangesByHand(t *testing.T) {
	none := math.NaN()
	for _, test := range []struct{ curve, want Curve }{
		{nil, nil},
		{Curve{{0, 1}, {10, 1}, {20, 2}}, Curve{{0, 1}, {20, 2}}},
		{Curve{{0, 1}, {0, 2}, {10, 3}}, Curve{{0, 2}, {10, 3}}},
		{Curve{{0, none}, {10, none}, {20, 1}, {30, none}}, Curve{{0, none}, {20, 1}, {30, none}}},
		{Curve{{0, 1}, {100, 2}}, Curve{{0, 1}}},
	} {
		got := test.curve.changes(100)
		if !slices.EqualFunc(got, test.want, func(a, b Point) bool { return a.Ms == b.Ms && same(a.Value, b.Value) }) {
			t.Errorf("%v changes at %v, want %v", test.curve, got, test.want)
		}
	}
}

// TestLossesOfAColumn: the greatest share in a column of pixels is drawn.
func TestLossesOfAColumn(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	const n = 20_000
	c := make(Curve, n)
	for i := range c {
		c[i] = Point{float64(i), 0}
		if random.IntN(3) == 0 {
			c[i].Value = random.Float64()
		}
	}
	p := Panel{EndMs: n, Flows: []Flow{{}, {Loss: c}}}
	ticks := lossTicks(&p, 1, func(ms float64) float64 { return 76 + ms*1484/n })
	want := map[int]float64{}
	for i, one := range c {
		column := int(76 + (float64(i)+0.75)*1484/n)
		want[column] = max(want[column], one.Value)
	}
	for _, tick := range ticks {
		if want[int(tick.x)] != tick.y {
			t.Fatalf("a tick of %v at %v, want %v", tick.y, tick.x, want[int(tick.x)])
		}
		delete(want, int(tick.x))
	}
	for column, share := range want {
		if share > 0 {
			t.Errorf("no tick in column %d, want %v", column, share)
		}
	}
}
