package main

import (
	"math"
	"slices"

	"trailblazer/internal/bench"
	"trailblazer/internal/rollout"
)

// evaluatedResult is one scenario of `eval --json`.
type evaluatedResult struct {
	*rollout.Result
	// Score says what is measured by it, and how.
	Score evaluatedScale `json:"score"`
	// Scores are those of the policies, by their names; none where the references
	// were not played to the end.
	Scores map[string]float64 `json:"scores"`

	metrics []rollout.Metric
}

// evaluatedScale is that of scores: 0 is what Floor reaches in the metric in the
// same episodes, 100 what Ceiling does.
type evaluatedScale struct {
	Metric        string `json:"metric"`
	LowerIsBetter bool   `json:"lower_is_better"`
	Floor         string `json:"floor"`
	Ceiling       string `json:"ceiling"`
	// FloorMean and CeilingMean are what they reach.
	FloorMean   float64 `json:"floor_mean"`
	CeilingMean float64 `json:"ceiling_mean"`
}

// newEvaluatedResult scores the first so many policies of a result, and leaves the
// others out, which were only played for the scores.
func newEvaluatedResult(result *rollout.Result, metrics []rollout.Metric, suite *bench.Suite, policies int, floor, ceiling string) evaluatedResult {
	name := metrics[0].Name
	r := evaluatedResult{Result: result, Scores: map[string]float64{}, metrics: metrics,
		Score: evaluatedScale{Metric: name, Floor: floor, Ceiling: ceiling}}
	for _, h := range suite.Headlines {
		if h.Name == name {
			r.Score.LowerIsBetter = h.Lower
		}
	}
	find := func(policy string) *rollout.PolicyResult {
		if at := slices.IndexFunc(result.Results, func(p rollout.PolicyResult) bool { return p.Policy == policy }); at >= 0 {
			return &result.Results[at]
		}
		return nil
	}
	worst, best := find(floor), find(ceiling)
	if worst != nil && best != nil {
		low, high := worst.Metrics[name].Mean, best.Metrics[name].Mean
		r.Score.FloorMean, r.Score.CeilingMean = low, high
		for _, p := range result.Results[:min(policies, len(result.Results))] {
			score := 100 * (p.Metrics[name].Mean - low) / (high - low)
			if p.Episodes == best.Episodes && p.Episodes == worst.Episodes && !math.IsNaN(score) && !math.IsInf(score, 0) {
				r.Scores[p.Policy] = score
			}
		}
	}
	result.Results = result.Results[:min(policies, len(result.Results))]
	return r
}
