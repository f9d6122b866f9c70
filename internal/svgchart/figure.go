package svgchart

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The size of a figure, in pixels: narrow enough for a telephone, where pages
// put several below one another, and side by side elsewhere.
const (
	FigureWidth = 420
	figureName  = 122 // column of names, left of bars and boxes
	figureValue = 76  // column of values, right of them
	figureRow   = 24
	figureHead  = 8
	figureFoot  = 40 // labels of the axis, and what it shows
	// figureLetters is how many letters of a name fit.
	figureLetters = 17
)

// figure writes a picture that stands in a page of HTML, which holds
// [FigureStyle] once for all of them.
type figure struct {
	strings.Builder
	width, height float64
}

func newFigure(title string, height float64) *figure {
	f := &figure{width: FigureWidth, height: height}
	f.put(`<svg xmlns="http://www.w3.org/2000/svg" class="figure" viewBox="0 0 `, strconv.Itoa(FigureWidth), " ", Number(height),
		`" role="img"><title>`, Escape(title), "</title>\n")
	return f
}

func (f *figure) end() string {
	f.put("</svg>\n")
	return f.String()
}

func (f *figure) put(parts ...string) {
	for _, part := range parts {
		f.WriteString(part)
	}
}

func (f *figure) text(x, y float64, class, text string) {
	f.put(`<text x="`, Number(x), `" y="`, Number(y), `" class="`, class, `">`, Escape(text), "</text>\n")
}

func (f *figure) path(class string, data ...string) {
	f.put(`<path class="`, class, `" d="`)
	f.put(data...)
	f.put(`"/>`, "\n")
}

// name writes the name of a row, cut where it would run into the plot.
func (f *figure) name(y float64, name string) {
	short := Shorten(name, figureLetters)
	f.put(`<text x="`, Number(figureName-8), `" y="`, Number(y), `" class="end">`, Escape(short))
	if short != name {
		f.put("<title>", Escape(name), "</title>")
	}
	f.put("</text>\n")
}

// Shorten cuts a text to so many letters.
func Shorten(text string, letters int) string {
	if utf8.RuneCountInString(text) <= letters {
		return text
	}
	return string([]rune(text)[:letters-1]) + "…"
}

// point is a place in a path.
func point(x, y float64) string { return Number(x) + " " + Number(y) }

// axis maps values from Low to High to pixels.
type axis struct {
	low, high   float64
	first, last float64
}

func (a *axis) at(v float64) float64 {
	v = min(max(v, a.low), a.high)
	return a.first + (a.last-a.first)*(v-a.low)/(a.high-a.low)
}

// has reports whether a value lies on the axis.
func (a *axis) has(v float64) bool { return v >= a.low && v <= a.high }

// widen makes the ends differ, and leaves a little room beyond values.
func (a *axis) widen() {
	if !(a.high > a.low) {
		by := max(1e-9, 0.1*math.Abs(a.low))
		a.low, a.high = a.low-by, a.high+by
	}
}

// ticks returns round numbers on the axis, at most so many.
func (a *axis) ticks(most int) []float64 {
	width := a.high - a.low
	step := math.Pow(10, math.Floor(math.Log10(width)))
	for _, part := range []float64{0.1, 0.2, 0.5, 1, 2, 5} {
		if math.Floor(a.high/(part*step)+1e-9)-math.Ceil(a.low/(part*step)-1e-9) < float64(most) {
			step *= part
			break
		}
	}
	var list []float64
	for k := math.Ceil(a.low/step - 1e-9); k*step <= a.high+1e-9*step && len(list) <= most; k++ {
		list = append(list, k*step)
	}
	return list
}

// label writes a tick's value without the noise of its product.
func label(v float64) string {
	if v == 0 {
		return "0"
	}
	return strconv.FormatFloat(v, 'g', 5, 64)
}

// values draws the axis below rows.
func (f *figure) values(a *axis, top, bottom float64, caption string) {
	for _, v := range a.ticks(5) {
		class := "grid"
		if v == 0 {
			class = "zero"
		}
		f.path(class, "M", point(a.at(v), top), "V", Number(bottom))
		f.text(a.at(v), bottom+14, "muted mid", label(v))
	}
	f.text((a.first+a.last)/2, bottom+31, "muted mid", caption)
}

// cut draws a mark where a bar or a row goes on beyond the axis.
func (f *figure) cut(a *axis, v, y float64) {
	at, by := a.last-6, 5.0
	if v < a.low {
		at, by = a.first+6, -5
	}
	for _, shift := range []float64{0, by} {
		f.path("cut", "M", point(at+shift-by/2, y-6), "L", point(at+shift, y), "L", point(at+shift-by/2, y+6))
	}
}
