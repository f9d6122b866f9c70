package policy

import (
	"math"

	"trailblazer/sparksim"
	"trailblazer/sparksim/policy/work"
)

// shortest serves the job with the least work left first, each up to a cap;
// what then remains goes to the same jobs beyond it. Without a cap this is
// shortest-job-first.
type shortest struct {
	// cap is a share of the cluster.
	cap float64
	// stage finds the place of the stage of a job that is next.
	stage func(v *sparksim.View, job int, at places) int
}

// newSJF takes stages of a job in the order of the reference's rules.
func newSJF(share float64) *shortest {
	return &shortest{cap: share, stage: new(frontier).first}
}

func (s *shortest) Start(uint64) {}

func (s *shortest) Choose(v *sparksim.View) (Decision, error) {
	limit := int(math.Ceil(s.cap * float64(v.Executors)))
	var below, any least
	for job, at := range open(v) {
		c := candidate{job, at, work.OfJob(v, job)}
		any.offer(c)
		if room(v, job, limit) > 0 {
			below.offer(c)
		}
	}
	if below.found {
		return give(v, below.job, s.stage(v, below.job, below.at), room(v, below.job, limit)), nil
	}
	if any.found {
		return give(v, any.job, s.stage(v, any.job, any.at), v.Committable), nil
	}
	return pass(v), nil
}

// candidate is a job that could be served.
type candidate struct {
	job int
	at  places
	key float64
}

// least keeps the candidate with the least key, the first of equals.
type least struct {
	candidate
	found bool
}

func (l *least) offer(c candidate) {
	if !l.found || c.key < l.key {
		*l = least{c, true}
	}
}
