package sparkenv

import (
	"encoding/json"
	"fmt"
	"strconv"

	"trailblazer/internal/jsonconfig"
	"trailblazer/sparksim"
	"trailblazer/sparksim/workload"
)

// Sequences says which job sequences seeds draw.
type Sequences string

// The empty Sequences means training.
const (
	// SequencesTrain are never those of a test, whatever the seed.
	SequencesTrain Sequences = "train"
	// SequencesTest are the reference's where it published a seed's.
	SequencesTest Sequences = "test"
)

// Config is everything about the environment that a user may set. The zero
// value is useful: the papers' training environment.
type Config struct {
	// Cluster is its size, its delays and the reward's discount rate.
	Cluster sparksim.Config `json:"cluster"`
	// Arrivals says how many jobs arrive, and how fast. A workload that
	// brings its own arrivals ignores it.
	Arrivals workload.Poisson `json:"arrivals"`
	// Sequences is "train" (or empty) or "test".
	Sequences Sequences `json:"sequences"`
	// SequenceSeed, if set, is the seed of all episodes' job sequences, so
	// that an episode's seed draws nothing but the durations of tasks.
	SequenceSeed *uint64 `json:"sequence_seed"`
	// TimeLimitMs truncates an episode at the first decision at or after it;
	// 0 means no limit.
	TimeLimitMs float64 `json:"time_limit_ms"`
	// RandomTimeLimit draws the limit anew for each episode, exponentially
	// distributed with mean TimeLimitMs, as Decima was trained.
	RandomTimeLimit bool `json:"random_time_limit"`
	// MaxSteps truncates longer episodes. 0 means no limit.
	MaxSteps int `json:"max_steps"`
	// Record adds to info who ran where and when, and which jobs completed.
	Record bool `json:"record"`
	// Workload replaces the scenario's kinds of jobs, and their arrivals if it
	// has any.
	Workload *workload.File `json:"workload"`
}

// Validate reports the first setting out of range as an *env.FieldError. The
// workload is checked when it is compiled.
func (c *Config) Validate() error {
	if err := c.Cluster.Validate(); err != nil {
		return jsonconfig.FieldError("config.cluster", err)
	}
	if err := c.Arrivals.Validate(); err != nil {
		return jsonconfig.FieldError("config.arrivals", err)
	}
	if err := checkTimeLimit("config.time_limit_ms", c.TimeLimitMs); err != nil {
		return err
	}
	switch {
	case c.Sequences != "" && c.Sequences != SequencesTrain && c.Sequences != SequencesTest:
		return jsonconfig.Refuse("config.sequences", jsonconfig.Quote(c.Sequences), `give "train" or "test"`)
	case c.RandomTimeLimit && c.TimeLimitMs == 0:
		return jsonconfig.Refuse("config.random_time_limit", "true", "give its mean as time_limit_ms too")
	case c.MaxSteps < 0:
		return jsonconfig.Refuse("config.max_steps", strconv.Itoa(c.MaxSteps), "give a number of steps, or 0 for no limit")
	}
	return nil
}

// checkSet refuses zeros where something had to be given: in a configuration
// that began with all defaults filled in, they were written.
func (c *Config) checkSet() error {
	for _, setting := range []struct {
		field string
		zero  bool
	}{
		{"cluster.executors", c.Cluster.Executors == 0},
		{"arrivals.jobs", c.Arrivals.Jobs == 0},
		{"arrivals.mean_interarrival_ms", c.Arrivals.MeanInterarrivalMs == 0},
	} {
		if setting.zero {
			return jsonconfig.Refuse("config."+setting.field, "0", "give a positive number, or leave it out")
		}
	}
	return nil
}

// WithDefaults fills in what is not set.
func (c Config) WithDefaults() Config {
	c.Cluster, c.Arrivals = c.Cluster.WithDefaults(), c.Arrivals.WithDefaults()
	if c.Sequences == "" {
		c.Sequences = SequencesTrain
	}
	return c
}

// JSON is the configuration with every field in it.
func (c Config) JSON() json.RawMessage { return jsonconfig.Encode(c) }

// ResetOptions choose an episode in reset.
type ResetOptions struct {
	// SequenceSeed is the seed of the job sequence; by default the config's,
	// else the episode's.
	SequenceSeed *uint64 `json:"sequence_seed"`
	// TimeLimitMs takes the place of the config's limit, drawn or not: so a
	// curriculum lets episodes grow. 0 means no limit.
	TimeLimitMs *float64 `json:"time_limit_ms"`
}

// Validate reports the first option out of range as an *env.FieldError.
func (o *ResetOptions) Validate() error {
	if o.TimeLimitMs != nil {
		return checkTimeLimit("options.time_limit_ms", *o.TimeLimitMs)
	}
	return nil
}

func checkTimeLimit(field string, ms float64) error {
	if ms >= 0 && ms <= sparksim.MaxDurationMs {
		return nil
	}
	return jsonconfig.Refuse(field, fmt.Sprint(ms), fmt.Sprintf("give up to %g ms, or 0 for no limit", float64(sparksim.MaxDurationMs)))
}
