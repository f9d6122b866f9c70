package rollout

import (
	"math"

	"trailblazer/internal/stats"
)

// Result is what `rollout --json` prints.
type Result struct {
	Environment string `json:"environment"`
	Scenario    string `json:"scenario"`
	// ContentHash covers data and configuration; Data holds the hashes of its
	// parts.
	ContentHash string            `json:"content_hash"`
	Data        map[string]string `json:"data"`
	DataSource  string            `json:"data_source,omitempty"`
	Seed        uint64            `json:"seed"`
	// Command reproduces the result.
	Command string         `json:"command,omitempty"`
	Results []PolicyResult `json:"results"`
}

// PolicyResult is how one policy did.
type PolicyResult struct {
	Policy string `json:"policy"`
	// Episodes is the number finished; Steps the decisions in them.
	Episodes int                   `json:"episodes"`
	Steps    int                   `json:"steps"`
	Metrics  map[string]Confidence `json:"metrics"`
	// Versus compares with the first policy of a run.
	Versus *Comparison `json:"versus,omitempty"`
}

// Comparison says how much larger the mean of a report's first metric is than
// another policy's, over the episodes that both have finished. Its intervals
// are for pairs of the same episode, which are much narrower than those of the
// means.
type Comparison struct {
	Policy   string `json:"policy"`
	Metric   string `json:"metric"`
	Episodes int    `json:"episodes"`
	// Difference is in the metric's unit, Percent of the other's mean; nil
	// where that is 0.
	Difference Confidence  `json:"difference"`
	Percent    *Confidence `json:"percent,omitempty"`
}

// Confidence is a mean and its 95 % bootstrap interval over episodes. Means are
// over all that a report measures: all steps, or all episodes.
type Confidence struct {
	Mean float64    `json:"mean"`
	CI95 [2]float64 `json:"ci95"`
}

func summarize(policy string, metrics []Metric, episodes []*episode) PolicyResult {
	result := PolicyResult{Policy: policy, Metrics: make(map[string]Confidence, len(metrics))}
	for _, e := range episodes {
		result.Episodes++
		result.Steps += e.steps
	}
	parts := make([]stats.Part, len(episodes))
	for k, m := range metrics {
		for i, e := range episodes {
			parts[i] = e.parts[k]
		}
		result.Metrics[m.Name] = confidence(m.Statistic.Of(parts))
	}
	return result
}

// compare compares the episodes of two policies in the first metric; nil where
// they have none in common. Both are in the order of their index.
func compare(policy string, metric Metric, episodes, others []*episode) *Comparison {
	var parts, other []stats.Part
	for _, e := range episodes {
		for len(others) > 0 && others[0].index < e.index {
			others = others[1:]
		}
		if len(others) > 0 && others[0].index == e.index {
			parts, other = append(parts, e.parts[0]), append(other, others[0].parts[0])
		}
	}
	difference, percent := stats.PairedDifference(parts, other)
	if math.IsNaN(difference.Value) {
		return nil
	}
	c := &Comparison{Policy: policy, Metric: metric.Name, Episodes: len(parts), Difference: confidence(difference)}
	if !math.IsNaN(percent.Value) && !math.IsInf(percent.Value, 0) {
		c.Percent = new(confidence(percent))
	}
	return c
}

func confidence(m stats.Mean) Confidence { return Confidence{m.Value, [2]float64{m.Low, m.High}} }
