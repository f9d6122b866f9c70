package recipe

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"

	"trailblazer/internal/stats"
)

// Summary is what the runs of all seeds came to.
type Summary struct {
	Recipe string   `json:"recipe"`
	Title  string   `json:"title"`
	Seeds  []uint64 `json:"seeds"`
	Rows   []Row    `json:"rows"`
}

// Row is one metric of one policy in one scenario of one report.
type Row struct {
	Report   string `json:"report"`
	Scenario string `json:"scenario"`
	// Policy is its name without the seed's directory.
	Policy string `json:"policy"`
	Metric string `json:"metric"`
	Unit   string `json:"unit"`
	// LowerIsBetter says which way is better.
	LowerIsBetter bool `json:"lower_is_better"`
	// Seeds holds the metric's mean over episodes for each seed.
	Seeds []float64 `json:"seed_means"`
	// Mean is that of Seeds; CI95 is Student's interval of it, which says how much
	// another set of seeds would change it, or null for one seed.
	Mean float64     `json:"mean"`
	CI95 *[2]float64 `json:"ci95"`
}

// benchReport is what the summary reads of a report of `trailblazer bench` or
// `trailblazer eval`.
type benchReport struct {
	Metrics []struct {
		Name string `json:"name"`
		Unit string `json:"unit"`
	} `json:"metrics"`
	Headlines []struct {
		Metric        string `json:"metric"`
		LowerIsBetter bool   `json:"lower_is_better"`
	} `json:"headlines"`
	Scenarios []struct {
		Name     string `json:"name"`
		Policies []struct {
			Policy  string `json:"policy"`
			Metrics map[string]struct {
				Mean *float64 `json:"mean"`
			} `json:"metrics"`
		} `json:"policies"`
	} `json:"scenarios"`
}

// Summarize reads the reports of a plan whose commands are finished.
func Summarize(p *Plan) (*Summary, error) {
	s := &Summary{Recipe: p.Recipe.Name, Title: p.Recipe.Title, Seeds: p.Seeds, Rows: []Row{}}
	for i := range p.Commands {
		c := &p.Commands[i]
		if c.Report == "" {
			continue
		}
		text, err := os.ReadFile(c.Report)
		if err != nil {
			return nil, err
		}
		var report benchReport
		if err := json.Unmarshal(text, &report); err != nil {
			return nil, fmt.Errorf("%s is no report of a bench: %w: delete %s to run the commands again", c.Report, err, filepath.Join(p.Out, journalName))
		}
		s.add(p, c, &report)
	}
	for i := range s.Rows {
		s.Rows[i].sumUp()
	}
	return s, nil
}

// reward is a metric that stands beside the headline, where a report has it: some
// policies learn it, and are poor at what others are measured by.
const reward = "reward"

// add enters the first headline of every policy, and its reward.
func (s *Summary) add(p *Plan, c *Command, report *benchReport) {
	if len(report.Headlines) == 0 {
		return
	}
	headline := report.Headlines[0]
	row := Row{Report: strings.TrimSuffix(filepath.Base(c.Report), ".json"), Metric: headline.Metric, LowerIsBetter: headline.LowerIsBetter}
	rows := []Row{row}
	if headline.Metric != reward {
		rows = append(rows, Row{Report: row.Report, Metric: reward})
	}
	for _, m := range report.Metrics {
		for i := range rows {
			if m.Name == rows[i].Metric {
				rows[i].Unit = m.Unit
			}
		}
	}
	for _, scenario := range report.Scenarios {
		for _, policy := range scenario.Policies {
			for _, row := range rows {
				if mean := policy.Metrics[row.Metric].Mean; mean != nil {
					row.Scenario, row.Policy = scenario.Name, p.short(policy.Policy, c.Seed)
					at := s.row(row)
					at.Seeds = append(at.Seeds, *mean)
				}
			}
		}
	}
}

// short takes the directory of a seed off a policy's name.
func (p *Plan) short(policy string, seed uint64) string {
	return strings.TrimPrefix(policy, p.Dir(seed)+string(filepath.Separator))
}

// row finds the row of a policy and metric, or begins it.
func (s *Summary) row(like Row) *Row {
	for i := range s.Rows {
		if r := &s.Rows[i]; r.Report == like.Report && r.Scenario == like.Scenario && r.Policy == like.Policy && r.Metric == like.Metric {
			return r
		}
	}
	s.Rows = append(s.Rows, like)
	return &s.Rows[len(s.Rows)-1]
}

func (r *Row) sumUp() {
	n := float64(len(r.Seeds))
	r.Mean = stats.Sum(r.Seeds) / n
	if n < 2 {
		return
	}
	squares := 0.0
	for _, x := range r.Seeds {
		squares += (x - r.Mean) * (x - r.Mean)
	}
	half := student95(len(r.Seeds)-1) * math.Sqrt(squares/(n-1)/n)
	r.CI95 = &[2]float64{r.Mean - half, r.Mean + half}
}

// student95 is the 0.975 quantile of Student's t distribution: tabled up to 10
// degrees of freedom, then by the expansion of Abramowitz and Stegun, 26.7.5.
func student95(degrees int) float64 {
	table := [...]float64{12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228}
	if degrees <= len(table) {
		return table[degrees-1]
	}
	const z = 1.959964
	const z3, z5, z7 = z * z * z, z * z * z * z * z, z * z * z * z * z * z * z
	v := float64(degrees)
	return z + (z3+z)/(4*v) + (5*z5+16*z3+3*z)/(96*v*v) + (3*z7+19*z5+17*z3-15*z)/(384*v*v*v)
}
