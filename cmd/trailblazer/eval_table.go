package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"trailblazer/internal/rollout"
)

// write prints a table for each scenario, and one legend of all.
func (e *evaluated) write(w io.Writer, all bool) error {
	for i := range e.Results {
		if i > 0 {
			fmt.Fprintln(w)
		}
		if err := e.Results[i].write(w, all); err != nil {
			return err
		}
	}
	for _, line := range e.legend(all) {
		if _, err := fmt.Fprintf(w, "\n%s\n", wrap(line)); err != nil {
			return err
		}
	}
	return nil
}

func (r *evaluatedResult) write(w io.Writer, all bool) error {
	episodes := 0
	for _, p := range r.Results {
		episodes = max(episodes, p.Episodes)
	}
	data := ""
	if r.DataSource != "" {
		data = ", " + r.DataSource + " data"
	}
	fmt.Fprintf(w, "%s: %d episodes%s\n\n", r.Scenario, episodes, data)
	names := shortNames(r.Results)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(table, "policy\t%s [95 %%]\tvs first, %%\tscore\t\n", r.Score.Metric)
	for i := range r.Results {
		p := &r.Results[i]
		name := names[i]
		if p.Episodes < episodes {
			name += fmt.Sprintf(" (%d episodes)", p.Episodes)
		}
		c := p.Metrics[r.Score.Metric]
		fmt.Fprintf(table, "%s\t%s [%s, %s]\t%s\t%s\t\n", name,
			fourDigits(c.Mean), fourDigits(c.CI95[0]), fourDigits(c.CI95[1]), versusFirst(p.Versus), r.score(p.Policy))
	}
	if err := table.Flush(); err != nil || !all {
		return err
	}
	fmt.Fprintln(w)
	return rollout.WriteIntervals(w, r.Result, r.metrics)
}

func (r *evaluatedResult) score(policy string) string {
	if score, ok := r.Scores[policy]; ok {
		return strconv.FormatFloat(score, 'f', 1, 64)
	}
	return "–"
}

// versusFirst is empty for the first policy itself.
func versusFirst(c *rollout.Comparison) string {
	if c == nil {
		return ""
	}
	if c.Percent == nil {
		return "–"
	}
	return fmt.Sprintf("%+.1f [%+.1f, %+.1f]", c.Percent.Mean, c.Percent.CI95[0], c.Percent.CI95[1])
}

// legend explains the columns, and what is measured in each environment.
func (e *evaluated) legend(all bool) []string {
	lines := []string{"[95 %] is the bootstrap interval over episodes; vs first is by how many percent the metric is above that of the first row, in pairs of the same episode."}
	var environments []string
	for i := range e.Results {
		r := &e.Results[i]
		if slices.Contains(environments, r.Environment) {
			continue
		}
		environments = append(environments, r.Environment)
		better := "more is better"
		if r.Score.LowerIsBetter {
			better = "less is better"
		}
		for k, m := range r.metrics {
			switch {
			case k == 0:
				lines = append(lines, fmt.Sprintf("%s: %s [%s]; %s. Score 0 is what %s reaches in the same episodes, 100 what %s does.",
					m.Name, m.Description, m.Unit, better, r.Score.Floor, r.Score.Ceiling))
			case all:
				lines = append(lines, fmt.Sprintf("%s: %s [%s]", m.Name, m.Description, m.Unit))
			}
		}
	}
	return append(lines, e.Notes...)
}

// nameWidth leaves a table within 80 columns.
const nameWidth = 24

// shortNames cuts long names of policies at the front, where they are alike, unless
// two would be the same then.
func shortNames(results []rollout.PolicyResult) []string {
	full, short := make([]string, len(results)), make([]string, len(results))
	alike := false
	for i := range results {
		name := []rune(results[i].Policy)
		full[i] = string(name)
		if len(name) > nameWidth {
			name = append([]rune("…"), name[len(name)-nameWidth+1:]...)
		}
		short[i] = string(name)
		alike = alike || slices.Contains(short[:i], short[i])
	}
	if alike {
		return full
	}
	return short
}

// fourDigits writes a number to about four digits.
func fourDigits(x float64) string {
	decimals := 4
	if a := math.Abs(x); a >= 1 {
		decimals = max(0, 3-int(math.Floor(math.Log10(a))))
	}
	return strings.Replace(strconv.FormatFloat(x, 'f', decimals, 64), "-0.0000", "0.0000", 1)
}
