package bench

import (
	"context"
	"math"
	"slices"

	"trailblazer/internal/rollout"
	"trailblazer/internal/stats"
)

// cell is what one policy did in one scenario.
type cell struct {
	policy string
	// recorded says from where, if not played here.
	recorded string
	// stated counts recorded episodes that nobody has played again.
	stated int
	// units are in the order of the scenario's keys; nil where an episode is
	// missing.
	units []*unit
	// metrics are the report's, over all units; seeds are the first headline's
	// means for each seed.
	metrics []stats.Mean
	seeds   []float64
	steps   int
	err     error
}

// unit is what was measured of one episode, or of all seeds' plays of one.
type unit struct {
	// values are the metrics' own in this episode, no numbers where nothing
	// was measured. totals are what it contributes to differences and scores:
	// the mean of its plays, so that an episode counts the same however often
	// it was played.
	values []float64
	totals []stats.Total
}

// has reports whether a mean or a ratio was measured; no quantile is one. A nil
// unit has nothing.
func (u *unit) has(metric int) bool {
	if u == nil {
		return false
	}
	t := u.totals[metric]
	return t.Weight > 0 && !math.IsInf(t.Weight, 0) && !math.IsNaN(t.Sum) && !math.IsInf(t.Sum, 0)
}

// count is how many units are there.
func (c *cell) count() int {
	n := 0
	for _, u := range c.units {
		if u != nil {
			n++
		}
	}
	return n
}

// gathered are the parts of plays of units until they are summed up.
type gathered struct {
	scenario *scenario
	plays    [][][]stats.Part // by unit, then play, then metric
	steps    int
}

func (s *scenario) gather() *gathered {
	return &gathered{scenario: s, plays: make([][][]stats.Part, len(s.keys))}
}

// add takes a play of a unit.
func (g *gathered) add(at int, steps int, parts []stats.Part) {
	g.steps += steps
	g.plays[at] = append(g.plays[at], parts)
}

// join returns the parts of units, by metric, and of how many plays they are;
// nil where there is none. All plays of a unit count, but if they are the same
// in all units, as those of a policy that draws nothing are, one of each is
// enough: this spares rounding.
func (g *gathered) join() (units [][]stats.Part, joined []int) {
	same := true
	for _, plays := range g.plays {
		for _, parts := range plays {
			same = same && slices.EqualFunc(parts, plays[0], func(a, b stats.Part) bool { return slices.Equal(a, b) })
		}
	}
	units, joined = make([][]stats.Part, len(g.plays)), make([]int, len(g.plays))
	for i, plays := range g.plays {
		if len(plays) > 0 && same {
			plays = plays[:1]
		}
		joined[i] = len(plays)
		for k, parts := range plays {
			if k == 0 {
				units[i] = slices.Clone(parts)
				continue
			}
			for m := range parts {
				units[i][m] = slices.Concat(units[i][m], parts[m])
			}
		}
	}
	return units, joined
}

// sumUp makes the cell.
func (g *gathered) sumUp(c *cell) {
	s := g.scenario
	units, joined := g.join()
	c.steps, c.units, c.metrics = g.steps, make([]*unit, len(units)), make([]stats.Mean, len(s.metrics))
	for i, parts := range units {
		if parts == nil {
			continue
		}
		u := &unit{values: make([]float64, len(parts)), totals: make([]stats.Total, len(parts))}
		for m, part := range parts {
			u.values[m] = value(s.metrics[m].Statistic, part)
			all, plays := total(s.metrics[m].Statistic, part), float64(joined[i])
			u.totals[m] = stats.Total{Sum: all.Sum / plays, Weight: all.Weight / plays}
		}
		c.units[i] = u
	}
	for m := range s.metrics {
		var parts []stats.Part
		for _, unit := range units {
			if unit != nil {
				parts = append(parts, unit[m])
			}
		}
		c.metrics[m] = s.metrics[m].Statistic.Of(parts)
	}
}

// total is what a part contributes to a mean or a ratio. Quantiles have none:
// those of episodes do not add up to the pooled one, so that they are neither
// compared nor scored.
func total(statistic rollout.Statistic, part stats.Part) stats.Total {
	switch statistic {
	case rollout.Ratio:
		return part.RatioTotal()
	case rollout.PooledMean:
		return part.MeanTotal()
	}
	return stats.Total{}
}

// value is a metric of one episode alone.
func value(statistic rollout.Statistic, part stats.Part) float64 {
	switch statistic {
	case rollout.Median:
		return stats.Quantile(slices.Sorted(slices.Values(part)), 0.5)
	case rollout.P95:
		return stats.Quantile(slices.Sorted(slices.Values(part)), 0.95)
	}
	t := total(statistic, part)
	if t.Weight == 0 {
		return math.NaN()
	}
	return t.Sum / t.Weight
}

// play plays a policy with all seeds. When ctx ends, the cell has what is
// finished.
func (p *plan) play(ctx context.Context, s *scenario, policy string) *cell {
	c := &cell{policy: policy}
	all := s.gather()
	headline := s.metric(p.Headlines[0].Name)
	for i, seed := range p.Seeds {
		played, err := rollout.Play(ctx, s, s.report, rollout.Options{Policies: []string{policy}, Episodes: s.each, Seed: seed, Workers: p.options.Workers})
		var sum stats.Total
		for _, episodes := range played { // of the one policy
			for _, e := range episodes {
				at := e.Index
				if !s.fixed() {
					at += i * s.each
				}
				t := total(s.metrics[headline].Statistic, e.Parts[headline])
				sum.Sum, sum.Weight = sum.Sum+t.Sum, sum.Weight+t.Weight
				all.add(at, e.Steps, e.Parts)
			}
		}
		if err != nil {
			c.err = err
			break
		}
		c.seeds = append(c.seeds, sum.Sum/sum.Weight)
	}
	all.sumUp(c)
	return c
}
