package ccplot

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"trailblazer/internal/svgchart"
)

// The layout, in pixels.
const (
	left      = svgchart.Left
	plotWidth = svgchart.PlotWidth
	right     = left + plotWidth

	legendSpace = 16 // below a panel's title
	plotGap     = 26 // with the caption of the plot below
	rateHeight  = 220
	delayHeight = 64
	stallGap    = 8
	lossHeight  = 32
)

// stallHeight is that of the strip with a lane for each flow.
func stallHeight(flows int) float64 { return min(max(10, 4*float64(flows)), 64) }

func panelHeight(p *Panel) float64 {
	return svgchart.PanelHead + legendSpace + rateHeight + plotGap + delayHeight + stallGap + stallHeight(len(p.Flows)) +
		plotGap + lossHeight + svgchart.AxisHeight
}

// style: one flow has a colour for each curve, several have one each.
var style = svgchart.Style{
	Light: `.line{fill:none}.area{fill-opacity:.25}.request{stroke:#1c2128;stroke-dasharray:7 4}.target{stroke-width:2}.received{stroke-width:1.2}
.one .available{fill:#6b7683;stroke:#6b7683}.one .target{stroke:#0060a8}.one .received{stroke:#b35900}.one .delay{fill:#7b3fa0;stroke:#7b3fa0}.one .loss{stroke:#7a4a00}
.many .area{fill-opacity:.1}.many .target{stroke-opacity:.4;stroke-width:4}.loss{stroke-width:1.5}.stall{fill:#c62828}`,
	Ink: []string{".request"},
	Dark: `.one .available{fill:#9aa4b1;stroke:#9aa4b1}.one .target{stroke:#58b0ff}.one .received{stroke:#ffab4a}.one .delay{fill:#c79bf0;stroke:#c79bf0}
.one .loss{stroke:#ffc98a}.stall{fill:#ff6b6b}`,
}

// drawing writes a chart.
type drawing struct {
	*svgchart.Page
	// What the vertical axes go up to, over all panels.
	rate, delay, loss float64
}

func (c *Chart) draw(w io.Writer) error {
	d := new(drawing)
	height, endMs := -float64(svgchart.PanelGap), 0.0
	for i := range c.Panels {
		height += panelHeight(&c.Panels[i]) + svgchart.PanelGap
		endMs = max(endMs, c.Panels[i].EndMs)
	}
	peaks := c.peaks()
	d.rate = svgchart.Ceiling(peaks.shownRate(), 1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8)
	d.delay = svgchart.Ceiling(max(peaks.delay, 10), 1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8)
	d.loss = svgchart.Ceiling(100*peaks.loss, 1, 2, 5) / 100
	d.Page = svgchart.NewPage(w, c.Title, style, height, endMs)
	y := float64(svgchart.HeadHeight)
	for i := range c.Panels {
		p := &c.Panels[i]
		d.panel(p, y)
		y += panelHeight(p) + svgchart.PanelGap
	}
	notes := []string{"The axes are the same everywhere. Where several steps lie in one column of pixels, their least and greatest values are drawn."}
	if cut := peaks.above(d.rate); cut != "" {
		notes = append(notes, fmt.Sprintf("Rates above %s are cut off: %s.", rate(d.rate), cut))
	}
	return d.End(notes...)
}

// peaks are the greatest values of a chart's curves.
type peaks struct{ available, request, target, received, delay, loss float64 }

func (c *Chart) peaks() peaks {
	var most peaks
	for i := range c.Panels {
		for k := range c.Panels[i].Flows {
			f := &c.Panels[i].Flows[k]
			for _, one := range []struct {
				curve Curve
				most  *float64
			}{
				{f.Available, &most.available}, {f.Request, &most.request}, {f.Target, &most.target},
				{f.Received, &most.received}, {f.QueueDelay, &most.delay}, {f.Loss, &most.loss},
			} {
				*one.most = max(*one.most, one.curve.most())
			}
		}
	}
	return most
}

// shownRate is the greatest rate that has to fit. Bandwidth and targets far
// above all that was wanted or received would make the rest too small to read.
func (p *peaks) shownRate() float64 {
	bound := max(p.available, p.target)
	if used := max(p.request, p.received); used > 0 {
		bound = max(min(bound, 1.5*used), used)
	}
	return bound
}

// above says what is above a rate.
func (p *peaks) above(kbps float64) string {
	var list []string
	if p.available > kbps {
		list = append(list, "up to "+rate(p.available)+" are available")
	}
	if p.target > kbps {
		list = append(list, "targets go up to "+rate(p.target))
	}
	return strings.Join(list, ", ")
}

// rate writes a rate for people, to three digits.
func rate(kbps float64) string {
	if kbps < 1000 {
		return digits(kbps) + " kbps"
	}
	return digits(kbps/1000) + " Mbps"
}

// digits writes a number to three digits.
func digits(x float64) string {
	if x < 1000 && x > 0 {
		unit := math.Pow(10, math.Floor(math.Log10(x))-2)
		x = math.Round(x/unit) * unit
		return svgchart.Number(x)
	}
	return strconv.FormatFloat(x, 'f', 0, 64)
}
