package svgchart

import (
	"bufio"
	"io"
	"strconv"
	"strings"
)

// The layout, in pixels.
const (
	Width     = 1600
	Left      = 76
	Right     = 40
	PlotWidth = Width - Left - Right
	// HeadHeight and FootHeight are those above and below all panels.
	HeadHeight = 62
	FootHeight = 62
	// PanelHead is the height of a panel's title, AxisHeight that of the labels
	// of the time axis, and PanelGap what is free below.
	PanelHead  = 34
	AxisHeight = 24
	PanelGap   = 30
)

// Style is what a kind of chart adds to the style sheet.
type Style struct {
	// Light are rules for its marks, Dark what dark surroundings change.
	Light, Dark string
	// Ink are the selectors of what Light draws in the light colour of text.
	Ink []string
}

// sheet has colours for light and dark surroundings. Renderers that know no
// media queries draw the light ones.
func (s Style) sheet() string {
	return `text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;fill:#1c2128}
.title{font-size:20px;font-weight:600}.head{font-size:15px;font-weight:600}.muted{fill:#5b6470}.end{text-anchor:end}.mid{text-anchor:middle}
.page{fill:#fff}.lanes{fill:#f3f5f8}.grid{stroke:#1c2128;stroke-opacity:.12;pointer-events:none}
.axis{stroke:#8a93a0}.stop{stroke:#1c2128;stroke-dasharray:4 3}
` + s.Light + `
@media (prefers-color-scheme:dark){text{fill:#e6e9ee}.muted{fill:#9aa4b1}.page{fill:#12161c}.lanes{fill:#1b212a}
.grid{stroke:#e6e9ee;stroke-opacity:.14}.axis{stroke:#6b7583}` + strings.Join(append([]string{".stop"}, s.Ink...), ",") + `{stroke:#e6e9ee}` + s.Dark + `}`
}

// Page writes a chart. Errors of the writer are kept until End.
type Page struct {
	*bufio.Writer
	endMs  float64
	height float64
}

// NewPage begins a chart whose panels have a height in all, the gaps between
// them included, with a time axis up to endMs.
func NewPage(w io.Writer, title string, style Style, panels, endMs float64) *Page {
	p := &Page{bufio.NewWriter(w), max(endMs, 1), HeadHeight + panels + FootHeight}
	h := Number(p.height)
	p.Put(`<svg xmlns="http://www.w3.org/2000/svg" width="`, strconv.Itoa(Width), `" height="`, h, `" viewBox="0 0 `, strconv.Itoa(Width), ` `, h, `">`, "\n")
	p.Put("<title>", Escape(title), "</title>\n<style>", Escape(style.sheet()), "</style>\n")
	p.Put(`<rect class="page" width="100%" height="100%"/>`, "\n")
	p.Text(Left, 36, "title", title)
	return p
}

// End writes notes below the panels, at most two, and ends the chart.
func (p *Page) End(notes ...string) error {
	for i, note := range notes {
		p.Text(Left, p.height-34+18*float64(i), "muted", note)
	}
	p.Put("</svg>\n")
	return p.Flush()
}

// X is where a time lies.
func (p *Page) X(ms float64) float64 { return Left + PlotWidth*ms/p.endMs }

// Ms is how long some pixels are.
func (p *Page) Ms(px float64) float64 { return px * p.endMs / PlotWidth }

// Put writes parts of the document.
func (p *Page) Put(parts ...string) {
	for _, part := range parts {
		p.WriteString(part)
	}
}

// Text writes a line of text.
func (p *Page) Text(x, y float64, class, text string) {
	p.Put(`<text x="`, Number(x), `" y="`, Number(y), `" class="`, class, `">`, Escape(text), "</text>\n")
}

// Line draws a straight line.
func (p *Page) Line(class string, x1, y1, x2, y2 float64) {
	p.Put(`<path class="`, class, `" d="M`, Number(x1), " ", Number(y1), "L", Number(x2), " ", Number(y2), `"/>`, "\n")
}

// Head writes the title of a panel that begins at y, with notes behind it.
func (p *Page) Head(y float64, title string, notes []string) {
	p.Put(`<text x="`, strconv.Itoa(Left), `" y="`, Number(y+14), `"><tspan class="head">`, Escape(title), `</tspan><tspan class="muted" dx="12">`,
		Escape(strings.Join(notes, "  ·  ")), "</tspan></text>\n")
}

// Background draws that of a plot.
func (p *Page) Background(top, bottom float64) {
	p.Put(`<rect class="lanes" x="`, strconv.Itoa(Left), `" y="`, Number(top), `" width="`, strconv.Itoa(PlotWidth), `" height="`, Number(bottom-top), `"/>`, "\n")
}

// Caption writes above a plot at y what it shows.
func (p *Page) Caption(y float64, text string) { p.Text(Left, y-7, "muted", text) }

// Scale labels the vertical axis of a plot at y from 0 to top, and draws its
// base.
func (p *Page) Scale(y, height float64, top string) {
	p.Text(Left-8, y+9, "muted end", top)
	p.Text(Left-8, y+height, "muted end", "0")
	p.Line("axis", Left, y+height, Left+PlotWidth, y+height)
}
