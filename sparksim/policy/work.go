package policy

import (
	"trailblazer/sparksim"
	"trailblazer/sparksim/policy/work"
)

// paths finds the stages from which the longest paths of work lead to their
// job's end.
type paths struct {
	work.Paths
	frontier
}

// longest is the place of the job's schedulable stage with the longest path,
// among those on the frontier if there are any: executors of others would wait
// for them.
func (p *paths) longest(v *sparksim.View, job int, at places) int {
	p.Measure(v, job)
	p.Mark(v, job)
	first := v.Jobs[job].First
	best := at.first
	for place := at.first + 1; place < at.end; place++ {
		this, other := v.Schedulable[place]-first, v.Schedulable[best]-first
		if p.Waits[this] != p.Waits[other] && p.Waits[other] || p.Waits[this] == p.Waits[other] && p.Ms[this] > p.Ms[other] {
			best = place
		}
	}
	return best
}

// room is how many more executors a job may get below a limit. Those that the
// source job is to give away do not count as its own.
func room(v *sparksim.View, job, limit int) int {
	supply := int(v.Jobs[job].Supply)
	if job == v.Source {
		supply -= v.Committable
	}
	return limit - supply
}
