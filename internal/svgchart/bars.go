package svgchart

import (
	"cmp"
	"math"
	"slices"
)

// Bar is a value with an interval around it.
type Bar struct {
	Name string
	// Colour counts those of [FigureStyle].
	Colour    int
	Value     float64
	Low, High float64
	Text      string // what is written beside it
	Reference bool   // a bound or a floor: drawn lighter
}

// Bars draws horizontal bars from 0. A value far beyond all others is cut, and
// its text says what it is.
func Bars(title, caption string, bars []Bar) string {
	height := figureHead + figureRow*float64(len(bars)) + figureFoot
	f := newFigure(title, height)
	a := barAxis(bars)
	bottom := height - figureFoot
	f.values(a, figureHead, bottom, caption)
	for i := range bars {
		b := &bars[i]
		y := figureHead + figureRow*(float64(i)+0.5)
		f.name(y+4, b.Name)
		f.bar(a, b, y)
		f.text(FigureWidth-2, y+4, "end value", b.Text)
	}
	return f.end()
}

func (f *figure) bar(a *axis, b *Bar, y float64) {
	if math.IsNaN(b.Value) {
		return
	}
	from, to := a.at(0), a.at(b.Value)
	class := "fill " + ColourClass(b.Colour)
	if b.Reference {
		class += " faint"
	}
	f.path(class, "M", point(from, y-8), "H", Number(to), "V", Number(y+8), "H", Number(from), "z")
	if !a.has(b.Value) {
		f.cut(a, b.Value, y)
		return
	}
	if b.High > b.Low {
		low, high := a.at(b.Low), a.at(b.High)
		for _, class := range []string{"halo", "whisker"} {
			f.path(class, "M", point(low, y), "H", Number(high), "M", point(low, y-4), "V", Number(y+4), "M", point(high, y-4), "V", Number(y+4))
		}
	}
}

// barAxis spans 0 and all values with their intervals, but for those far
// beyond the others.
func barAxis(bars []Bar) *axis {
	a := &axis{first: figureName, last: FigureWidth - figureValue}
	kept := within(len(bars), func(i int) float64 { return bars[i].Value })
	for _, i := range kept {
		b := &bars[i]
		a.low, a.high = min(a.low, b.Low, b.Value), max(a.high, b.High, b.Value)
	}
	// Show that those cut go further than all others.
	room := 0.15 * (a.high - a.low)
	low, high := a.low, a.high
	for i := range bars {
		if bars[i].Value > high {
			a.high = high + room
		}
		if bars[i].Value < low {
			a.low = low - room
		}
	}
	a.widen()
	return a
}

// within returns which of n values are not far beyond the others: up to three,
// but never the last two, are dropped as long as the largest is three times as
// far from 0 as the next.
func within(n int, value func(i int) float64) []int {
	var order []int
	for i := range n {
		if !math.IsNaN(value(i)) {
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(i, k int) int { return cmp.Compare(math.Abs(value(i)), math.Abs(value(k))) })
	keep := len(order)
	for most := 1; most <= 3 && len(order)-most >= 2; most++ {
		if math.Abs(value(order[len(order)-most])) > 3*math.Abs(value(order[len(order)-most-1])) {
			keep = len(order) - most
		}
	}
	return order[:keep]
}
