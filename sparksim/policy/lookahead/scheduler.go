package lookahead

import (
	"math"

	"trailblazer/internal/splitmix"
	"trailblazer/sparksim"
	"trailblazer/sparksim/policy"
)

// Scheduler improves a rule. What it decides depends on its seed and on the
// cluster as it is, not on what would happen next, nor, where the rule remembers
// nothing, on what it decided before: one that begins in the middle of an
// episode decides the same. A Scheduler is not safe for concurrent use.
type Scheduler struct {
	options  Options
	forecast Forecast
	// base decides here and names alternatives, ahead decides in simulations.
	base, ahead policy.Rule

	seed uint64
	gain Gain // of the last decision
	view sparksim.View
	candidates
	simulator
}

// NewScheduler makes a scheduler that improves the rule that base makes.
// Errors are *setting.Error or those of base.
func NewScheduler(o Options, f Forecast, base func() (policy.Rule, error)) (*Scheduler, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if err := f.validate(); err != nil {
		return nil, err
	}
	s := &Scheduler{options: o.WithDefaults(), forecast: f}
	for _, rule := range []*policy.Rule{&s.base, &s.ahead} {
		var err error
		if *rule, err = base(); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Start begins an episode. Randomness comes from the seed alone.
func (s *Scheduler) Start(seed uint64) {
	s.seed, s.gain = seed, Gain{}
	s.base.Start(seed)
}

// screening is in how many scenarios every candidate is tried at least, a
// quarter of all if that is more; finalists is how many are tried on, one fewer
// each time that the scenarios double.
const (
	screening = 3
	finalists = 3
)

// hopeless is how much more a candidate may cost in the first scenario, in mean
// times between arrivals. (Where all jobs come at once nothing is dropped for
// it.)
const hopeless = 0.1

// Choose decides about a cluster, which must be in an episode. It leaves the
// cluster alone.
func (s *Scheduler) Choose(c *sparksim.Cluster) (policy.Decision, error) {
	s.gain = Gain{}
	c.Observe(&s.view)
	seed := s.moment(c)
	decision, err := s.base.Choose(&s.view)
	if err != nil {
		return decision, err
	}
	if err := s.nominate(c, &s.view, s.base, decision); err != nil {
		return decision, err
	}
	check, keep := max(min(screening, s.options.Scenarios), s.options.Scenarios/4), finalists
	for n := 1; n <= s.options.Scenarios && len(s.rivals) > 0; n++ {
		if err := s.try(c, splitmix.Mix(seed, uint64(n)), decision); err != nil {
			return decision, err
		}
		if limit := hopeless * s.forecast.MeanInterarrivalMs; n == 1 && limit > 0 {
			s.discard(limit)
		}
		if n == check {
			s.dismiss(keep)
			check, keep = 2*check, max(1, keep-1)
		}
	}
	decision, s.gain = s.best(decision, s.options.Errors)
	return decision, nil
}

// moment is the seed of what is imagined for a decision, made of what decisions
// change that are taken at the same time.
func (s *Scheduler) moment(c *sparksim.Cluster) uint64 {
	seed := splitmix.Mix(s.seed, math.Float64bits(c.NowMs()))
	for _, n := range []int{c.Committable(), s.view.Source, len(s.view.Schedulable)} {
		seed = splitmix.Mix(seed, uint64(n))
	}
	return seed
}

// Gain is that of the last decision over the rule's.
func (s *Scheduler) Gain() Gain { return s.gain }

// try plays all candidates in one scenario.
func (s *Scheduler) try(c *sparksim.Cluster, seed uint64, decision policy.Decision) error {
	if err := s.imagine(c, s.forecast, s.options.HorizonMs, seed); err != nil {
		return err
	}
	base, err := s.play(decision, s.ahead, seed)
	if err != nil {
		return err
	}
	for i := range s.rivals {
		cost, err := s.play(s.rivals[i].Decision, s.ahead, seed)
		if err != nil {
			return err
		}
		s.rivals[i].add(cost - base)
	}
	return nil
}
