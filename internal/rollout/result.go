package rollout

import "trailblazer/internal/stats"

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
}

// Confidence is a mean over all steps of all episodes and its 95 % bootstrap
// interval over episodes.
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
		mean := stats.PooledMean(parts)
		result.Metrics[m.Name] = Confidence{mean.Value, [2]float64{mean.Low, mean.High}}
	}
	return result
}
