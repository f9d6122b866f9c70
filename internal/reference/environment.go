package reference

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"trailblazer/api/env"
	"trailblazer/internal/numpyrand"
)

// rules are what one environment does.
type rules interface {
	// reset begins an episode.
	reset(random *source)
	// step does the action, a choice or a number, and returns what it brought
	// and whether the episode is over.
	step(action float64) (reward float64, terminated bool)
	// show writes the observation, and info, one number for each.
	show(observation []float32, info []float64)
}

// source is the random numbers of NumPy's generator, as Gymnasium's environments
// draw them.
type source struct{ *numpyrand.Generator }

// between is Generator.uniform(low, high).
func (s *source) between(low, high float64) float64 {
	return low + float64((high-low)*(float64(s.Uint64()>>11)/(1<<53)))
}

// factory makes environments of one kind.
type factory struct {
	spec    *env.Spec
	checker *env.Checker
	rules   func() rules
}

// kind is all that tells one environment from others.
type kind struct {
	name      string
	observed  []string
	info      []string
	action    env.Space
	low, high float64 // of rewards
	steps     int
	config    string // its parameters, as JSON
	rules     func() rules
}

func (k kind) factory() env.Factory {
	hash := sha256.Sum256([]byte(k.name + k.config))
	infinite := []float64{math.Inf(-1)}
	observation := &env.Box{DType: env.Float32, Shape: []int{len(k.observed)}, Low: infinite, High: []float64{math.Inf(1)}}
	for _, name := range k.observed {
		observation.Features = append(observation.Features, env.Feature{Name: name, Unit: "1"})
	}
	info := &env.Dict{}
	for _, name := range k.info {
		info.Entries = append(info.Entries, env.Entry{Key: name, Space: &env.Box{DType: env.Float64, Low: infinite, High: []float64{math.Inf(1)}}})
	}
	spec := &env.Spec{
		ID: k.name, Scenario: "reference", Observation: observation, Action: k.action, Info: info,
		MaxEpisodeSteps: k.steps, RewardLow: k.low, RewardHigh: k.high,
		ContentHash: hex.EncodeToString(hash[:]), Config: json.RawMessage(k.config),
		Metadata: json.RawMessage("{}"), StepCost: 100 * time.Nanosecond,
	}
	return &factory{spec, env.NewChecker("action", env.Leaves(spec.Action)), k.rules}
}

func (f *factory) Spec() *env.Spec { return f.spec }

func (f *factory) New(int, int) (env.Env, error) {
	return &environment{factory: f, rules: f.rules()}, nil
}

// environment keeps the order of calls, counts steps, and leaves the rest to
// rules.
type environment struct {
	factory *factory
	rules   rules
	random  *source
	steps   int
	running bool
	closed  bool
}

func (e *environment) Spec() *env.Spec { return e.factory.spec }

func (e *environment) Reset(seed *uint64, options json.RawMessage, out *env.Batch, row int) error {
	if e.closed {
		return env.ErrClosed
	}
	if len(options) > 0 && string(options) != "{}" {
		return &env.FieldError{Field: "options", Value: string(options), Remedy: "give none"}
	}
	if seed != nil {
		e.random = &source{numpyrand.New(*seed)}
	} else if e.random == nil {
		e.random = &source{numpyrand.New(0)}
	}
	e.steps, e.running = 0, true
	e.rules.reset(e.random)
	e.show(out, row)
	return nil
}

// Step implements env.Env. The limit of steps truncates.
func (e *environment) Step(action env.Arrays, out *env.Batch, row int) error {
	switch {
	case e.closed:
		return env.ErrClosed
	case e.random == nil:
		return env.ErrNotReset
	case !e.running:
		return env.ErrFinished
	}
	if err := e.factory.checker.CheckRow(action, row); err != nil {
		return err
	}
	var value float64
	if action[0].Leaf.DType == env.Int64 {
		value = float64(env.Row[int64](&action[0], row)[0])
	} else {
		value = env.Row[float64](&action[0], row)[0]
	}
	e.steps++
	reward, terminated := e.rules.step(value)
	limit := e.factory.spec.MaxEpisodeSteps
	out.Reward[row], out.Terminated[row] = reward, terminated
	// Gymnasium's TimeLimit reports both where both are true.
	out.Truncated[row] = limit > 0 && e.steps >= limit
	e.running = !out.Terminated[row] && !out.Truncated[row]
	e.show(out, row)
	return nil
}

func (e *environment) show(out *env.Batch, row int) {
	info := make([]float64, 0, 4)[:len(out.Info)]
	e.rules.show(env.Row[float32](&out.Observation[0], row), info)
	for i, x := range info {
		env.Row[float64](&out.Info[i], row)[0] = x
	}
}

func (e *environment) Close() error {
	e.closed = true
	return nil
}

// field is a config of one number.
func field(name string, value any) string { return fmt.Sprintf(`{"%s":%v}`, name, value) }
