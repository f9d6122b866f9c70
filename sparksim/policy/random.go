package policy

import (
	"math/rand/v2"

	"trailblazer/sparksim"
)

// random names any schedulable stage and any number of executors that its job
// can be given, all equally likely. Its stream is PCG's and starts anew with
// each episode.
type random struct{ source rand.PCG }

func (r *random) Start(seed uint64) { r.source.Seed(seed, 0x9e3779b97f4a7c15) }

func (r *random) Choose(v *sparksim.View) (Decision, error) {
	if len(v.Schedulable) == 0 {
		return pass(v), nil
	}
	draw := rand.New(&r.source)
	place := draw.IntN(len(v.Schedulable))
	for job, p := range open(v) {
		if place < p.end {
			most := min(int(v.Jobs[job].Limit), v.Committable)
			return give(v, job, place, 1+draw.IntN(max(most, 1))), nil
		}
	}
	return pass(v), nil
}
