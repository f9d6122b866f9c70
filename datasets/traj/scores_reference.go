package traj

import "slices"

// references are the two scores of a scenario that others are compared with.
type references struct {
	floor, best float64
	// episodes is how many both were measured in, from the number first on; 0
	// where they were not measured in the same.
	first    uint64
	episodes int
	// fewest is the smaller of their numbers of episodes.
	fewest int
}

// findReferences returns those of a scenario, by its name and content hash, or
// nil where there are not both, or no difference between them.
func findReferences(info *Info, scenario, hash string) *references {
	find := func(kind string) *Reference {
		at := slices.IndexFunc(info.Reference, func(r Reference) bool {
			return r.Scenario == scenario && r.ScenarioHash == hash && r.Kind == kind
		})
		if at < 0 {
			return nil
		}
		return &info.Reference[at]
	}
	floor, best := find("floor"), find("best")
	if floor == nil || best == nil || best.Return == floor.Return {
		return nil
	}
	r := &references{floor: floor.Return, best: best.Return, fewest: min(floor.Episodes, best.Episodes)}
	if floor.Episodes == best.Episodes && floor.Seed == best.Seed {
		r.first, r.episodes = best.Seed, best.Episodes
	}
	// Where the order is fixed, seeds are the policies' alone.
	if slices.ContainsFunc(info.Scenarios, func(s ScenarioInfo) bool { return s.Name == scenario && s.ContentHash == hash && s.Episodes > 0 }) {
		r.first = 0
	}
	return r
}

// number counts an episode among those that the references were measured in. ok
// is false for others.
func (r *references) number(h *Header) (number uint64, ok bool) {
	if r == nil || !h.Seeded || h.ResetOptions != nil {
		return 0, false
	}
	number = h.Seed - r.first
	return number, number < uint64(r.episodes)
}

// normalise compares a policy with the references: over the same episodes if it
// has played all of them, each of which counts once however often it did.
func (r *references) normalise(s *Score, measured map[uint64]*moments) {
	mean := s.Return.Mean
	s.ScoredEpisodes, s.ReferenceEpisodes = s.Return.Count, r.fewest
	if s.SameEpisodes = r.episodes > 0 && len(measured) == r.episodes; s.SameEpisodes {
		sum := 0.0
		for number := range uint64(r.episodes) {
			sum += measured[number].mean
		}
		mean, s.ScoredEpisodes = sum/float64(r.episodes), r.episodes
	}
	score := 100 * (mean - r.floor) / (r.best - r.floor)
	s.Normalised = &score
}
