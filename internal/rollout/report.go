package rollout

import (
	"trailblazer/api/env"
	"trailblazer/internal/stats"
)

// Metric names one number that a Report measures.
type Metric struct {
	// Name is the key in JSON ("qoe").
	Name        string
	Unit        string
	Description string
}

// Report knows what a family of environments measures and logs.
type Report interface {
	// Metrics are in the order in which a table shows them, the most
	// important first.
	Metrics() []Metric
	// Measure adds what row shows to the parts, one for each metric. start
	// says that row shows a reset.
	Measure(b *env.Batch, row int, start bool, parts []stats.Part)
	// LogColumns names the columns of the step log.
	LogColumns() []string
	// AppendLog appends one line's values of the step log in the columns'
	// order, or returns false where row shows no step worth a line.
	AppendLog(line []string, b *env.Batch, row int, start bool) ([]string, bool)
}
