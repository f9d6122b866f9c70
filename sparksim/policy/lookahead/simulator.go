package lookahead

import (
	"fmt"

	"trailblazer/sparksim"
	"trailblazer/sparksim/policy"
)

// simulator plays what may happen.
type simulator struct {
	arrivals []sparksim.Arrival
	// scenario is the cluster before the decision, run after it.
	scenario, run sparksim.Cluster
	seen          sparksim.View
}

// imagine gives the cluster a future.
func (s *simulator) imagine(c *sparksim.Cluster, f Forecast, horizonMs float64, seed uint64) error {
	now, arrived := c.NowMs(), c.Arrived()
	s.arrivals = append(s.arrivals[:0], c.Arrivals()[:arrived]...)
	s.arrivals = f.appendArrivals(s.arrivals, seed, now, now+horizonMs, c.Jobs()-arrived)
	s.scenario.CopyFrom(c)
	if err := s.scenario.SetFuture(s.arrivals, seed); err != nil {
		return fmt.Errorf("lookahead: imagine a future: %w", err)
	}
	return nil
}

// play takes a decision, lets the rule go on until all jobs are complete, and
// returns the sum of their completion times in ms.
func (s *simulator) play(d policy.Decision, rule policy.Rule, seed uint64) (float64, error) {
	c := &s.run
	c.CopyFrom(&s.scenario)
	rule.Start(seed)
	for {
		if d.Stage == sparksim.Pass && !c.CanPass() {
			// The rule waits for jobs that don't arrive here.
			d = policy.Decision{Stage: 0, Executors: c.Committable()}
		}
		if _, err := c.Step(d.Stage, d.Executors); err != nil {
			return 0, fmt.Errorf("lookahead: a decision in a simulation: %w", err)
		}
		if c.Done() {
			return c.AverageJCTMs() * float64(c.Jobs()), nil
		}
		c.Observe(&s.seen)
		var err error
		if d, err = rule.Choose(&s.seen); err != nil {
			return 0, err
		}
	}
}
