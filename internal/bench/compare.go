package bench

import (
	"math"
	"slices"

	"trailblazer/internal/policyname"
	"trailblazer/internal/stats"
)

func baseName(policy string) string { return policyname.Base(policy) }

// compare compares two cells in a metric over the episodes in which it was
// measured of both, or returns false where there are none. Difference, interval
// and p-value are of one statistic: the mean of the episodes' own differences,
// weighed by how much was measured of both. Where both have as much in each
// episode, that is the difference of their means.
func (p *plan) compare(s *scenario, metric string, a, b *cell) (Comparison, bool) {
	m, lower := s.metric(metric), p.lower(metric)
	c := Comparison{Policy: b.policy, Metric: metric}
	var ours, theirs []stats.Total
	var differences []float64
	for i := range a.units {
		if !a.units[i].has(m) || !b.units[i].has(m) {
			continue
		}
		c.Episodes++
		one, other := weighAlike(a.units[i].totals[m], b.units[i].totals[m])
		ours, theirs = append(ours, one), append(theirs, other)
		difference := one.Sum - other.Sum
		switch x, y := a.units[i].values[m], b.units[i].values[m]; {
		case math.Abs(x-y) <= 1e-9*max(math.Abs(x), math.Abs(y)):
			difference = 0
			c.Equal++
		case (x < y) == lower:
			c.Better++
		default:
			c.Worse++
		}
		differences = append(differences, difference)
	}
	if c.Episodes == 0 {
		return c, false
	}
	difference, percent := stats.PairedTotals(ours, theirs)
	c.Difference, c.Percent = estimate(difference), estimate(percent)
	c.P = Number(stats.SignFlip(differences))
	return c, true
}

// weighAlike gives the totals of an episode the mean of their weights: what is
// measured less of, as the playback of a video that is watched for less time,
// is no difference of the metric.
func weighAlike(a, b stats.Total) (stats.Total, stats.Total) {
	if a.Weight == b.Weight { // This spares rounding.
		return a, b
	}
	weight := (a.Weight + b.Weight) / 2
	return stats.Total{Sum: float64(a.Sum / a.Weight * weight), Weight: weight}, stats.Total{Sum: float64(b.Sum / b.Weight * weight), Weight: weight}
}

// compareWithBaseline fills in what rows are, compared with the baseline.
func (p *plan) compareWithBaseline(s *scenario, cells []*cell, rows []Row) {
	at := slices.IndexFunc(cells, func(c *cell) bool { return c.policy == p.Baseline })
	if at < 0 {
		return
	}
	for _, h := range p.Headlines {
		var made []*Comparison
		for i := range cells {
			if i == at {
				continue
			}
			if c, ok := p.compare(s, h.Name, cells[i], cells[at]); ok {
				rows[i].Versus = append(rows[i].Versus, c)
			}
		}
		for i := range rows {
			if c := rows[i].versus(h.Name); c != nil {
				made = append(made, c)
			}
		}
		correct(made)
	}
}

// compareAll compares all pairs in the first headline.
func (p *plan) compareAll(s *scenario, cells []*cell) []Pair {
	h := p.Headlines[0]
	var pairs []Pair
	for i, a := range cells {
		for _, b := range cells[i+1:] {
			if c, ok := p.compare(s, h.Name, a, b); ok {
				pairs = append(pairs, Pair{a.policy, c, (c.Difference.Mean < 0) == h.Lower})
			}
		}
	}
	made := make([]*Comparison, len(pairs))
	for i := range pairs {
		made[i] = &pairs[i].Comparison
	}
	correct(made)
	return pairs
}

// correct fills in Holm's p-values of comparisons that are made together.
func correct(made []*Comparison) {
	ps := make([]float64, len(made))
	for i, c := range made {
		ps[i] = float64(c.P)
	}
	for i, p := range stats.Holm(ps) {
		made[i].Holm = Number(p)
	}
}

// score fills in normalised scores: 100 · (value - floor) / (ceiling - floor),
// over the episodes in which it was measured of all three. The bootstrap draws
// episodes.
func (p *plan) score(s *scenario, cells []*cell, rows []Row) {
	m := s.metric(p.Headlines[0].Name)
	find := func(name string) *cell {
		if at := slices.IndexFunc(cells, func(c *cell) bool { return c.policy == name }); at >= 0 {
			return cells[at]
		}
		return nil
	}
	floor, ceiling := find(p.Floor), find(p.Ceiling)
	if floor == nil || ceiling == nil {
		return
	}
	for k, c := range cells {
		var totals [3][]stats.Total
		for i := range c.units {
			if !c.units[i].has(m) || !floor.units[i].has(m) || !ceiling.units[i].has(m) {
				continue
			}
			for j, one := range []*cell{c, floor, ceiling} {
				totals[j] = append(totals[j], one.units[i].totals[m])
			}
		}
		if len(totals[0]) == 0 {
			continue
		}
		score := stats.Bootstrap(len(totals[0]), func(times []int) float64 {
			var mean [3]float64
			for j := range totals {
				var sum stats.Total
				for i, n := range times {
					sum.Sum += float64(float64(n) * totals[j][i].Sum)
					sum.Weight += float64(float64(n) * totals[j][i].Weight)
				}
				mean[j] = sum.Sum / sum.Weight
			}
			return 100 * (mean[0] - mean[1]) / (mean[2] - mean[1])
		})
		if !math.IsNaN(score.Value) && !math.IsInf(score.Value, 0) {
			rows[k].Score = &Estimate{Number(score.Value), [2]Number{Number(score.Low), Number(score.High)}}
		}
	}
}
