package traj

import (
	"cmp"
	"slices"
)

// Score is how one policy did in one scenario.
type Score struct {
	Scenario string `json:"scenario"`
	Policy   string `json:"policy"`
	Episodes int    `json:"episodes"`
	Steps    int    `json:"steps"`
	// Return is over the complete episodes only.
	Return Summary `json:"episode_return"`
	// Normalised is 100·(mean return − floor)/(best − floor), where the data
	// set has both references for the scenario, and there is a complete
	// episode: the score of D4RL (Fu et al., 2020), whose floor is random.
	Normalised *float64 `json:"normalised,omitempty"`
}

// Scores sums up episodes by scenario and policy, sorted by these: scenarios as
// they come, policies best first.
func Scores(headers []Header, references []Reference) []Score {
	type key struct{ scenario, policy string }
	type sums struct {
		Score
		returns moments
		rank    int
	}
	found := map[key]*sums{}
	ranks := map[string]int{}
	var all []*sums
	for i := range headers {
		h := &headers[i]
		if _, known := ranks[h.Scenario]; !known {
			ranks[h.Scenario] = len(ranks)
		}
		k := key{h.Scenario, h.Policy}
		s := found[k]
		if s == nil {
			s = &sums{Score: Score{Scenario: h.Scenario, Policy: h.Policy}, rank: ranks[h.Scenario]}
			found[k] = s
			all = append(all, s)
		}
		s.Episodes++
		s.Steps += h.Steps
		if h.Complete {
			s.returns.add(h.Return)
		}
	}
	scores := make([]Score, len(all))
	for _, s := range all {
		s.Return = s.returns.summary()
		s.Normalised = normalised(s.Scenario, s.Return, references)
	}
	slices.SortFunc(all, func(a, b *sums) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(b.Return.Mean, a.Return.Mean), cmp.Compare(a.Policy, b.Policy))
	})
	for i, s := range all {
		scores[i] = s.Score
	}
	return scores
}

// normalised compares a mean with the references of its scenario.
func normalised(scenario string, returns Summary, references []Reference) *float64 {
	reference := func(kind string) *Reference {
		at := slices.IndexFunc(references, func(r Reference) bool { return r.Scenario == scenario && r.Kind == kind })
		if at < 0 {
			return nil
		}
		return &references[at]
	}
	floor, best := reference("floor"), reference("best")
	if floor == nil || best == nil || best.Return == floor.Return || returns.Count == 0 {
		return nil
	}
	score := 100 * (returns.Mean - floor.Return) / (best.Return - floor.Return)
	return &score
}
