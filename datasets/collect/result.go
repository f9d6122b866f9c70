package collect

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"trailblazer/datasets/traj"
)

// Result sums up a run.
type Result struct {
	Environment string `json:"environment"`
	Scenario    string `json:"scenario"`
	ContentHash string `json:"content_hash"`
	Directory   string `json:"directory"`
	Seed        uint64 `json:"seed"`
	// Expert labelled; empty for nobody.
	Expert  string `json:"expert,omitempty"`
	Command string `json:"command,omitempty"`
	// Planned is how many episodes the collection has, Before how many of them
	// earlier runs have kept, and Episodes how many this one has.
	Planned  int `json:"planned_episodes"`
	Before   int `json:"episodes_before"`
	Episodes int `json:"episodes"`
	Steps    int `json:"steps"`
	// Explored counts steps whose action exploration chose.
	Explored int `json:"explored_steps"`
	// Policies are in the order of the options, and then those that took
	// turns in an episode.
	Policies  []PolicyResult   `json:"policies"`
	Reference []traj.Reference `json:"reference,omitempty"`
	// Bytes is the size of the whole data set's shards.
	Bytes          int64   `json:"bytes"`
	Seconds        float64 `json:"seconds"`
	StepsPerSecond float64 `json:"steps_per_second"`
}

// PolicyResult is what one policy, or several that took turns, did in a run.
type PolicyResult struct {
	Policy     string  `json:"policy"`
	Episodes   int     `json:"episodes"`
	Steps      int     `json:"steps"`
	MeanReturn float64 `json:"mean_return"`

	sum float64
}

// add counts an episode that was kept.
func (r *Result) add(e *traj.Episode) {
	at := 0
	for at < len(r.Policies) && r.Policies[at].Policy != e.Header.Policy {
		at++
	}
	if at == len(r.Policies) {
		r.Policies = append(r.Policies, PolicyResult{Policy: e.Header.Policy})
	}
	p := &r.Policies[at]
	p.Episodes++
	p.Steps += e.Header.Steps
	p.sum += e.Return
	p.MeanReturn = p.sum / float64(p.Episodes)
	r.Episodes++
	r.Steps += e.Header.Steps
	for _, explored := range traj.Of[bool](e.Steps.Find(traj.FieldExplored)) {
		if explored {
			r.Explored++
		}
	}
}

// end notes how long the run took, and how large the data set is, and puts the
// policies in their order.
func (r *Result) end(took time.Duration, dir string, policies []string) {
	place := func(p PolicyResult) int {
		if at := slices.Index(policies, p.Policy); at >= 0 {
			return at
		}
		return len(policies)
	}
	slices.SortStableFunc(r.Policies, func(a, b PolicyResult) int { return cmp.Compare(place(a), place(b)) })
	r.Seconds = took.Seconds()
	r.StepsPerSecond = float64(r.Steps) / r.Seconds
	for _, s := range knownInfo(dir).Shards {
		r.Bytes += s.Bytes
	}
}

// OtherError reports that a data set has episodes of another collection.
type OtherError struct {
	Dir string
	// Episodes is how many.
	Episodes int
	// Command is how the data set was made; empty if nobody said.
	Command string
}

// Error names the remedy.
func (e *OtherError) Error() string {
	made := ""
	if e.Command != "" {
		made = ", made by\n  " + e.Command + "\n"
	}
	return fmt.Sprintf("%s has %d episodes of another collection%s: give a directory of its own, or ask to append to what is there", e.Dir, e.Episodes, made)
}
