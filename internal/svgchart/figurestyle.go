package svgchart

import (
	"fmt"
	"strings"
)

// Colours is how many colours there are before they begin anew, with other
// dashes.
const Colours = 10

// dashes is how many kinds of lines there are.
const dashes = 4

// palette returns the colours for light and for dark surroundings. They differ in
// lightness as well as in hue, so that they can be told apart with any kind of
// colour vision; the hues are those of Okabe and Ito, "Color Universal Design"
// (2008), and of P. Tol, "Colour Schemes" (2021).
func palette() (light, dark [Colours]string) {
	return [Colours]string{"#0072b2", "#c77400", "#008a64", "#aa4499", "#3a97cf", "#a82e0c", "#7d7200", "#4a4f57", "#d4619a", "#771c4a"},
		[Colours]string{"#6b9bff", "#ffb000", "#2cc79a", "#d88be0", "#8fd3ff", "#ff7a4d", "#c9bc3f", "#c3c9d1", "#ffa9cb", "#c43a86"}
}

// FigureStyle is the style sheet of figures, in light and in dark
// surroundings.
func FigureStyle() string {
	var b strings.Builder
	light, dark := palette()
	b.WriteString(`.figure{display:block;width:100%;height:auto;max-width:640px}
.figure text,.legend{font:12px system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
.figure text{fill:var(--ink)}.figure .muted{fill:var(--muted)}.figure .end{text-anchor:end}.figure .mid{text-anchor:middle}
.figure .value{font-variant-numeric:tabular-nums}
.figure path{fill:none}.figure .fill{fill:var(--c)}.figure .faint{fill-opacity:.45}
.figure .grid{stroke:var(--ink);stroke-opacity:.13}.figure .zero{stroke:var(--ink);stroke-opacity:.55}
.figure .whisker,.figure .median{stroke:var(--ink);stroke-width:1.4}.figure .halo{stroke:var(--paper);stroke-width:3.6;stroke-opacity:.75}.figure .median{stroke-width:2}
.figure .box{fill:var(--c);fill-opacity:.35;stroke:var(--c);stroke-width:1.4}
.figure .mean{fill:var(--ink);stroke:var(--paper);stroke-width:.8}
.figure .points{stroke:var(--c);stroke-width:2.4;stroke-linecap:round;stroke-opacity:.45}
.figure .dots{stroke:var(--c);stroke-width:6;stroke-linecap:round}
.figure .cut{stroke:var(--ink);stroke-width:1.6}
.line{fill:none;stroke:var(--c);stroke-width:2;stroke-linejoin:round}
.figure .line{stroke-width:1.6}
.d1{stroke-dasharray:8 3}.d2{stroke-dasharray:3 2}.d3{stroke-dasharray:9 3 2 3}
`)
	for i := range Colours {
		fmt.Fprintf(&b, ".c%d{--c:var(--c%d)}", i, i)
	}
	sheet := func(selector, ink, muted, paper string, colours [Colours]string) string {
		var s strings.Builder
		fmt.Fprintf(&s, "%s{--ink:%s;--muted:%s;--paper:%s", selector, ink, muted, paper)
		for i, c := range colours {
			fmt.Fprintf(&s, ";--c%d:%s", i, c)
		}
		return s.String() + "}"
	}
	b.WriteString("\n" + sheet(":root", "#1c2128", "#5b6470", "#ffffff", light))
	b.WriteString("\n@media (prefers-color-scheme:dark){" + sheet(":root", "#e6e9ee", "#9aa4b1", "#12161c", dark) + "}\n")
	return b.String()
}

// ChoiceStyle is the style sheet with which boxes to tick, of the classes
// [ChoiceClass] of so many colours, bring out the lines in the figures of their
// section: the others fade. While none is ticked all are alike.
func ChoiceStyle(colours int) string {
	var b strings.Builder
	b.WriteString("section:has(input:checked) .figure :is(.line,.dots){stroke-opacity:.13}\n")
	for i := range colours {
		class := ChoiceClass(i)
		fmt.Fprintf(&b, "section:has(input.%s:checked) .figure :is(.line,.dots).%s{stroke-opacity:1}", class, class)
		fmt.Fprintf(&b, "section:has(input.%s:checked) .figure .line.%s{stroke-width:2.6}\n", class, class)
	}
	return b.String()
}
