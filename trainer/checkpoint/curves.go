package checkpoint

import (
	"cmp"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"trailblazer/internal/svgchart"
)

// curve is a picture of one quantity over the steps.
type curve struct {
	caption string
	// steps is what is counted; rises says that higher is better; noisy that one
	// value in twenty may lie far off the others, where it is worse.
	steps        string
	rises, noisy bool
	lines        []svgchart.Line
	// low and high are the values with the lowest and the highest score, where there
	// are scores.
	low, high Played
}

// The colours of curves: what was learned from, what was held out, and the best
// step.
const (
	learnedColour = iota
	heldOutColour
	bestColour
)

// SaveCurves replaces curves.svg.
func (d *Directory) SaveCurves(points []Point) error {
	return d.replace(curvesFile, func(w io.Writer) error {
		_, err := io.WriteString(w, DrawCurves(filepath.Base(d.path), points))
		return err
	})
}

// DrawCurves draws, one below the other, the score that models are chosen by, what
// the model reached in each scenario, each task's loss on what was learned from and
// on what was held out, and what was played to learn by stages. Each shows the step
// of the best model; name is the run's.
func DrawCurves(name string, points []Point) string {
	curves := collect(points)
	best, last, title, step := 0, 0, "Curves of the training run "+name, "step"
	for i := range points {
		last = max(last, points[i].Step)
		if points[i].Online != nil {
			step = "iteration"
		}
		if points[i].Kind == Validated && points[i].Best {
			best = points[i].Step
		}
	}
	if best > 0 {
		title += fmt.Sprintf(", whose best model is that of %s %d", step, best)
	}
	// Of what stands above a figure, the upper part parts it from the one before.
	const height, head, foot = 270, 36, 24
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d"><title>%s</title><style>%s.paper{fill:var(--paper)}.name{fill:var(--c);text-anchor:end}</style>`+"\n"+`<rect class="paper" width="100%%" height="100%%"/>`+"\n",
		svgchart.FigureWidth, max(1, len(curves))*(height+head)+foot, svgchart.Escape(title), svgchart.FigureStyle())
	for i := range curves {
		c := &curves[i]
		top := i * (height + head)
		for k, line := range c.lines {
			fmt.Fprintf(&b, `<text class="legend name %s" x="%d" y="%d">%s</text>`+"\n", svgchart.ColourClass(line.Colour), svgchart.FigureWidth-20-90*(len(c.lines)-1-k), top+head-4, svgchart.Escape(line.Name))
		}
		fmt.Fprintf(&b, `<svg y="%d" width="%d" height="%d">%s</svg>`+"\n", top+head, svgchart.FigureWidth, height, c.draw(best, last))
	}
	fmt.Fprintf(&b, `<text class="legend" x="12" y="%d">%s</text>`+"\n", max(1, len(curves))*(height+head)+14, svgchart.Escape(title))
	b.WriteString("</svg>\n")
	return b.String()
}

// collect sorts what was measured into curves, in the order in which it first
// occurs: the score, scenarios, losses, then what was played to learn.
func collect(points []Point) []curve {
	var scores, losses, played, scenarios []curve
	var stages []string
	for i := range points {
		p := &points[i]
		for k := range p.Tasks {
			t := &p.Tasks[k]
			name, colour := "learned from", learnedColour
			if p.Kind == Validated {
				name, colour = "held out", heldOutColour
			}
			if t.Batches > 0 {
				add(&losses, t.Task+": loss", name, colour, p.Step, t.Loss)
			}
			for _, s := range t.Scenarios {
				add(&scenarios, s.Scenario+": "+s.Metric, "played", heldOutColour, p.Step, s.Value).scored(s)
			}
		}
		if o := p.Online; o != nil {
			for _, one := range []struct {
				caption string
				value   *float64
			}{
				{returnCaption, o.Return}, {"entropy of the policy, in nats", o.Entropy},
				{"KL divergence of an update, in nats", o.KL}, {explainedCaption, o.Explained},
				{"loss of the critic", o.Value},
			} {
				if one.value != nil {
					add(&played, one.caption, o.Stage, stageColour(p.Online.Stage, &stages), p.Step, *one.value)
				}
			}
		}
		if p.Score != nil {
			add(&scores, scoreCaption, "validation", heldOutColour, p.Step, *p.Score)
		}
	}
	for i := range scenarios {
		c := &scenarios[i]
		c.rises, c.noisy = c.high.Value >= c.low.Value, true
	}
	curves := slices.Concat(scores, scenarios, losses, played)
	for i := range curves {
		c := &curves[i]
		switch c.caption {
		case scoreCaption, returnCaption:
			c.rises, c.noisy = true, true
		case explainedCaption:
			c.rises = true
		}
		if stages != nil {
			c.steps = "iterations"
		}
	}
	return curves
}

// scored notes what has been reached.
func (c *curve) scored(p Played) {
	if len(c.lines[0].X) == 1 || p.Score < c.low.Score {
		c.low = p
	}
	if len(c.lines[0].X) == 1 || p.Score > c.high.Score {
		c.high = p
	}
}

// The captions of curves whose values rise as they get better.
const (
	scoreCaption     = "score: what the model is chosen by"
	returnCaption    = "return of an episode that was played to learn"
	explainedCaption = "variance of returns that the critic explains"
)

// stageColour is a colour of the stage's own.
func stageColour(stage string, stages *[]string) int {
	at := slices.Index(*stages, stage)
	if at < 0 {
		at = len(*stages)
		*stages = append(*stages, stage)
	}
	return []int{learnedColour, heldOutColour}[at%2]
}

// add adds a point to the curve of a caption.
func add(curves *[]curve, caption, name string, colour, step int, value float64) *curve {
	at := slices.IndexFunc(*curves, func(c curve) bool { return c.caption == caption })
	if at < 0 {
		at = len(*curves)
		*curves = append(*curves, curve{caption: caption})
	}
	c := &(*curves)[at]
	at = slices.IndexFunc(c.lines, func(l svgchart.Line) bool { return l.Name == name })
	if at < 0 {
		at = len(c.lines)
		c.lines = append(c.lines, svgchart.Line{Name: name, Colour: colour})
	}
	l := &c.lines[at]
	l.X, l.Y = append(l.X, float64(step)), append(l.Y, value)
	return c
}

// draw draws a line at the best model's step, unless that is 0.
func (c *curve) draw(best, last int) string {
	chart := svgchart.Lines{Title: c.caption, XCaption: cmp.Or(c.steps, "steps"), YCaption: c.caption, XHigh: float64(last)}
	chart.Points = !slices.ContainsFunc(c.lines, func(l svgchart.Line) bool { return len(l.X) > 60 })
	var note string
	chart.YLow, chart.YHigh, note = c.span()
	chart.XCaption += note
	lines := c.lines
	if best > 0 {
		at := float64(best)
		lines = append(slices.Clip(lines), svgchart.Line{Name: "best step", Colour: bestColour, X: []float64{at, at}, Y: []float64{chart.YLow, chart.YHigh}})
	}
	return chart.Draw(lines)
}

// span is between which values a curve is drawn, and says what lies beyond: the worst
// hundredth, which is that of the first steps, and of noisy ones the worst twentieth.
// The best values and the last ones are always shown.
func (c *curve) span() (low, high float64, note string) {
	var values []float64
	for _, l := range c.lines {
		values = append(values, l.Y...)
	}
	slices.Sort(values)
	beyond := len(values) / 100
	if c.noisy {
		beyond = len(values) / 20
	}
	low, high = values[0], values[len(values)-1]
	if c.rises {
		low = values[beyond]
	} else {
		high = values[len(values)-1-beyond]
	}
	for _, l := range c.lines {
		low, high = min(low, l.Y[len(l.Y)-1]), max(high, l.Y[len(l.Y)-1])
	}
	below, above := 0, 0
	for _, v := range values {
		if v < low {
			below++
		} else if v > high {
			above++
		}
	}
	switch {
	case below > 0:
		note = fmt.Sprintf("; %d of %d points lie below, down to %.4g", below, len(values), values[0])
	case above > 0:
		note = fmt.Sprintf("; %d of %d points lie above, up to %.4g", above, len(values), values[len(values)-1])
	}
	return low, high, note
}
