package policy

import "trailblazer/sparksim"

// Rule schedules one cluster at a time. It knows no environment, so that it
// can run on a bare simulator too. A Rule allocates nothing once it has seen
// its largest view.
type Rule interface {
	// Start begins an episode. Randomness comes from the seed alone.
	Start(seed uint64)
	// Choose decides about a view, which it must neither change nor keep.
	Choose(v *sparksim.View) (Decision, error)
}

// Decision names a stage and how many executors it gets.
type Decision struct {
	// Stage is a place in the view's Schedulable, or sparksim.Pass.
	Stage int
	// Executors is at least 1.
	Executors int
}

// pass leaves what is committable idle. The reference's log shows all of it
// as the number of executors.
func pass(v *sparksim.View) Decision { return Decision{sparksim.Pass, max(v.Committable, 1)} }

// give gives a stage of a job up to most executors, and at least one.
func give(v *sparksim.View, job, place, most int) Decision {
	return Decision{place, max(1, min(most, int(v.Jobs[job].Limit), v.Committable))}
}
