package ccenv

import (
	"encoding/json"
	"fmt"
	"strconv"

	"trailblazer/ccemu/control"
	"trailblazer/ccemu/link"
	"trailblazer/ccemu/scenario"
	"trailblazer/internal/jsonconfig"
)

// Config is everything about the environment that a user may set. The zero
// value is useful.
type Config struct {
	// StepMs is the time between two actions [100].
	StepMs float64 `json:"step_ms"`
	// MaxBandwidthKbps bounds actions [100,000].
	MaxBandwidthKbps float64 `json:"max_bandwidth_kbps"`
	// MaxSteps truncates longer sessions. 0 means no limit.
	MaxSteps int      `json:"max_steps"`
	Decision Decision `json:"decision"`
	Reward   Reward   `json:"reward"`
	// Flows is how many flows the agent controls [1]. Sessions with fewer get
	// copies of their last; those beyond are controlled by Others, the name of
	// a controller ["gcc-prod"].
	Flows  int    `json:"flows"`
	Others string `json:"others"`
	// Packets adds to info every packet and every report, Probes a second
	// number to actions. Neither changes what happens.
	Packets bool `json:"packets"`
	Probes  bool `json:"probes"`
	// Sessions replace the scenario's.
	Sessions *scenario.File `json:"sessions"`
}

// Decision says when an action takes effect, as if it came from a model that
// takes its time.
type Decision struct {
	// LatencyMs are measured times; each decision takes one of them at
	// random. None stands for no time.
	LatencyMs []float64 `json:"latency_ms"`
	// DeadlineMs is the time after which a decision comes too late, so that
	// the one before stays in force [step_ms].
	DeadlineMs float64 `json:"deadline_ms"`
}

const (
	defaultStepMs       = 100
	defaultMaxKbps      = 100_000
	defaultOthers       = "gcc-prod"
	mostFlows           = 32
	leastStepMs         = 10
	mostStepMs          = 10_000
	mostLatencies       = 1 << 16
	defaultDelayWeight  = 2.0
	defaultLossWeight   = 2.0
	defaultStallWeight  = 1.0
	mostWeight          = 1e6
	mostRewardedDelayMs = 1000
)

// Reward weighs the parts of a reward. A weight of 0 is the default, -1 none.
type Reward struct {
	// Delay is the penalty for a second of queueing delay, which counts up to
	// one second [2].
	Delay float64 `json:"delay"`
	// Loss is the penalty for the loss of all packets [2].
	Loss float64 `json:"loss"`
	// Stall is the penalty for a step in which the video stood still all the
	// time, in gaps of at least 100 ms [1].
	Stall float64 `json:"stall"`
}

func (r Reward) withDefaults() Reward {
	fill := func(weight *float64, otherwise float64) {
		if *weight == 0 {
			*weight = otherwise
		}
	}
	fill(&r.Delay, defaultDelayWeight)
	fill(&r.Loss, defaultLossWeight)
	fill(&r.Stall, defaultStallWeight)
	return r
}

// Validate reports the first setting out of range as an *env.FieldError. The
// sessions are checked when they are compiled.
func (c *Config) Validate() error {
	refuse := func(field string, value any, remedy string) error {
		return jsonconfig.Refuse("config."+field, fmt.Sprint(value), remedy)
	}
	switch {
	case c.StepMs != 0 && !(c.StepMs >= leastStepMs && c.StepMs <= mostStepMs):
		return refuse("step_ms", c.StepMs, fmt.Sprintf("give %d to %d ms, or 0 for %d", leastStepMs, mostStepMs, defaultStepMs))
	case c.MaxBandwidthKbps != 0 && !(c.MaxBandwidthKbps >= 10 && c.MaxBandwidthKbps <= link.MaxKbps):
		return refuse("max_bandwidth_kbps", c.MaxBandwidthKbps, fmt.Sprintf("give 10 to %g kbps, or 0 for %d", link.MaxKbps, defaultMaxKbps))
	case c.MaxSteps < 0:
		return refuse("max_steps", c.MaxSteps, "give a number of steps, or 0 for no limit")
	case c.Flows < 0 || c.Flows > mostFlows:
		return refuse("flows", c.Flows, fmt.Sprintf("give 1 to %d", mostFlows))
	case len(c.Decision.LatencyMs) > mostLatencies:
		return refuse("decision.latency_ms", strconv.Itoa(len(c.Decision.LatencyMs))+" times", fmt.Sprintf("give at most %d", mostLatencies))
	}
	if c.Others != "" {
		if _, err := control.New(c.Others, nil); err != nil {
			return refuse("others", jsonconfig.Quote(c.Others), "give the name of a controller: "+err.Error())
		}
	}
	for i, ms := range c.Decision.LatencyMs {
		if !(ms >= 0 && ms <= 60_000) {
			return refuse(fmt.Sprintf("decision.latency_ms[%d]", i), ms, "give 0 to 60000 ms")
		}
	}
	step := c.WithDefaults().StepMs
	if d := c.Decision.DeadlineMs; d != 0 && !(d > 0 && d <= step) {
		return refuse("decision.deadline_ms", d, fmt.Sprintf("give a time up to step_ms, %g, or 0 for that", step))
	}
	for _, w := range []struct {
		name   string
		weight float64
	}{{"delay", c.Reward.Delay}, {"loss", c.Reward.Loss}, {"stall", c.Reward.Stall}} {
		if w.weight != -1 && !(w.weight >= 0 && w.weight <= mostWeight) {
			return refuse("reward."+w.name, w.weight, "give a weight, 0 for the default or -1 for none")
		}
	}
	return nil
}

// WithDefaults fills in what is not set.
func (c Config) WithDefaults() Config {
	if c.StepMs == 0 {
		c.StepMs = defaultStepMs
	}
	if c.MaxBandwidthKbps == 0 {
		c.MaxBandwidthKbps = defaultMaxKbps
	}
	if c.Flows == 0 {
		c.Flows = 1
	}
	if c.Others == "" {
		c.Others = defaultOthers
	}
	if c.Decision.LatencyMs == nil {
		c.Decision.LatencyMs = []float64{}
	}
	c.Reward = c.Reward.withDefaults()
	return c
}

// JSON is the configuration with every field in it.
func (c Config) JSON() json.RawMessage { return jsonconfig.Encode(c) }
