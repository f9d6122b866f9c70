package ccplot

import (
	"fmt"
	"math"
	"strconv"

	"trailblazer/internal/svgchart"
)

// panel draws an episode from y down.
func (d *drawing) panel(p *Panel, y float64) {
	d.Head(y, p.Title, p.Notes)
	y += svgchart.PanelHead + legendSpace
	top := y
	d.rates(p, y)

	y += rateHeight + plotGap
	d.Caption(y, "queueing delay, ms")
	d.Background(y, y+delayHeight)
	d.Scale(y, delayHeight, svgchart.Number(d.delay))
	d.Grid(y, y+delayHeight)
	d.flows(p, func(i int, f *Flow) {
		d.curve("delay", name(p, i, "queueing delay"), f.QueueDelay, p.EndMs, plot{y, delayHeight, d.delay}, len(p.Flows) == 1)
	})

	y += delayHeight + stallGap
	d.stalls(p, y)

	y += stallHeight(len(p.Flows)) + plotGap
	d.Caption(y, "packets lost in each step, %")
	d.Background(y, y+lossHeight)
	d.Scale(y, lossHeight, svgchart.Number(100*d.loss))
	d.Grid(y, y+lossHeight)
	d.flows(p, func(i int, f *Flow) { d.losses(p, i, plot{y, lossHeight, d.loss}) })

	y += lossHeight
	d.TimeAxis(y)
	d.EpisodeEnd(p.EndMs, top, y)
}

// flows draws something of each flow in its colours.
func (d *drawing) flows(p *Panel, draw func(i int, f *Flow)) {
	for i := range p.Flows {
		if len(p.Flows) == 1 {
			d.Put(`<g class="one">`, "\n")
		} else {
			c := colour(i)
			d.Put(`<g class="many" fill="`, c, `" stroke="`, c, `">`, "\n")
		}
		draw(i, &p.Flows[i])
		d.Put("</g>\n")
	}
}

// colour returns that of one of several flows. Those that follow each other
// differ in hue and in lightness, and all stand out from white as from black.
func colour(flow int) string {
	return svgchart.OKLCH([...]float64{0.55, 0.62}[flow%2], 0.13, svgchart.Hue(255, flow))
}

// name is what hovering over a curve shows.
func name(p *Panel, flow int, what string) string {
	if len(p.Flows) == 1 {
		return what
	}
	return fmt.Sprintf("flow %d: %s", flow, what)
}

// plot is where curves are drawn: from y down, with an axis up to top.
type plot struct{ y, height, top float64 }

func (p plot) base() float64 { return p.y + p.height }

// at is where a value lies. What is above the axis is cut off.
func (p plot) at(value float64) float64 { return p.y + p.height*(1-min(value, p.top)/p.top) }

// curve draws one, filled down to the base or as a line.
func (d *drawing) curve(class, title string, c Curve, endMs float64, p plot, filled bool) {
	changes := c.changes(endMs)
	if len(changes) == 0 {
		return
	}
	points := make([]point, len(changes))
	for i, one := range changes {
		points[i] = point{d.X(one.Ms), p.at(one.Value)}
	}
	shape := "line "
	if filled {
		shape = "area "
	}
	d.Put(`<path class="`, shape, class, `" d="`)
	drawn := false // up to here
	end := func(x float64) {
		if !drawn {
			return
		}
		d.Put("H", svgchart.Number(x))
		if filled {
			d.Put("V", svgchart.Number(p.base()), "z")
		}
	}
	for _, one := range thin(points) {
		x, y := svgchart.Number(one.x), svgchart.Number(one.y)
		switch {
		case math.IsNaN(one.y):
			end(one.x)
		case drawn:
			d.Put("H", x, "V", y)
		case filled:
			d.Put("M", x, " ", svgchart.Number(p.base()), "V", y)
		default:
			d.Put("M", x, " ", y)
		}
		drawn = !math.IsNaN(one.y)
	}
	end(d.X(endMs))
	d.Put(`"><title>`, svgchart.Escape(title), "</title></path>\n")
}

// stalls draws when the videos stood still, a lane for each flow.
func (d *drawing) stalls(p *Panel, y float64) {
	lane := stallHeight(len(p.Flows)) / float64(len(p.Flows))
	bottom := y + stallHeight(len(p.Flows))
	d.Background(y, bottom)
	d.Text(left-8, (y+bottom)/2+4, "muted end", "stalls")
	for i := range p.Flows {
		for _, s := range p.Flows[i].Stalls {
			const leastPx = 1.5
			x := d.X(s.FromMs)
			width := max(d.X(s.ToMs)-x, leastPx)
			x = min(x, right-width)
			title := name(p, i, fmt.Sprintf("stands still for %s from %.1f s on", svgchart.Duration(s.ToMs-s.FromMs), s.FromMs/1000))
			d.Put(`<rect class="stall" x="`, svgchart.Number(x), `" y="`, svgchart.Number(y+lane*float64(i)), `" width="`, svgchart.Number(width),
				`" height="`, svgchart.Number(lane), `"><title>`, title, "</title></rect>\n")
		}
	}
}

// losses draws a tick for every step in which packets of a flow were lost.
func (d *drawing) losses(p *Panel, flow int, in plot) {
	const leastPx = 2
	ticks := lossTicks(p, flow, d.X)
	if len(ticks) == 0 {
		return
	}
	d.Put(`<path class="line loss" d="`)
	for _, tick := range ticks {
		d.Put("M", svgchart.Number(tick.x), " ", svgchart.Number(in.base()), "V", svgchart.Number(min(in.at(tick.y), in.base()-leastPx)))
	}
	d.Put(`"><title>`, name(p, flow, "losses"), "</title></path>\n")
}

// lossTicks are where ticks stand, in pixels, and the shares that they show: of
// several in one column of pixels, the greatest. Those of several flows stand
// side by side.
func lossTicks(p *Panel, flow int, x func(ms float64) float64) []point {
	var ticks []point
	c := p.Flows[flow].Loss
	for i, one := range c {
		if !(one.Value > 0) {
			continue
		}
		until := p.EndMs
		if i+1 < len(c) {
			until = c[i+1].Ms
		}
		at := x(one.Ms + (until-one.Ms)*(float64(flow)+0.5)/float64(len(p.Flows)))
		last := len(ticks) - 1
		switch {
		case last < 0 || math.Floor(at) != math.Floor(ticks[last].x):
			ticks = append(ticks, point{at, one.Value})
		case one.Value > ticks[last].y:
			ticks[last] = point{at, one.Value}
		}
	}
	return ticks
}

// levels are round values up to the top of an axis, at most five.
func levels(top float64) []float64 {
	step := svgchart.Ceiling(top/5, 1, 2, 2.5, 5)
	var list []float64
	for i := 1; float64(i)*step <= top; i++ {
		list = append(list, float64(i)*step)
	}
	return list
}

func format(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
