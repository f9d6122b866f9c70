package bench

import (
	"html/template"
	"math"
	"slices"

	"trailblazer/internal/svgchart"
)

// figure is a picture with what it shows.
type figure struct {
	Caption string
	SVG     template.HTML
}

// colour is a policy's place in the report, in all figures.
func (r *Report) colour(policy string) int {
	return slices.IndexFunc(r.Policies, func(p Policy) bool { return p.Name == policy })
}

// figures are those of a scenario.
func (r *Report) figures(s *Scenario) []figure {
	h := r.Headlines[0]
	list := []figure{
		{"Means with 95 % intervals, as in Fig. 3a", r.bars(s, h)},
		{"By episode, as in Fig. 3b: points are episodes, boxes quartiles, whiskers reach from 5 % to 95 %, triangles are means", r.boxes(s)},
		{"Distribution over episodes, as in Karma's Fig. 8: the share of episodes that stay below", r.distributionCurves(s)},
	}
	if s.row(r.Baseline) != nil && len(s.Rows) > 1 {
		list = append(list, figure{"Difference from " + r.Baseline + " in the same episode, sorted", r.gains(s)})
	}
	for _, h := range r.Headlines[1:] {
		list = append(list, figure{"Means with 95 % intervals: " + h.Caption, r.bars(s, h)})
	}
	return list
}

func (r *Report) bars(s *Scenario, h Headline) template.HTML {
	var bars []svgchart.Bar
	for i := range s.Rows {
		row := &s.Rows[i]
		m := row.Metrics[h.Name]
		bars = append(bars, svgchart.Bar{Name: row.Policy, Colour: r.colour(row.Policy), Value: float64(m.Mean),
			Low: float64(m.CI95[0]), High: float64(m.CI95[1]), Text: format(float64(m.Mean)),
			Reference: row.Policy == r.Floor.Policy || row.Policy == r.Ceiling.Policy})
	}
	return template.HTML(svgchart.Bars(s.Name+": "+h.Caption, h.Caption, bars))
}

func (r *Report) boxes(s *Scenario) template.HTML {
	h := r.Headlines[0]
	var boxes []svgchart.Box
	for i := range s.Rows {
		row := &s.Rows[i]
		boxes = append(boxes, svgchart.Box{Name: row.Policy, Colour: r.colour(row.Policy), Values: ascending(row.Values[h.Name]),
			Mean: float64(row.Distribution.Mean), Text: format(float64(row.Distribution.Median))})
	}
	return template.HTML(svgchart.Boxes(s.Name+": "+h.Caption+" by episode", h.Caption+"; right: median", boxes))
}

func (r *Report) distributionCurves(s *Scenario) template.HTML {
	h := r.Headlines[0]
	values := make([][]float64, len(s.Rows))
	for i := range s.Rows {
		values[i] = ascending(s.Rows[i].Values[h.Name])
	}
	low, high := svgchart.DistributionSpan(values)
	chart := svgchart.Lines{Title: s.Name + ": distribution of " + h.Caption, XCaption: h.Caption + " of an episode", YCaption: "share of episodes",
		XLow: low, XHigh: high, YHigh: 1, YPercent: true}
	var lines []svgchart.Line
	for i := range s.Rows {
		lines = append(lines, svgchart.Distribution(s.Rows[i].Policy, r.colour(s.Rows[i].Policy), values[i], low, high))
	}
	return template.HTML(chart.Draw(lines))
}

// gains are the sorted differences of episodes from the baseline's.
func (r *Report) gains(s *Scenario) template.HTML {
	h := r.Headlines[0]
	base := s.row(r.Baseline).Values[h.Name]
	var lines []svgchart.Line
	var all [][]float64
	for i := range s.Rows {
		row := &s.Rows[i]
		if row.Policy == r.Baseline {
			continue
		}
		differences := make([]Number, len(base))
		for k, v := range row.Values[h.Name] {
			differences[k] = v - base[k]
		}
		sorted := ascending(differences)
		line := svgchart.Line{Name: row.Policy, Colour: r.colour(row.Policy), Y: sorted}
		for k := range sorted {
			line.X = append(line.X, (float64(k)+0.5)/float64(len(sorted)))
		}
		lines, all = append(lines, line), append(all, sorted)
	}
	low, high := svgchart.DistributionSpan(all)
	chart := svgchart.Lines{Title: s.Name + ": differences from " + r.Baseline, XCaption: "share of episodes", YCaption: h.Caption + " minus " + r.Baseline + "'s",
		XHigh: 1, YLow: min(low, 0), YHigh: max(high, 0), XPercent: true}
	return template.HTML(chart.Draw(lines))
}

// curve is the figure along the suite's axis, or nil where it has fewer than
// two points.
func (r *Report) curve() *figure {
	h := r.Headlines[0]
	chart := svgchart.Lines{Title: h.Caption + " by " + r.suite.CurveCaption, XCaption: r.suite.CurveCaption, YCaption: h.Caption, XPercent: true, Points: true,
		XLow: math.Inf(1), XHigh: math.Inf(-1)}
	var lines []svgchart.Line
	var tops []float64
	for _, p := range r.Policies {
		line := svgchart.Line{Name: p.Name, Colour: r.colour(p.Name)}
		for i, name := range r.suite.Curve {
			if mean := r.mean(name, p.Name); !math.IsNaN(mean) {
				line.X, line.Y = append(line.X, r.suite.CurveAt[i]), append(line.Y, mean)
				chart.XLow, chart.XHigh = min(chart.XLow, r.suite.CurveAt[i]), max(chart.XHigh, r.suite.CurveAt[i])
			}
		}
		if len(line.X) > 1 {
			lines, tops = append(lines, line), append(tops, slices.Max(line.Y))
		}
	}
	if len(lines) == 0 {
		return nil
	}
	chart.YHigh = slices.Max(tops)
	return &figure{"As in Fig. 5a", template.HTML(chart.Draw(lines))}
}
