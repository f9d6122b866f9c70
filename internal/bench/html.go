package bench

import (
	"bufio"
	_ "embed"
	"html/template"
	"io"
	"strings"

	"trailblazer/internal/svgchart"
)

//go:embed report.html.tmpl
var pageText string

//go:embed report.css
var pageStyle string

// page is what the template is filled with.
type page struct {
	*Report
	Style      template.CSS
	Incomplete string
	Overview   *Table
	Curve      *figure
	Legend     []legendEntry
	Sections   []section
	Papers     []*Table
	Method     []string
	Provenance []string
}

// section is one scenario.
type section struct {
	Name, Anchor string
	Main         *Table
	Figures      []figure
	Details      []*Table
}

// legendEntry is a policy in its colour.
type legendEntry struct {
	Name, Classes string
	// Choice is the class of the box that brings its lines out.
	Choice string
	Note   string
}

// WriteHTML writes a report as one page of HTML that needs nothing else: with
// figures, for light and dark surroundings, readable on a telephone. It is
// well-formed XML too.
func WriteHTML(w io.Writer, r *Report) error {
	t, err := template.New("report").Parse(pageText)
	if err != nil {
		return err
	}
	p := page{Report: r, Style: template.CSS(svgchart.FigureStyle() + svgchart.ChoiceStyle(len(r.Policies)) + pageStyle), Papers: r.paperTables(), Method: r.method(), Provenance: r.provenance(), Curve: r.curve()}
	if r.Incomplete {
		p.Incomplete = incomplete
	}
	if len(r.Scenarios) > 1 {
		p.Overview = r.overview()
	}
	for i := range r.Policies {
		one := &r.Policies[i]
		entry := legendEntry{Name: one.Name, Classes: svgchart.LineClasses(i), Choice: svgchart.ChoiceClass(i), Note: one.Summary}
		if one.Recorded != "" {
			entry.Note = "recorded in " + one.Recorded
			if one.AsStated {
				entry.Note += ", as stated: not all episodes can be played again"
			}
		}
		p.Legend = append(p.Legend, entry)
	}
	for _, s := range r.Scenarios {
		tables := r.scenarioTables(s)
		p.Sections = append(p.Sections, section{Name: s.Name, Anchor: strings.ReplaceAll(s.Name, "/", "-"), Main: tables[0], Figures: r.figures(s), Details: tables[1:]})
	}
	b := bufio.NewWriter(w)
	if err := t.Execute(b, &p); err != nil {
		return err
	}
	return b.Flush()
}
