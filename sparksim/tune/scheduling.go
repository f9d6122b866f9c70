package tune

import (
	"fmt"
	"math"

	"trailblazer/internal/splitmix"
	"trailblazer/sparksim"
	"trailblazer/sparksim/policy"
)

// World is a cluster and what arrives there.
type World struct {
	Config   sparksim.Config
	Workload sparksim.Workload
}

// Scheduling is the problem of a rule with these parameters: its cost is the
// mean logarithm of the average job completion time in milliseconds. Episodes
// take turns in the worlds.
func Scheduling(parameters []Parameter, newRule func(numbers []float64) (policy.Rule, error), worlds []World) Problem {
	return Problem{Parameters: parameters, NewPlayer: func() (Player, error) {
		if len(worlds) == 0 {
			return nil, fmt.Errorf("tune: there is no world to schedule in: give one")
		}
		p := &scheduler{newRule: newRule, worlds: worlds, clusters: make([]*sparksim.Cluster, len(worlds))}
		for i, w := range worlds {
			c, err := sparksim.New(w.Config, w.Workload.Kinds())
			if err != nil {
				return nil, err
			}
			p.clusters[i] = c
		}
		return p, nil
	}}
}

// scheduler is the Player of Scheduling.
type scheduler struct {
	newRule  func(numbers []float64) (policy.Rule, error)
	worlds   []World
	clusters []*sparksim.Cluster
	arrivals []sparksim.Arrival
	view     sparksim.View
}

func (s *scheduler) Cost(numbers []float64, seed uint64) (float64, error) {
	rule, err := s.newRule(numbers)
	if err != nil {
		return 0, err
	}
	at := seed % uint64(len(s.worlds))
	w, c := &s.worlds[at], s.clusters[at]
	s.arrivals = w.Workload.Arrivals(s.arrivals[:0], seed)
	if err := sparksim.CheckArrivals(s.arrivals, w.Workload.Kinds()); err != nil {
		return 0, err
	}
	stream := splitmix.Seed(seed)
	c.Reset(s.arrivals, &stream)
	rule.Start(seed)
	for !c.Done() {
		c.Observe(&s.view)
		d, err := rule.Choose(&s.view)
		if err != nil {
			return 0, err
		}
		if _, err := c.Step(d.Stage, d.Executors); err != nil {
			return 0, fmt.Errorf("tune: the rule's decision in the episode of seed %d: %w", seed, err)
		}
	}
	return math.Log(c.AverageJCTMs()), nil
}
