package workload

import (
	"fmt"

	"trailblazer/internal/draw"
	"trailblazer/internal/setting"
	"trailblazer/sparksim"
)

// The defaults of [Poisson], those of the reference's test environment.
const (
	DefaultJobs               = 200
	DefaultMeanInterarrivalMs = 25_000
)

// longestMs bounds how long an episode's arrivals take on average, far enough
// below what a cluster takes that chance can't reach it.
const longestMs = sparksim.MaxDurationMs / 100

// Poisson draws jobs that arrive independently of each other, every kind as
// often as any other. The first arrives at 0.
type Poisson struct {
	// Jobs is how many arrive in an episode. 0 means [DefaultJobs].
	Jobs int `json:"jobs,omitempty"`
	// MeanInterarrivalMs is the mean time from one arrival to the next. 0
	// means [DefaultMeanInterarrivalMs].
	MeanInterarrivalMs float64 `json:"mean_interarrival_ms,omitempty"`
}

// WithDefaults spells out every setting that p leaves open.
func (p Poisson) WithDefaults() Poisson {
	if p.Jobs == 0 {
		p.Jobs = DefaultJobs
	}
	if p.MeanInterarrivalMs == 0 {
		p.MeanInterarrivalMs = DefaultMeanInterarrivalMs
	}
	return p
}

// Validate reports the first setting that is out of range, as a
// *setting.Error.
func (p Poisson) Validate() error {
	p = p.WithDefaults()
	switch {
	case p.Jobs < 1 || p.Jobs > sparksim.MaxEpisodeStages:
		return setting.Refuse("jobs", p.Jobs, "is no number of jobs", fmt.Sprintf("give 1 to %d", sparksim.MaxEpisodeStages))
	case !(p.MeanInterarrivalMs > 0 && p.MeanInterarrivalMs*float64(p.Jobs) <= longestMs):
		return setting.Refuse("mean_interarrival_ms", p.MeanInterarrivalMs, "is no mean time", fmt.Sprintf("give milliseconds above 0, at most %g", longestMs/float64(p.Jobs)))
	}
	return nil
}

// arrivalStream is the stream of a seed's arrivals. Those of synthetic queries
// count from 0.
const arrivalStream = 1 << 32

// draw appends the arrivals of a seed over a number of kinds. Fewer jobs are
// the beginning of more.
func (p Poisson) draw(dst []sparksim.Arrival, seed uint64, kinds int) []sparksim.Arrival {
	d := draw.New(seed, arrivalStream)
	atMs := 0.0
	for range p.Jobs {
		dst = append(dst, sparksim.Arrival{AtMs: atMs, Kind: d.Below(kinds)})
		atMs += float64(p.MeanInterarrivalMs * d.Exponential())
	}
	return dst
}
