package gantt

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// The layout, in pixels.
const (
	width      = 1600
	left       = 76
	right      = 40
	plotWidth  = width - left - right
	headHeight = 62
	footHeight = 62

	panelHead   = 34 // title above the lanes
	mostLane    = 18
	lanesHeight = 380 // of many executors
	curveGap    = 26  // with the caption of the curve below
	curveHeight = 56
	axisHeight  = 24
	panelGap    = 30

	shortPx = 2   // shorter runs are joined with others
	gapPx   = 0.5 // if not more lies between
)

// drawing writes a chart. Errors of the writer are kept until Flush.
type drawing struct {
	*bufio.Writer
	chart *Chart
	endMs float64 // of the time axis
	peak  int     // active jobs, over all panels
	// joined counts runs that are not drawn by themselves, of all.
	joined, runs int
}

func newDrawing(w io.Writer, c *Chart) *drawing {
	d := &drawing{Writer: bufio.NewWriter(w), chart: c}
	for i := range c.Panels {
		p := &c.Panels[i]
		d.endMs = max(d.endMs, p.EndMs)
		d.runs += len(p.Runs)
		_, peak := meanAndPeak(active(p.Jobs, p.EndMs), p.EndMs)
		d.peak = max(d.peak, peak)
	}
	d.endMs = max(d.endMs, 1)
	return d
}

// style has colours for light and dark surroundings. Renderers that know no
// media queries draw the light ones.
const style = `text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;fill:#1c2128}
.title{font-size:20px;font-weight:600}.head{font-size:15px;font-weight:600}.muted{fill:#5b6470}.end{text-anchor:end}.mid{text-anchor:middle}
.page{fill:#fff}.lanes{fill:#f3f5f8}.grid{stroke:#1c2128;stroke-opacity:.12;pointer-events:none}
.axis{stroke:#8a93a0}.stop{stroke:#1c2128;stroke-dasharray:4 3}
.busy{fill:#3f7fc4;fill-opacity:.35;stroke:#3f7fc4}.jobs{fill:#c9803a;fill-opacity:.3;stroke:#c9803a}.mean{stroke:#1c2128;stroke-dasharray:2 3}
.job:hover{stroke:#000;stroke-width:1.2}
@media (prefers-color-scheme:dark){text{fill:#e6e9ee}.muted{fill:#9aa4b1}.page{fill:#12161c}.lanes{fill:#1b212a}
.grid{stroke:#e6e9ee;stroke-opacity:.14}.axis{stroke:#6b7583}.stop,.mean{stroke:#e6e9ee}.job:hover{stroke:#fff}}`

func (d *drawing) draw() {
	height := float64(headHeight + footHeight - panelGap)
	for i := range d.chart.Panels {
		height += panelHeight(&d.chart.Panels[i]) + panelGap
	}
	h := number(height)
	d.put(`<svg xmlns="http://www.w3.org/2000/svg" width="`, strconv.Itoa(width), `" height="`, h, `" viewBox="0 0 `, strconv.Itoa(width), ` `, h, `">`, "\n")
	d.put("<title>", escape(d.chart.Title), "</title>\n<style>", escape(style), "</style>\n")
	d.put(`<rect class="page" width="100%" height="100%"/>`, "\n")
	d.text(left, 36, "title", d.chart.Title)
	y := float64(headHeight)
	for i := range d.chart.Panels {
		p := &d.chart.Panels[i]
		d.panel(p, y)
		y += panelHeight(p) + panelGap
	}
	d.text(left, height-34, "muted", "A lane is an executor, a colour a job, a gap within it a change of stage. The time axis is the same everywhere.")
	if d.joined > 0 {
		d.text(left, height-16, "muted", fmt.Sprintf("%d of %d runs are joined with others of the same executor and job, because one of them is shorter than %d px, %s.",
			d.joined, d.runs, shortPx, duration(d.pxMs(shortPx))))
	}
	d.put("</svg>\n")
}

// x is where a time lies.
func (d *drawing) x(ms float64) float64 { return left + plotWidth*ms/d.endMs }

// pxMs is how long some pixels are.
func (d *drawing) pxMs(px float64) float64 { return px * d.endMs / plotWidth }

func (d *drawing) put(parts ...string) {
	for _, part := range parts {
		d.WriteString(part)
	}
}

// text writes a line of text.
func (d *drawing) text(x, y float64, class, text string) {
	d.put(`<text x="`, number(x), `" y="`, number(y), `" class="`, class, `">`, escape(text), "</text>\n")
}

// line draws a straight line.
func (d *drawing) line(class string, x1, y1, x2, y2 float64) {
	d.put(`<path class="`, class, `" d="M`, number(x1), " ", number(y1), "L", number(x2), " ", number(y2), `"/>`, "\n")
}

// number writes a coordinate to a hundredth of a pixel.
func number(x float64) string { return trim(strconv.FormatFloat(x, 'f', 2, 64)) }

func escape(text string) string {
	var b strings.Builder
	xml.EscapeText(&b, []byte(text)) // A strings.Builder takes everything.
	return b.String()
}
