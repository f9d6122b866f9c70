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
	// steps is what is counted; noisy says that one value in twenty may lie far off
	// the others, on either side.
	steps string
	noisy bool
	lines []svgchart.Line
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

// DrawCurves draws, one below the other, each task's loss on what was learned
// from and on what was held out, what was played to learn by stages, what the
// model reached in each scenario, and
// the score where it is more than one of these. Each shows the step of the best
// model; name is the run's.
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
	const height, head, foot = 270, 18, 24
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d"><title>%s</title><style>%s.paper{fill:var(--paper)}.name{fill:var(--c);text-anchor:end}</style>`+"\n"+`<rect class="paper" width="100%%" height="100%%"/>`+"\n",
		svgchart.FigureWidth, max(1, len(curves))*(height+head)+foot, svgchart.Escape(title), svgchart.FigureStyle())
	for i := range curves {
		c := &curves[i]
		top := i * (height + head)
		for k, line := range c.lines {
			fmt.Fprintf(&b, `<text class="legend name %s" x="%d" y="%d">%s</text>`+"\n", svgchart.ColourClass(line.Colour), svgchart.FigureWidth-20-90*(len(c.lines)-1-k), top+13, svgchart.Escape(line.Name))
		}
		fmt.Fprintf(&b, `<svg y="%d" width="%d" height="%d">%s</svg>`+"\n", top+head, svgchart.FigureWidth, height, c.draw(best, last))
	}
	fmt.Fprintf(&b, `<text class="legend" x="12" y="%d">%s</text>`+"\n", max(1, len(curves))*(height+head)+14, svgchart.Escape(title))
	b.WriteString("</svg>\n")
	return b.String()
}

// collect sorts what was measured into curves, in the order in which it first
// occurs: losses, what was played to learn, scenarios, then the score.
func collect(points []Point) []curve {
	var losses, played, scenarios []curve
	var stages []string
	score := curve{caption: "score: what the model is chosen by"}
	for i := range points {
		p := &points[i]
		for k := range p.Tasks {
			t := &p.Tasks[k]
			name, colour := "learned from", learnedColour
			if p.Kind == Validated {
				name, colour = "held out", heldOutColour
			}
			if p.Kind == Trained || t.Batches > 0 {
				add(&losses, t.Task+": loss", name, colour, p.Step, t.Loss)
			}
			for _, s := range t.Scenarios {
				add(&scenarios, s.Scenario+": "+s.Metric, "played", heldOutColour, p.Step, s.Value)
			}
		}
		if o := p.Online; o != nil {
			for _, one := range []struct {
				caption string
				value   *float64
			}{
				{returnCaption, o.Return}, {"entropy of the policy, in nats", o.Entropy},
				{"KL divergence of an update, in nats", o.KL}, {"variance of returns that the critic explains", o.Explained},
				{"loss of the critic", o.Value},
			} {
				if one.value != nil {
					add(&played, one.caption, o.Stage, stageColour(p.Online.Stage, &stages), p.Step, *one.value)
				}
			}
		}
		if p.Score != nil {
			addTo(&score, "validation", heldOutColour, p.Step, *p.Score)
		}
	}
	curves := slices.Concat(losses, played, scenarios)
	if len(scenarios) != 1 && len(score.lines) > 0 {
		curves = append(curves, score)
	}
	if stages != nil {
		for i := range curves {
			curves[i].steps, curves[i].noisy = "iterations", curves[i].caption == returnCaption
		}
	}
	return curves
}

// returnCaption is that of what was played.
const returnCaption = "return of an episode that was played to learn"

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
func add(curves *[]curve, caption, name string, colour, step int, value float64) {
	at := slices.IndexFunc(*curves, func(c curve) bool { return c.caption == caption })
	if at < 0 {
		at = len(*curves)
		*curves = append(*curves, curve{caption: caption})
	}
	addTo(&(*curves)[at], name, colour, step, value)
}

func addTo(c *curve, name string, colour, step int, value float64) {
	at := slices.IndexFunc(c.lines, func(l svgchart.Line) bool { return l.Name == name })
	if at < 0 {
		at = len(c.lines)
		c.lines = append(c.lines, svgchart.Line{Name: name, Colour: colour})
	}
	l := &c.lines[at]
	l.X, l.Y = append(l.X, float64(step)), append(l.Y, value)
}

// draw leaves out the highest hundredth of the values, which are those of the
// first steps, and of noisy ones the highest and the lowest twentieth. It draws a
// line at the best model's step, unless that is 0.
func (c *curve) draw(best, last int) string {
	var values []float64
	points := 0
	for _, l := range c.lines {
		values = append(values, l.Y...)
		points = max(points, len(l.X))
	}
	slices.Sort(values)
	low, high := 0, len(values)/100
	if c.noisy {
		low, high = len(values)/20, len(values)/20
	}
	chart := svgchart.Lines{Title: c.caption, XCaption: cmp.Or(c.steps, "steps"), YCaption: c.caption, XHigh: float64(last),
		YLow: values[low], YHigh: values[len(values)-1-high], Points: points <= 60}
	lines := c.lines
	if best > 0 {
		at := float64(best)
		lines = append(slices.Clip(lines), svgchart.Line{Name: "best step", Colour: bestColour, X: []float64{at, at}, Y: []float64{chart.YLow, chart.YHigh}})
	}
	return chart.Draw(lines)
}
