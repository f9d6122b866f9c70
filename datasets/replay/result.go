package replay

import (
	"slices"

	"trailblazer/datasets/traj"
)

// Count is a number of episodes, and of their steps.
type Count struct {
	Episodes int `json:"episodes"`
	Steps    int `json:"steps"`
}

func (c *Count) add(steps int) {
	c.Episodes++
	c.Steps += steps
}

// Result is what `trailblazer verify --json` prints.
type Result struct {
	Environment string `json:"environment"`
	// Selected counts the episodes that were to be played again, Played those
	// that were looked at: fewer if it was interrupted.
	Selected Count `json:"selected"`
	Played   Count `json:"played"`
	// Exact episodes showed every bit again; Different ones did not.
	Exact     Count `json:"exact"`
	Different Count `json:"different"`
	// Differences has one for each different episode, in their order.
	Differences []Difference `json:"differences,omitempty"`
	// Unverifiable counts, by reason, the episodes that can't be played again.
	Unverifiable []Unverifiable `json:"unverifiable,omitempty"`
	// Acts is nil unless policies were asked again.
	Acts *Acts `json:"acts,omitempty"`
}

// Difference is where an episode parts from what was recorded.
type Difference struct {
	Episode int64  `json:"episode"`
	Source  string `json:"source,omitempty"`
	Policy  string `json:"policy"`
	// Scenario names what was played, Shard the file that the episode is in.
	Scenario string `json:"scenario"`
	Shard    string `json:"shard"`
	// Step is the first step that differs, and Column its first column that
	// does: one of the table of steps, or one of the table of episodes
	// ("initial.info.…" at step 0, "final.observation.…" at the last one).
	Step   int    `json:"step"`
	Column string `json:"column"`
	// Recorded and Replayed are both values, as text.
	Recorded string `json:"recorded"`
	Replayed string `json:"replayed"`
}

// locate says which episode it is in.
func (d *Difference) locate(set *traj.Set, h *traj.Header) {
	d.Episode, d.Source, d.Policy, d.Scenario = h.ID, h.Source, h.Policy, h.Scenario
	d.Shard = set.Shards()[h.Shard].Name
}

// unverifiable adds an episode to those of a reason.
func unverifiable(list []Unverifiable, reason string, elsewhere bool, h *traj.Header) []Unverifiable {
	at := slices.IndexFunc(list, func(u Unverifiable) bool { return u.Reason == reason })
	if at < 0 {
		at = len(list)
		list = append(list, Unverifiable{Reason: reason, First: h.ID, Elsewhere: elsewhere})
	}
	list[at].add(h.Steps)
	return list
}

// Unverifiable is why episodes can't be played again.
type Unverifiable struct {
	Reason string `json:"reason"`
	Count
	// First is the number of the first such episode.
	First int64 `json:"first_episode"`
	// Elsewhere says that nothing is wrong with the episodes: they can be
	// played where their scenario is as it was recorded, which it is not here.
	Elsewhere bool `json:"elsewhere,omitempty"`
}
