package bench

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// tables are all of a report, in the order in which they are read.
func (r *Report) tables() []*Table {
	var list []*Table
	if len(r.Scenarios) > 1 {
		list = append(list, r.overview())
	}
	for _, s := range r.Scenarios {
		list = append(list, r.scenarioTables(s)...)
	}
	return append(list, r.paperTables()...)
}

// scenarioTables are those of one scenario.
func (r *Report) scenarioTables(s *Scenario) []*Table {
	list := []*Table{r.main(s), r.distributions(s), r.allMetrics(s)}
	for _, h := range r.Headlines[1:] {
		list = append(list, r.comparisons(s, h))
	}
	return append(list, r.significance(s))
}

// paperTables have what papers and their code say.
func (r *Report) paperTables() []*Table {
	var list []*Table
	if len(r.Papers) > 0 {
		t := &Table{Title: "What the papers state, and ours", Columns: []string{"source", "states", "ours", "note"}, Words: true}
		for _, s := range r.Papers {
			t.Rows = append(t.Rows, plain(s.Source, s.States, strings.Join(s.Ours, "; "), s.Mind))
		}
		list = append(list, t)
	}
	if len(r.Code) > 0 {
		t := &Table{Title: "The authors' public code on the same files, and ours", Columns: []string{"policy", "scenario", "over", "authors' code", "ours", "difference"},
			Notes: []string{"Their code draws from random streams of its own where a policy samples, and for the durations of tasks in clusters."}}
		for _, c := range r.Code {
			t.Rows = append(t.Rows, plain(c.Policy, c.Scenario, c.Over, format(float64(c.Theirs)), format(float64(c.Ours)),
				signed(100*float64(c.Ours-c.Theirs)/math.Abs(float64(c.Theirs)))+" %"))
		}
		list = append(list, t)
	}
	if len(r.Delays) > 0 {
		t := &Table{Title: "Request processing delay at the language model's server, modelled (Fig. 5b)",
			Columns: []string{"peak of requests", "sent to the model", "mean [ms]", "95 % [ms]", "above 100 ms"},
			Notes:   []string{fmt.Sprintf("Peaks come evenly within 100 ms; %d requests are answered together in %.1f ms (Methods, “APC implementation”).", serverBatch, serverServiceMs)}}
		for _, d := range r.Delays {
			t.Rows = append(t.Rows, plain(fmt.Sprint(d.Requests), fmt.Sprintf("%.0f %%", 100*d.Share), fmt.Sprintf("%.0f", d.MeanMs), fmt.Sprintf("%.0f", d.P95Ms), fmt.Sprintf("%.0f %%", 100*d.Late)))
		}
		list = append(list, t)
	}
	return list
}

// overview has a column for each scenario.
func (r *Report) overview() *Table {
	h := r.Headlines[0]
	t := &Table{Title: fmt.Sprintf("%s: %s of all scenarios", r.Title, h.Name), Columns: []string{"policy"}}
	for _, p := range r.Policies {
		t.Rows = append(t.Rows, plain(p.Name))
	}
	for _, s := range r.Scenarios {
		t.Columns = append(t.Columns, shortName(s.Name))
		values := make([]float64, len(r.Policies))
		for i, p := range r.Policies {
			row := s.row(p.Name)
			if values[i] = math.NaN(); row == nil {
				t.Rows[i] = append(t.Rows[i], Cell{Text: format(values[i])})
				continue
			}
			mean := float64(row.Metrics[h.Name].Mean)
			cell := Cell{Text: format(mean)}
			if row.Episodes < len(s.Keys) {
				cell.Text += fmt.Sprintf(" (%s)", r.count(s, row))
			}
			t.Rows[i] = append(t.Rows[i], cell)
			values[i] = r.eligible(s, row, mean)
		}
		strengthen(t.Rows, len(t.Columns)-1, values, h.Lower)
	}
	t.Notes = append(t.Notes, direction(h))
	return t
}

func shortName(scenario string) string {
	if _, name, ok := strings.Cut(scenario, "/"); ok {
		return name
	}
	return scenario
}

func direction(h Headline) string {
	if h.Lower {
		return "Less is better."
	}
	return "More is better."
}

// main is the first table of a scenario.
func (r *Report) main(s *Scenario) *Table {
	h := r.Headlines[0]
	t := &Table{Title: s.Name + ": " + h.Name,
		Columns: []string{"policy", "episodes", h.Name, "95 % interval", "vs " + r.Baseline, "p", "better/worse", "score"}}
	seeds := r.manySeeds(s)
	if seeds {
		t.Columns = slices.Insert(t.Columns, 4, "sd of seeds")
	}
	values := make([]float64, len(s.Rows))
	for i := range s.Rows {
		row := &s.Rows[i]
		m := row.Metrics[h.Name]
		values[i] = r.eligible(s, row, float64(m.Mean))
		cells := plain(row.Policy, r.count(s, row), format(float64(m.Mean)), interval(m))
		if seeds {
			cells = append(cells, Cell{Text: format(deviation(row.Seeds))})
		}
		if c := row.versus(h.Name); c != nil {
			cells = append(cells, plain(percent(c.Percent), pValue(c.Holm), fmt.Sprintf("%d/%d", c.Better, c.Worse)+ofPairs(s, c))...)
		} else {
			cells = append(cells, plain("", "", "")...)
		}
		score := ""
		if row.Score != nil {
			score = strings.TrimPrefix(signed(float64(row.Score.Mean)), "+")
		}
		t.Rows = append(t.Rows, append(cells, Cell{Text: score}))
	}
	strengthen(t.Rows, 2, values, h.Lower)
	t.Notes = r.mainNotes(s)
	return t
}

// eligible returns a value if it may be marked as the best: the policy knows no
// more than it is shown, and has all episodes.
func (r *Report) eligible(s *Scenario, row *Row, value float64) float64 {
	privileged := slices.ContainsFunc(r.Policies, func(p Policy) bool { return p.Name == row.Policy && p.Privileged })
	if privileged || row.Episodes < len(s.Keys) {
		return math.NaN()
	}
	return value
}

// count says how many episodes a row has, of how many where some are missing.
func (r *Report) count(s *Scenario, row *Row) string {
	n := fmt.Sprint(row.Episodes)
	if row.Episodes < len(s.Keys) {
		n += fmt.Sprintf(" of %d", len(s.Keys))
	}
	return n
}

// ofPairs says of how many episodes a comparison is, where some are missing.
func ofPairs(s *Scenario, c *Comparison) string {
	if c.Episodes == len(s.Keys) {
		return ""
	}
	return fmt.Sprintf(" of %d", c.Episodes)
}

func (r *Report) manySeeds(s *Scenario) bool {
	return slices.ContainsFunc(s.Rows, func(row Row) bool { return len(row.Seeds) > 1 })
}

// deviation is the standard deviation of the means of seeds.
func deviation(means []Number) float64 {
	if len(means) < 2 {
		return math.NaN()
	}
	sum, squares := 0.0, 0.0
	for _, m := range means {
		sum += float64(m)
	}
	mean := sum / float64(len(means))
	for _, m := range means {
		squares += (float64(m) - mean) * (float64(m) - mean)
	}
	return math.Sqrt(squares / float64(len(means)-1))
}

func (r *Report) mainNotes(s *Scenario) []string {
	data := make([]string, 0, len(s.Data))
	for _, name := range sortedKeys(s.Data) {
		data = append(data, fmt.Sprintf("%s %.8s", name, s.Data[name]))
	}
	times := ""
	if s.Plays > 1 {
		times = fmt.Sprintf(", each played with %d seeds", s.Plays)
	}
	return []string{fmt.Sprintf("%s; %d episodes%s; %s data (%s). %s", s.Description, len(s.Keys), times, s.DataSource, strings.Join(data, ", "), direction(r.Headlines[0]))}
}

// distributions has the quantiles of episodes.
func (r *Report) distributions(s *Scenario) *Table {
	t := &Table{Title: fmt.Sprintf("%s: %s by episode", s.Name, r.Headlines[0].Name), Detail: true,
		Columns: []string{"policy", "mean of episodes", "least", "5 %", "25 %", "median", "75 %", "95 %", "most"}}
	for i := range s.Rows {
		d := &s.Rows[i].Distribution
		cells := plain(s.Rows[i].Policy)
		for _, v := range []Number{d.Mean, d.Min, d.Q05, d.Q25, d.Median, d.Q75, d.Q95, d.Max} {
			cells = append(cells, Cell{Text: format(float64(v))})
		}
		t.Rows = append(t.Rows, cells)
	}
	return t
}

// allMetrics has a column for each metric.
func (r *Report) allMetrics(s *Scenario) *Table {
	t := &Table{Title: s.Name + ": all metrics", Columns: []string{"policy"}, Detail: true}
	var names []string
	for _, m := range r.Metrics {
		names = append(names, m.Name)
		t.Columns = append(t.Columns, m.Name)
	}
	for i := range s.Rows {
		cells := plain(s.Rows[i].Policy)
		for _, name := range names {
			cells = append(cells, Cell{Text: format(float64(s.Rows[i].Metrics[name].Mean))})
		}
		t.Rows = append(t.Rows, cells)
	}
	return t
}

// comparisons compares in another headline than the first.
func (r *Report) comparisons(s *Scenario, h Headline) *Table {
	t := &Table{Title: s.Name + ": " + h.Name, Detail: true,
		Columns: []string{"policy", h.Name, "95 % interval", "vs " + r.Baseline, "p", "better/worse/equal"}}
	for i := range s.Rows {
		row := &s.Rows[i]
		m := row.Metrics[h.Name]
		cells := plain(row.Policy, format(float64(m.Mean)), interval(m), "", "", "")
		if c := row.versus(h.Name); c != nil {
			cells = append(cells[:3], plain(percent(c.Percent), pValue(c.Holm), fmt.Sprintf("%d/%d/%d", c.Better, c.Worse, c.Equal)+ofPairs(s, c))...)
		}
		t.Rows = append(t.Rows, cells)
	}
	return t
}

// significance is the matrix of all pairs.
func (r *Report) significance(s *Scenario) *Table {
	t := &Table{Title: fmt.Sprintf("%s: differences of %s", s.Name, r.Headlines[0].Name), Columns: []string{"policy"}, Detail: true,
		Notes: []string{"The row's minus the column's, over the episodes in which both were measured; in brackets the p-value where it is 0.05 or more, with Holm's correction over all pairs."}}
	for i := range s.Rows {
		t.Columns = append(t.Columns, s.Rows[i].Policy)
	}
	for i := range s.Rows {
		cells := plain(s.Rows[i].Policy)
		for k := range s.Rows {
			cells = append(cells, r.pairCell(s, s.Rows[i].Policy, s.Rows[k].Policy))
		}
		t.Rows = append(t.Rows, cells)
	}
	return t
}

// difference is by how much policy a is above b, and its corrected p-value.
func (s *Scenario) difference(a, b string) (difference float64, p Number, ok bool) {
	for i := range s.Pairs {
		switch pair := &s.Pairs[i]; {
		case pair.A == a && pair.Policy == b:
			return float64(pair.Difference.Mean), pair.Holm, true
		case pair.A == b && pair.Policy == a:
			return -float64(pair.Difference.Mean), pair.Holm, true
		}
	}
	return 0, 0, false
}

// pairCell says how policy a differs from b.
func (r *Report) pairCell(s *Scenario, a, b string) Cell {
	difference, p, ok := s.difference(a, b)
	if !ok {
		return Cell{}
	}
	c := Cell{Text: format(difference), Verdict: worse}
	if difference > 0 {
		c.Text = "+" + c.Text
	}
	switch {
	case p >= 0.05:
		c.Text, c.Verdict = fmt.Sprintf("%s (%s)", c.Text, pValue(p)), unsure
	case (difference < 0) == r.Headlines[0].Lower:
		c.Verdict = better
	}
	return c
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
