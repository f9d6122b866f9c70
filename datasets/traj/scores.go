package traj

import (
	"cmp"
	"slices"
)

// Score is how one policy did in one scenario.
type Score struct {
	// Scenario and ScenarioHash say what was played: the hash tells scenarios
	// of one name apart, and has scores and references of its own.
	Scenario     string `json:"scenario"`
	ScenarioHash string `json:"scenario_hash"`
	Policy       string `json:"policy"`
	Episodes     int    `json:"episodes"`
	Steps        int    `json:"steps"`
	// Return is over the complete episodes only.
	Return Summary `json:"episode_return"`
	// Normalised is 100·(mean return − floor)/(best − floor), where the data
	// set has both references for the scenario, and there is a complete
	// episode: the score of D4RL (Fu et al., 2020), whose floor is random. The
	// mean is over the episodes that the references were measured in, if
	// SameEpisodes; where not all of them are there it is that of Return.
	Normalised   *float64 `json:"normalised,omitempty"`
	SameEpisodes bool     `json:"same_episodes,omitempty"`
	// ScoredEpisodes and ReferenceEpisodes are how many episodes the mean and
	// the references are over.
	ScoredEpisodes    int `json:"scored_episodes,omitempty"`
	ReferenceEpisodes int `json:"reference_episodes,omitempty"`
}

// Scores sums up a data set's episodes by scenario and policy, sorted by these:
// scenarios as they come, policies best first.
func Scores(headers []Header, info *Info) []Score {
	type scenario struct{ name, hash string }
	type key struct {
		scenario
		policy string
	}
	type sums struct {
		Score
		returns moments
		// measured are those of the references' episodes, by number.
		measured map[uint64]*moments
		rank     int
	}
	compared := map[scenario]*references{}
	found := map[key]*sums{}
	ranks := map[scenario]int{}
	var all []*sums
	for i := range headers {
		h := &headers[i]
		played := scenario{h.Scenario, h.ScenarioHash}
		if _, known := ranks[played]; !known {
			ranks[played] = len(ranks)
			compared[played] = findReferences(info, played.name, played.hash)
		}
		k := key{played, h.Policy}
		s := found[k]
		if s == nil {
			s = &sums{Score: Score{Scenario: h.Scenario, ScenarioHash: h.ScenarioHash, Policy: h.Policy}, rank: ranks[played], measured: map[uint64]*moments{}}
			found[k] = s
			all = append(all, s)
		}
		s.Episodes++
		s.Steps += h.Steps
		if !h.Complete {
			continue
		}
		s.returns.add(h.Return)
		if number, ok := compared[played].number(h); ok {
			if s.measured[number] == nil {
				s.measured[number] = new(moments)
			}
			s.measured[number].add(h.Return)
		}
	}
	scores := make([]Score, len(all))
	for _, s := range all {
		s.Return = s.returns.summary()
		if r := compared[scenario{s.Scenario, s.ScenarioHash}]; r != nil && s.Return.Count > 0 {
			r.normalise(&s.Score, s.measured)
		}
	}
	slices.SortFunc(all, func(a, b *sums) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(b.Return.Mean, a.Return.Mean), cmp.Compare(a.Policy, b.Policy))
	})
	for i, s := range all {
		scores[i] = s.Score
	}
	return scores
}
