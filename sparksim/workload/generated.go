package workload

import (
	"fmt"
	"slices"

	"trailblazer/internal/setting"
	"trailblazer/sparksim"
)

// Generated draws the arrivals of every seed.
type Generated struct {
	kinds   []*sparksim.Job
	poisson Poisson
}

// NewGenerated makes a workload of kinds and arrivals drawn over them. Errors
// are *setting.Error.
func NewGenerated(kinds []*sparksim.Job, p Poisson) (*Generated, error) {
	if err := checkKinds(kinds); err != nil {
		return nil, err
	}
	if err := p.Validate(); err != nil {
		return nil, err
	}
	p = p.WithDefaults()
	stages := 0
	for _, kind := range kinds {
		stages = max(stages, kind.Stages())
	}
	if most := sparksim.MaxEpisodeStages / stages; p.Jobs > most {
		return nil, setting.Refuse("jobs", p.Jobs, "may have more stages together than an episode can", fmt.Sprintf("give at most %d of these kinds", most))
	}
	return &Generated{kinds, p}, nil
}

func checkKinds(kinds []*sparksim.Job) error {
	if len(kinds) == 0 {
		return setting.Refuse("kinds", "empty,", "so nothing can arrive", "give at least one kind of job")
	}
	return nil
}

// Kinds implements sparksim.Workload.
func (g *Generated) Kinds() []*sparksim.Job { return g.kinds }

// Arrivals implements sparksim.Workload.
func (g *Generated) Arrivals(dst []sparksim.Arrival, seed uint64) []sparksim.Arrival {
	return g.poisson.draw(dst, seed, len(g.kinds))
}

// Fixed has the same arrivals whatever the seed.
type Fixed struct {
	kinds    []*sparksim.Job
	arrivals []sparksim.Arrival
}

// NewFixed makes a workload of kinds and one job sequence over them. Errors
// are *setting.Error.
func NewFixed(kinds []*sparksim.Job, arrivals []sparksim.Arrival) (*Fixed, error) {
	if err := checkKinds(kinds); err != nil {
		return nil, err
	}
	if err := sparksim.CheckArrivals(arrivals, kinds); err != nil {
		return nil, err
	}
	return &Fixed{kinds, slices.Clone(arrivals)}, nil
}

// Kinds implements sparksim.Workload.
func (f *Fixed) Kinds() []*sparksim.Job { return f.kinds }

// Arrivals implements sparksim.Workload.
func (f *Fixed) Arrivals(dst []sparksim.Arrival, _ uint64) []sparksim.Arrival {
	return append(dst, f.arrivals...)
}
