package rollout

import (
	"encoding/json"
	"io"

	"trailblazer/api/env"
	"trailblazer/internal/stats"
)

// Metric names one number that a Report measures.
type Metric struct {
	// Name is the key in JSON ("qoe").
	Name        string
	Unit        string
	Description string
	// Order says whether policies are the better the more or the less of it they
	// have.
	Order Order
	// Statistic sums up what is measured. It is the same for all episodes and
	// steps, so that intervals are honest.
	Statistic Statistic
}

// Order says which of two values of a metric is better.
type Order uint8

// The orders.
const (
	// Unordered metrics say nothing about which policy is better.
	Unordered Order = iota
	LargerIsBetter
	SmallerIsBetter
)

// Better reports whether a is better than b.
func (o Order) Better(a, b float64) bool {
	switch o {
	case LargerIsBetter:
		return a > b
	case SmallerIsBetter:
		return a < b
	}
	return false
}

// Statistic says what becomes of a metric's parts.
type Statistic uint8

// The statistics.
const (
	// PooledMean is the mean over all observations.
	PooledMean Statistic = iota
	// Median and P95 are quantiles of all observations.
	Median
	P95
	// Ratio is the sum of all numerators over that of all denominators, of
	// parts made with stats.Part.AddRatio.
	Ratio
)

// Of sums up the parts of episodes.
func (s Statistic) Of(parts []stats.Part) stats.Mean {
	switch s {
	case Median:
		return stats.PooledQuantile(parts, 0.5)
	case P95:
		return stats.PooledQuantile(parts, 0.95)
	case Ratio:
		return stats.PooledRatio(parts)
	}
	return stats.PooledMean(parts)
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
	// order, or returns false where the step is not worth a line.
	AppendLog(line []string, step *Step) ([]string, bool)
	// DefaultEpisodes is how many episodes tell enough where a scenario draws
	// them.
	DefaultEpisodes() int
}

// Configurer is a Report that needs settings of the environments, so that all
// policies can act in them. They change nothing that it measures.
type Configurer interface {
	// Settings is a JSON object.
	Settings() json.RawMessage
}

// Step is one step of an episode, or its beginning, in row 0 of its batches.
type Step struct {
	// Index counts an episode's steps from 0; it is -1 for the reset.
	Index int
	// Before is what the policy saw, and Action what it did; they mean nothing
	// in a reset.
	Before *env.Batch
	Action env.Arrays
	// After is what followed.
	After *env.Batch
}

// Start says that the step is a reset.
func (s *Step) Start() bool { return s.Index < 0 }

// Recorder is a Report that can also write down and draw whole episodes, of
// environments that record them.
type Recorder interface {
	Report
	// Recording is a JSON object: the settings with which environments record.
	// It is empty where all of them do.
	Recording() json.RawMessage
	// NewRecord starts the record of an episode. The error says that the
	// environments don't record.
	NewRecord() (Record, error)
	// Draw draws records as an SVG, one below the other.
	Draw(w io.Writer, title string, drawings []Drawing) error
}

// Record is what happened in an episode.
type Record interface {
	// Add takes in what row shows after a reset or a step. The error says that
	// this contradicts the spec.
	Add(b *env.Batch, row int) error
}

// Drawing is the record of one policy's episode.
type Drawing struct {
	Policy string
	Record Record
}

// JobRecorder is a Recorder of environments in which jobs are done. Its records
// are JobRecords.
type JobRecorder interface {
	Recorder
	// JobColumns names the columns of the job log.
	JobColumns() []string
}

// JobRecord is a Record that knows the jobs of its episode.
type JobRecord interface {
	Record
	// JobLines returns one line for every completed job, in the job log's
	// columns.
	JobLines() [][]string
}
