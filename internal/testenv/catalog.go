package testenv

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"trailblazer/api/env"
)

// The ids of the environments.
const (
	Walk  = "trailblazer/TestWalk-v0"
	Flat  = "trailblazer/TestFlat-v0"
	Plain = "trailblazer/TestPlain-v0"
)

// Catalog is an env.Catalog of the test environments. The zero value is ready.
type Catalog struct {
	// OnStep, where set, is called in every step, before anything changes,
	// with the number of the environment in its vector.
	OnStep func(index int)

	mu        sync.Mutex
	factories map[string]*factory
}

// Config is the configuration of all test environments.
type Config struct {
	// Steps is the length of an episode; 0 stands for 10.
	Steps int `json:"steps"`
	// Truncate makes episodes end by truncation.
	Truncate bool `json:"truncate"`
}

// Environments implements env.Catalog.
func (c *Catalog) Environments() []env.Environment {
	var environments []env.Environment
	for _, id := range []string{Walk, Flat, Plain} {
		environments = append(environments, env.Environment{
			ID:              id,
			Description:     "for tests",
			Scenarios:       []env.Scenario{{Name: "test/default", Description: "the only one", DataSource: "built-in"}, {Name: "test/none", Unavailable: "it is missing"}},
			DefaultScenario: "test/default",
			DefaultConfig:   json.RawMessage(`{"steps":10,"truncate":false}`),
			Policies:        []string{"random"},
		})
	}
	return environments
}

// Factory implements env.Catalog.
func (c *Catalog) Factory(id, scenario string, config json.RawMessage) (env.Factory, error) {
	make, ok := map[string]func(*factory) env.Env{
		Walk:  func(f *factory) env.Env { return &walk{base: base{factory: f}} },
		Flat:  func(f *factory) env.Env { return &flat{plain{base: base{factory: f}}} },
		Plain: func(f *factory) env.Env { return &plain{base: base{factory: f}} },
	}[id]
	if !ok {
		return nil, &env.NotFoundError{Kind: "environment", Name: id, Known: []string{Walk, Flat, Plain}}
	}
	if scenario != "" && scenario != "test/default" {
		return nil, &env.NotFoundError{Kind: "scenario", Name: scenario, Known: []string{"test/default"}}
	}
	parsed := Config{Steps: 10}
	if len(config) > 0 {
		decoder := json.NewDecoder(bytes.NewReader(config))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&parsed); err != nil {
			return nil, &env.FieldError{Field: "config", Value: string(config), Remedy: "give a JSON object with steps and truncate: " + err.Error()}
		}
	}
	if parsed.Steps < 1 {
		return nil, &env.FieldError{Field: "config.steps", Value: fmt.Sprint(parsed.Steps), Remedy: "give a positive number"}
	}
	full, err := json.Marshal(parsed)
	if err != nil {
		return nil, err
	}
	key := id + string(full)
	c.mu.Lock()
	defer c.mu.Unlock()
	if f := c.factories[key]; f != nil {
		return f, nil
	}
	spec := newSpec(id, full, parsed.Steps)
	f := &factory{catalog: c, config: parsed, make: make, spec: spec, checker: env.NewChecker("action", env.Leaves(spec.Action))}
	if c.factories == nil {
		c.factories = map[string]*factory{}
	}
	c.factories[key] = f
	return f, nil
}

type factory struct {
	catalog *Catalog
	config  Config
	make    func(*factory) env.Env
	spec    *env.Spec
	checker *env.Checker
}

func (f *factory) Spec() *env.Spec { return f.spec }

func (f *factory) New(index, count int) (env.Env, error) {
	e := f.make(f)
	e.(interface{ begin(index, count int) }).begin(index, count)
	return e, nil
}

func newSpec(id string, config json.RawMessage, steps int) *env.Spec {
	hash := sha256.Sum256(append([]byte(id), config...))
	spec := &env.Spec{
		ID:              id,
		Scenario:        "test/default",
		MaxEpisodeSteps: steps,
		RewardLow:       -10,
		RewardHigh:      10,
		ContentHash:     hex.EncodeToString(hash[:]),
		DataHashes:      map[string]string{"config": hex.EncodeToString(hash[:4])},
		Config:          config,
		Metadata:        json.RawMessage(`{"for":"tests"}`),
		StepCost:        100 * time.Nanosecond,
	}
	if id == Walk {
		spec.Observation, spec.Action, spec.Info = walkSpaces()
	} else {
		spec.Observation, spec.Action, spec.Info = flatSpaces()
	}
	return spec
}
