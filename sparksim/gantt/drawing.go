package gantt

import (
	"fmt"
	"io"

	"trailblazer/internal/svgchart"
)

// The layout, in pixels.
const (
	left      = svgchart.Left
	plotWidth = svgchart.PlotWidth

	mostLane    = 18
	lanesHeight = 380 // of many executors
	curveGap    = 26  // with the caption of the curve below
	curveHeight = 56

	shortPx = 2   // shorter runs are joined with others
	gapPx   = 0.5 // if not more lies between
)

var style = svgchart.Style{
	Light: `.busy{fill:#3f7fc4;fill-opacity:.35;stroke:#3f7fc4}.jobs{fill:#c9803a;fill-opacity:.3;stroke:#c9803a}.mean{stroke:#1c2128;stroke-dasharray:2 3}
.job:hover{stroke:#000;stroke-width:1.2}`,
	Ink:  []string{".mean"},
	Dark: ".job:hover{stroke:#fff}",
}

// drawing writes a chart.
type drawing struct {
	*svgchart.Page
	peak int // active jobs, over all panels
	// joined counts runs that are not drawn by themselves, of all.
	joined, runs int
}

func (c *Chart) draw(w io.Writer) error {
	d := new(drawing)
	height, endMs := -float64(svgchart.PanelGap), 0.0
	for i := range c.Panels {
		p := &c.Panels[i]
		height += panelHeight(p) + svgchart.PanelGap
		endMs = max(endMs, p.EndMs)
		d.runs += len(p.Runs)
		_, peak := meanAndPeak(active(p.Jobs, p.EndMs), p.EndMs)
		d.peak = max(d.peak, peak)
	}
	d.Page = svgchart.NewPage(w, c.Title, style, height, endMs)
	y := float64(svgchart.HeadHeight)
	for i := range c.Panels {
		p := &c.Panels[i]
		d.panel(p, y)
		y += panelHeight(p) + svgchart.PanelGap
	}
	notes := []string{"A lane is an executor, a colour a job, a gap within it a change of stage. The time axis is the same everywhere."}
	if d.joined > 0 {
		notes = append(notes, fmt.Sprintf("%d of %d runs are joined with others of the same executor and job, because one of them is shorter than %d px, %s.",
			d.joined, d.runs, shortPx, svgchart.Duration(d.Ms(shortPx))))
	}
	return d.End(notes...)
}
