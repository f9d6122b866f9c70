package ccplot

import (
	"slices"
	"strconv"

	"trailblazer/internal/svgchart"
)

// rates draws what flows could get, wanted, aimed at and got, with a legend
// above.
func (d *drawing) rates(p *Panel, y float64) {
	unit, kbps := "kbps", 1.0
	if d.rate >= 2000 {
		unit, kbps = "Mbps", 1000
	}
	d.legend(p, y-10, unit)
	d.Background(y, y+rateHeight)
	in := plot{y, rateHeight, d.rate}
	d.flows(p, func(i int, f *Flow) {
		d.curve("available", name(p, i, "available bandwidth"), f.Available, p.EndMs, in, true)
	})
	d.Grid(y, y+rateHeight)
	for _, level := range levels(d.rate) {
		d.Line("grid", left, in.at(level), right, in.at(level))
		d.Text(left-8, in.at(level)+4, "muted end", format(level/kbps))
	}
	d.Text(left-8, in.base()+4, "muted end", "0")
	d.Line("axis", left, in.base(), right, in.base())
	d.requests(p, in)
	d.flows(p, func(i int, f *Flow) {
		d.curve("target", name(p, i, "target rate"), f.Target, p.EndMs, in, false)
		d.curve("received", name(p, i, "received"), f.Received, p.EndMs, in, false)
	})
}

// requests draws each request once: flows often have the same.
func (d *drawing) requests(p *Panel, in plot) {
	for i := range p.Flows {
		request := p.Flows[i].Request
		drawn := slices.ContainsFunc(p.Flows[:i], func(f Flow) bool { return slices.Equal(f.Request, request) })
		if !drawn {
			d.curve("request", name(p, i, "requested rate"), request, p.EndMs, in, false)
		}
	}
}

// letterPx is about how wide a letter of a legend is.
const letterPx = 6.3

// legend says what is what, on a line of text at y.
func (d *drawing) legend(p *Panel, y float64, unit string) {
	const sample, gap = 24, 6
	x := float64(left)
	text := func(text string) {
		d.Text(x, y, "muted", text)
		x += letterPx*float64(len(text)) + 2*gap
	}
	text("rates, " + unit + ":")
	class := "one"
	if len(p.Flows) > 1 {
		class = "many"
	}
	d.Put(`<g class="`, class, `" fill="#8a93a0" stroke="#8a93a0">`, "\n")
	middle := y - 4
	samples := x
	for _, one := range legendItems {
		if one.class == "available" {
			d.Put(`<path class="area available" d="M`, svgchart.Number(x), " ", svgchart.Number(middle+5), "v-10h", strconv.Itoa(sample), `v10z"/>`, "\n")
		} else {
			d.Line("line "+one.class, x, middle, x+sample, middle)
		}
		x += sample + gap + letterPx*float64(len(one.text)) + 3*gap
	}
	d.Put("</g>\n")
	x = samples
	for _, one := range legendItems {
		d.Text(x+sample+gap, y, "muted", one.text)
		x += sample + gap + letterPx*float64(len(one.text)) + 3*gap
	}
	if len(p.Flows) > 1 {
		text("flow")
		d.flowColours(p, x, y)
	}
}

var legendItems = []struct{ class, text string }{
	{"available", "available"}, {"request", "requested"}, {"target", "target"}, {"received", "received"},
}

// flowColours shows the colours of the flows, as far as there is room.
func (d *drawing) flowColours(p *Panel, x, y float64) {
	const each = 30
	for i := range p.Flows {
		if x+2*each > right && i+1 < len(p.Flows) {
			d.Text(x, y, "muted", "…")
			return
		}
		d.Put(`<path fill="`, colour(i), `" d="M`, svgchart.Number(x), " ", svgchart.Number(y), `v-9h9v9z"/>`, "\n")
		d.Text(x+12, y, "muted", strconv.Itoa(i))
		x += each
	}
}
