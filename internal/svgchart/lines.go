package svgchart

import (
	"slices"
	"sort"
	"strconv"

	"trailblazer/internal/stats"
)

// Line is a curve through points whose X ascend.
type Line struct {
	Name   string
	Colour int
	X, Y   []float64
}

// Lines says how curves are drawn.
type Lines struct {
	Title, XCaption, YCaption string
	// The ends of the axes. What lies beyond is cut.
	XLow, XHigh, YLow, YHigh float64
	// Percent labels the axes' values as percent of 1.
	XPercent, YPercent bool
	// Points marks the points of the curves.
	Points bool
}

const (
	linesHeight = 270
	linesLeft   = 54
	linesTop    = 26
	linesBottom = linesHeight - 40
)

// Draw draws curves.
func (l *Lines) Draw(lines []Line) string {
	f := newFigure(l.Title, linesHeight)
	x := &axis{l.XLow, l.XHigh, linesLeft, FigureWidth - 22}
	y := &axis{l.YLow, l.YHigh, linesBottom, linesTop}
	x.widen()
	y.widen()
	f.text(4, 14, "muted", l.YCaption)
	for _, v := range y.ticks(6) {
		f.path(gridClass(v), "M", point(x.first, y.at(v)), "H", Number(x.last))
		f.text(x.first-6, y.at(v)+4, "muted end", percentLabel(v, l.YPercent))
	}
	for _, v := range x.ticks(6) {
		f.path("grid", "M", point(x.at(v), y.last), "V", Number(y.first))
		f.text(x.at(v), y.first+15, "muted mid", percentLabel(v, l.XPercent))
	}
	f.text((x.first+x.last)/2, y.first+33, "muted mid", l.XCaption)
	for i := range lines {
		f.line(x, y, &lines[i], l.Points)
	}
	return f.end()
}

func gridClass(v float64) string {
	if v == 0 {
		return "zero"
	}
	return "grid"
}

func percentLabel(v float64, percent bool) string {
	if percent {
		return label(100*v) + " %"
	}
	return label(v)
}

func (f *figure) line(x, y *axis, l *Line, points bool) {
	if len(l.X) == 0 {
		return
	}
	f.put(`<path class="`, LineClasses(l.Colour), `" d="`)
	for i := range l.X {
		command := "L"
		if i == 0 {
			command = "M"
		}
		f.put(command, point(x.at(l.X[i]), y.at(l.Y[i])))
	}
	f.put(`"><title>`, Escape(l.Name), "</title></path>\n")
	if points {
		f.put(`<path class="dots `, ColourClass(l.Colour), " ", ChoiceClass(l.Colour), `" d="`)
		for i := range l.X {
			f.put("M", point(x.at(l.X[i]), y.at(l.Y[i])), "h0")
		}
		f.put(`"/>`, "\n")
	}
}

// DashClass is the class of a line in a colour: neighbours differ in their
// dashes too.
func DashClass(colour int) string { return "d" + strconv.Itoa((colour+colour/Colours)%dashes) }

// LineClasses are all classes of a line in a colour.
func LineClasses(colour int) string {
	return "line " + ColourClass(colour) + " " + DashClass(colour) + " " + ChoiceClass(colour)
}

// ChoiceClass is that of a colour's lines, and of the box to tick that brings
// them out: see [ChoiceStyle].
func ChoiceClass(colour int) string { return "s" + strconv.Itoa(colour) }

// Distribution is the curve of which share of ascending values is at most x,
// between the ends of an axis.
func Distribution(name string, colour int, ascending []float64, low, high float64) Line {
	l := Line{Name: name, Colour: colour}
	share := func(x float64) float64 {
		return float64(sort.Search(len(ascending), func(i int) bool { return ascending[i] > x })) / float64(len(ascending))
	}
	add := func(x, y float64) { l.X, l.Y = append(l.X, x), append(l.Y, y) }
	if len(ascending) == 0 {
		return l
	}
	at := share(low)
	add(low, at)
	for _, x := range slices.Compact(slices.Clone(ascending)) {
		if x > low && x <= high {
			add(x, at)
			at = share(x)
			add(x, at)
		}
	}
	add(high, at)
	return l
}

// DistributionSpan returns the ends of an axis for several distributions, each
// of ascending values.
func DistributionSpan(distributions [][]float64) (low, high float64) {
	var lows, highs []float64
	for _, d := range distributions {
		if len(d) > 0 {
			lows, highs = append(lows, stats.Quantile(d, 0.02)), append(highs, stats.Quantile(d, 0.98))
		}
	}
	if len(lows) == 0 {
		return 0, 1
	}
	return Span(lows, highs)
}
