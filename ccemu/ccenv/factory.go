package ccenv

import (
	"fmt"
	"math"
	"time"

	"trailblazer/api/env"
	"trailblazer/ccemu"
	"trailblazer/ccemu/schedule"
	"trailblazer/internal/jsonconfig"
)

// ID is the environment's versioned name.
const ID = "trailblazer/CC-v0"

// Factory makes environments of one config on one source of sessions, which
// they share. It is immutable and safe for concurrent use.
type Factory struct {
	spec      *env.Spec
	config    Config
	source    Source
	hashes    map[string]string
	episodes  int // of fixed sessions; 0 where seeds draw them
	mostSteps int
	latencies []time.Duration
	deadline  time.Duration
}

// NewFactory joins a config and a source. The scenario is only a name for the
// spec. Errors are *env.FieldError.
func NewFactory(scenario string, c Config, source Source) (*Factory, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	f := &Factory{config: c.WithDefaults(), source: source, hashes: source.Hashes(), episodes: source.Fixed()}
	f.mostSteps = f.stepsIn(source.LongestMs())
	for _, ms := range f.config.Decision.LatencyMs {
		f.latencies = append(f.latencies, schedule.Milliseconds(ms))
	}
	f.deadline = schedule.Milliseconds(f.config.StepMs)
	if ms := f.config.Decision.DeadlineMs; ms > 0 {
		f.deadline = schedule.Milliseconds(ms)
	}
	spec, err := f.newSpec(scenario)
	if err != nil {
		return nil, err
	}
	f.spec = spec
	return f, nil
}

// Spec implements env.Factory.
func (f *Factory) Spec() *env.Spec { return f.spec }

// New implements env.Factory.
func (f *Factory) New(index, count int) (env.Env, error) {
	if count < 1 || index < 0 || index >= count {
		return nil, jsonconfig.Refuse("index", fmt.Sprintf("%d of %d", index, count), "give 0 up to count-1")
	}
	return newEnv(f, index, count), nil
}

// Config is the configuration with every default filled in.
func (f *Factory) Config() Config { return f.config }

// session returns a session with as many flows as the agent controls.
func (f *Factory) session(seed uint64, number int64) (*ccemu.Session, error) {
	s, err := f.source.Session(seed, int(number))
	if err != nil {
		return nil, fmt.Errorf("ccenv: %w", err)
	}
	full := s.WithDefaults()
	for len(full.Flows) < f.config.Flows {
		full.Flows = append(full.Flows, full.Flows[len(full.Flows)-1])
	}
	if err := full.Validate(); err != nil {
		return nil, fmt.Errorf("ccenv: session of seed %d: %w", seed, err)
	}
	return &full, nil
}

// stepsIn is how many steps fit into a time, at least one.
func (f *Factory) stepsIn(ms float64) int {
	steps := max(1, int(math.Floor(ms/f.config.StepMs)))
	if limit := f.config.MaxSteps; limit > 0 {
		steps = min(steps, limit)
	}
	return steps
}

func (f *Factory) stepsOf(s *ccemu.Session) int { return f.stepsIn(s.DurationMs) }

// actionWidth is how many numbers an action has.
func (f *Factory) actionWidth() int {
	if f.config.Probes {
		return 2 * f.config.Flows
	}
	return f.config.Flows
}
