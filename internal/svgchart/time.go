package svgchart

import (
	"fmt"
	"strconv"
)

// Grid draws the lines of the time axis.
func (p *Page) Grid(top, bottom float64) {
	p.Put(`<path class="grid" d="`)
	for _, t := range ticks(p.endMs) {
		p.Put("M", Number(p.X(t.ms)), " ", Number(top), "V", Number(bottom))
	}
	p.Put(`"/>`, "\n")
}

// TimeAxis labels the time below y.
func (p *Page) TimeAxis(y float64) {
	for _, t := range ticks(p.endMs) {
		p.Text(p.X(t.ms), y+16, "muted mid", t.label)
	}
}

// EpisodeEnd marks when the episode of a panel ends.
func (p *Page) EpisodeEnd(ms, top, bottom float64) {
	end := p.X(ms)
	p.Put("<g><title>the episode ends at ", Duration(ms), "</title>")
	p.Line("stop", end, top, end, bottom)
	p.Put("</g>\n")
}

// unit is what times are counted in.
type unit struct {
	name string
	ms   float64
	// steps are good distances of ticks.
	steps []float64
}

var units = []unit{
	{"ms", 1, []float64{1, 2, 5, 10, 20, 50, 100, 200, 500}},
	{"s", 1000, []float64{1, 2, 5, 10, 15, 30}},
	{"min", 60_000, []float64{1, 2, 5, 10, 15, 30}},
	{"h", 3_600_000, []float64{1, 2, 3, 6, 12, 24, 48, 96}},
}

// tick is a mark on the time axis.
type tick struct {
	ms    float64
	label string
}

// mostTicks is how many fit.
const mostTicks = 16

// ticks marks the time up to endMs.
func ticks(endMs float64) []tick {
	u, step := tickStep(endMs)
	var list []tick
	for i := 0; ; i++ {
		n := float64(i) * step
		ms := n * u.ms
		if ms > endMs || i > mostTicks {
			return list
		}
		list = append(list, tick{ms, strconv.FormatFloat(n, 'f', -1, 64) + " " + u.name})
	}
}

func tickStep(endMs float64) (unit, float64) {
	for _, u := range units {
		for _, step := range u.steps {
			if endMs <= step*u.ms*mostTicks {
				return u, step
			}
		}
	}
	last := units[len(units)-1]
	return last, Ceiling(endMs/last.ms/mostTicks, 1, 2, 5)
}

// Duration writes a time as people do, to about three digits.
func Duration(ms float64) string {
	switch s := ms / 1000; {
	case s < 1:
		return trim(fmt.Sprintf("%.0f", ms)) + " ms"
	case s < 180:
		return trim(fmt.Sprintf("%.1f", s)) + " s"
	case s < 3*3600:
		m := int(s+0.5) / 60
		return fmt.Sprintf("%d min %02d s", m, int(s+0.5)-60*m)
	default:
		m := int(s/60 + 0.5)
		return fmt.Sprintf("%d h %02d min", m/60, m%60)
	}
}
