package bench

import (
	"maps"
	"math"
	"slices"
	"sync"

	"trailblazer/internal/stats"
)

// report makes the report of the cells, which are by scenario.
func (p *plan) report(cells [][]*cell) *Report {
	r := &Report{
		Suite: p.Name, Title: p.Title, Environment: p.Environment,
		Version: p.options.Version, Command: p.options.Command,
		Seeds: p.Seeds, Baseline: p.Baseline,
		Floor: Anchor{p.Floor, p.FloorWhy}, Ceiling: Anchor{p.Ceiling, p.CeilingWhy},
		Headlines: p.Headlines, Notes: p.notes, Policies: p.describe(cells), suite: &p.Suite,
	}
	for _, m := range p.scenarios[0].metrics {
		r.Metrics = append(r.Metrics, Metric{m.Name, m.Unit, m.Description})
	}
	r.Scenarios = make([]*Scenario, len(cells))
	var group sync.WaitGroup
	for i := range cells {
		group.Go(func() { r.Scenarios[i] = p.summarize(p.scenarios[i], cells[i]) })
	}
	group.Wait()
	r.Papers, r.Code = r.beside()
	r.Delays = r.delays()
	return r
}

// describe lists the policies: those played, then those recorded.
func (p *plan) describe(cells [][]*cell) []Policy {
	descriptions, err := p.options.Catalog.PolicyDescriptions(p.Environment)
	if err != nil {
		descriptions = nil // The catalog knows the environment: it made the scenarios.
	}
	var list []Policy
	for _, name := range p.policies {
		one := Policy{Name: name}
		for _, d := range descriptions {
			if d.Name == baseName(name) {
				one.Summary, one.Privileged = d.Summary, d.Privileged
			}
		}
		list = append(list, one)
	}
	recorded := map[string]int{} // their places
	for _, row := range cells {
		for _, c := range row {
			if c == nil || c.recorded == "" {
				continue
			}
			at, ok := recorded[c.policy]
			if !ok {
				at, recorded[c.policy] = len(list), len(list)
				list = append(list, Policy{Name: c.policy, Summary: "recorded", Recorded: c.recorded})
			}
			list[at].AsStated = list[at].AsStated || c.stated > 0
		}
	}
	return list
}

// summarize makes a scenario's rows and compares them.
func (p *plan) summarize(s *scenario, cells []*cell) *Scenario {
	spec := s.Spec()
	out := &Scenario{
		Name: s.info.Name, Description: s.info.Description, DataSource: s.info.DataSource,
		ContentHash: spec.ContentHash, Data: maps.Clone(spec.DataHashes), Fixed: s.fixed(), Keys: s.keys, Plays: 1,
	}
	if out.Fixed {
		out.Plays = len(p.Seeds)
	}
	cells = slices.DeleteFunc(slices.Clone(cells), func(c *cell) bool { return c == nil || c.count() == 0 })
	for _, c := range cells {
		out.Rows = append(out.Rows, p.row(s, c))
	}
	p.compareWithBaseline(s, cells, out.Rows)
	out.Pairs = p.compareAll(s, cells)
	p.score(s, cells, out.Rows)
	return out
}

func (p *plan) row(s *scenario, c *cell) Row {
	row := Row{Policy: c.policy, Episodes: c.count(), AsStated: c.stated, Steps: c.steps, Metrics: map[string]Estimate{}, Values: map[string][]Number{}}
	for m := range s.metrics {
		row.Metrics[s.metrics[m].Name] = estimate(c.metrics[m])
		values := make([]Number, len(c.units))
		for i, u := range c.units {
			values[i] = Number(math.NaN())
			if u != nil {
				values[i] = Number(u.values[m])
			}
		}
		row.Values[s.metrics[m].Name] = values
	}
	if len(p.Seeds) > 1 {
		for _, mean := range c.seeds {
			row.Seeds = append(row.Seeds, Number(mean))
		}
	}
	row.Distribution = distribution(ascending(row.Values[p.Headlines[0].Name]))
	return row
}

// ascending sorts values, without those that are none.
func ascending(values []Number) []float64 {
	var list []float64
	for _, v := range values {
		if !math.IsNaN(float64(v)) {
			list = append(list, float64(v))
		}
	}
	slices.Sort(list)
	return list
}

func distribution(values []float64) Distribution {
	q := func(share float64) Number { return Number(stats.Quantile(values, share)) }
	mean := math.NaN()
	if len(values) > 0 {
		mean = stats.Sum(values) / float64(len(values))
	}
	return Distribution{q(0), q(0.05), q(0.25), q(0.5), q(0.75), q(0.95), q(1), Number(mean)}
}

func estimate(m stats.Mean) Estimate {
	return Estimate{Number(m.Value), [2]Number{Number(m.Low), Number(m.High)}}
}
