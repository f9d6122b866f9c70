package svgchart

import (
	"math"
	"slices"
	"strconv"

	"trailblazer/internal/stats"
)

// Box is a distribution.
type Box struct {
	Name   string
	Colour int
	// Values ascend. Mean is marked by a triangle.
	Values []float64
	Mean   float64
	Text   string
}

// Boxes draws, for each distribution, its values as points, a box from the
// first to the third quartile with the median in it, whiskers from the 5 % to
// the 95 % quantile, and the mean as a triangle. Values far beyond are cut.
func Boxes(title, caption string, boxes []Box) string {
	height := figureHead + figureRow*float64(len(boxes)) + figureFoot
	f := newFigure(title, height)
	a := boxAxis(boxes)
	f.values(a, figureHead, height-figureFoot, caption)
	for i := range boxes {
		b := &boxes[i]
		y := figureHead + figureRow*(float64(i)+0.5)
		f.name(y+4, b.Name)
		if len(b.Values) > 0 {
			f.box(a, b, y)
		}
		f.text(FigureWidth-2, y+4, "end value", b.Text)
	}
	return f.end()
}

func (f *figure) box(a *axis, b *Box, y float64) {
	colour := ColourClass(b.Colour)
	f.put(`<path class="points `, colour, `" d="`)
	for i, v := range b.Values {
		if a.has(v) {
			// Spread over the row, always alike: the golden ratio's multiples.
			_, spread := math.Modf(float64(i+1) * 0.6180339887498949)
			f.put("M", point(a.at(v), y-8+16*spread), "h0")
		}
	}
	f.put(`"/>`, "\n")
	q := func(share float64) float64 { return a.at(stats.Quantile(b.Values, share)) }
	low, first, median, third, high := q(0.05), q(0.25), q(0.5), q(0.75), q(0.95)
	f.path("whisker", "M", point(low, y), "H", Number(first), "M", point(third, y), "H", Number(high))
	f.path("box "+colour, "M", point(first, y-7), "H", Number(third), "V", Number(y+7), "H", Number(first), "z")
	f.path("median", "M", point(median, y-7), "V", Number(y+7))
	if a.has(b.Mean) {
		x := a.at(b.Mean)
		f.path("mean", "M", point(x, y-4), "L", point(x+4, y+4), "L", point(x-4, y+4), "z")
	}
	if first, last := b.Values[0], b.Values[len(b.Values)-1]; !a.has(last) {
		f.cut(a, last, y)
	} else if !a.has(first) {
		f.cut(a, first, y)
	}
}

// boxAxis spans most of the distributions whose medians are not far beyond the
// others.
func boxAxis(boxes []Box) *axis {
	a := &axis{low: math.Inf(1), high: math.Inf(-1), first: figureName, last: FigureWidth - figureValue}
	kept := within(len(boxes), func(i int) float64 { return stats.Quantile(boxes[i].Values, 0.5) })
	var lows, highs []float64
	for _, i := range kept {
		lows = append(lows, stats.Quantile(boxes[i].Values, 0.02))
		highs = append(highs, stats.Quantile(boxes[i].Values, 0.98))
	}
	if len(kept) > 0 {
		a.low, a.high = Span(lows, highs)
	}
	a.widen()
	return a
}

// Span returns the ends of an axis for distributions that reach from lows to
// highs: all of them, unless one reaches more than four times as far as the
// one in the middle does.
func Span(lows, highs []float64) (low, high float64) {
	lows, highs = slices.Sorted(slices.Values(lows)), slices.Sorted(slices.Values(highs))
	low, high = lows[0], highs[len(highs)-1]
	middleLow, middleHigh := lows[len(lows)/2], highs[(len(highs)-1)/2]
	if width := middleHigh - middleLow; width > 0 {
		low, high = max(low, middleLow-4*width), min(high, middleHigh+4*width)
	}
	return low, high
}

// ColourClass is the class of what is drawn in a colour.
func ColourClass(colour int) string { return "c" + strconv.Itoa(colour%Colours) }
