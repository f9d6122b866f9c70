package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"trailblazer/api/env"
	"trailblazer/envserver/catalog"
	"trailblazer/internal/rollout"
	"trailblazer/internal/setting"
)

// scenario is one that is played; it implements rollout.Source.
type scenario struct {
	catalog *catalog.Catalog
	info    env.Scenario
	factory env.Factory
	report  rollout.Report
	metrics []rollout.Metric
	// each is how many episodes a seed stands for.
	each int
	// keys tell the episodes: their numbers in a fixed scenario, else their
	// seeds. at finds them.
	keys []uint64
	at   map[uint64]int
}

func newScenario(p *plan, name string) (*scenario, error) {
	s := &scenario{catalog: p.options.Catalog}
	if err := s.find(p.Environment, name); err != nil {
		return nil, err
	}
	if err := s.open(p.Environment, nil); err != nil {
		return nil, err
	}
	return s, s.number(p)
}

// find looks the scenario up.
func (s *scenario) find(environment, name string) error {
	var known []string
	for _, e := range s.catalog.Environments() {
		if e.ID != environment {
			continue
		}
		for _, one := range e.Scenarios {
			if one.Name == name {
				s.info = one
				if one.Unavailable != "" {
					return fmt.Errorf("%s can't be played here: %s", name, one.Unavailable)
				}
				return nil
			}
			known = append(known, one.Name)
		}
	}
	return &env.NotFoundError{Kind: "scenario", Name: name, Known: known}
}

// open makes the factory, with the settings that its report needs for policies
// to see what they look at.
func (s *scenario) open(environment string, config json.RawMessage) (err error) {
	if s.factory, err = s.catalog.Factory(environment, s.info.Name, config); err != nil {
		return err
	}
	if s.report, err = s.catalog.Report(s.factory.Spec()); err != nil {
		return err
	}
	s.metrics = s.report.Metrics()
	configurer, ok := s.report.(rollout.Configurer)
	if !ok || config != nil {
		return nil
	}
	return s.open(environment, configurer.Settings())
}

// number lists the episodes.
func (s *scenario) number(p *plan) error {
	name, fixed := s.info.Name, s.factory.Spec().Episodes
	s.each = p.Episodes
	if s.each == 0 {
		s.each = fixed
	}
	if s.each == 0 {
		s.each = s.report.DefaultEpisodes()
	}
	if fixed > 0 {
		if s.each > fixed {
			return setting.Refuse("--episodes", s.each, fmt.Sprintf("is more than %s has", name), fmt.Sprintf("give at most %d; more --seeds play them again", fixed))
		}
		for k := range s.each {
			s.keys = append(s.keys, uint64(k))
		}
	} else {
		for _, seed := range p.Seeds {
			for k := range s.each {
				s.keys = append(s.keys, seed+uint64(k))
			}
		}
	}
	s.at = make(map[uint64]int, len(s.keys))
	for i, key := range s.keys {
		s.at[key] = i
	}
	if len(s.at) < len(s.keys) {
		return setting.Refuse("--seeds", p.Seeds, fmt.Sprintf("overlap: each stands for %d episodes of %s", s.each, name), fmt.Sprintf("give seeds that are at least %d apart", s.each))
	}
	return nil
}

// wanted says which episodes a recording is to have.
func (s *scenario) wanted() string {
	if s.fixed() {
		return fmt.Sprintf("record seeds 0 to %d", len(s.keys)-1)
	}
	var ranges []string // Each of --seeds stands for one.
	for from := 0; from < len(s.keys); from += s.each {
		first, last := s.keys[from], s.keys[from+s.each-1]
		if first == last {
			ranges = append(ranges, fmt.Sprint(first))
		} else {
			ranges = append(ranges, fmt.Sprintf("%d to %d", first, last))
		}
	}
	return "record seeds " + strings.Join(ranges, ", ")
}

func (s *scenario) fixed() bool { return s.factory.Spec().Episodes > 0 }

// Spec implements rollout.Source.
func (s *scenario) Spec() *env.Spec { return s.factory.Spec() }

// NewEnv implements rollout.Source.
func (s *scenario) NewEnv(context.Context) (env.Env, error) { return s.factory.New(0, 1) }

// NewPolicy implements rollout.Source.
func (s *scenario) NewPolicy(name string) (env.Policy, error) {
	return s.catalog.Policy(name, s.factory)
}

// metric is the place of a metric by its name, or -1.
func (s *scenario) metric(name string) int {
	return slices.IndexFunc(s.metrics, func(m rollout.Metric) bool { return m.Name == name })
}

// withConfig returns a configuration with some fields of another in it.
func withConfig(config, from json.RawMessage, fields []string) (json.RawMessage, error) {
	var object, other map[string]json.RawMessage
	for _, read := range []struct {
		text json.RawMessage
		into *map[string]json.RawMessage
	}{{config, &object}, {from, &other}} {
		*read.into = map[string]json.RawMessage{}
		if len(bytes.TrimSpace(read.text)) == 0 {
			continue
		}
		if err := json.Unmarshal(read.text, read.into); err != nil {
			return nil, err
		}
	}
	for _, field := range fields {
		if value, ok := other[field]; ok {
			object[field] = value
		} else {
			delete(object, field)
		}
	}
	return json.Marshal(object)
}
