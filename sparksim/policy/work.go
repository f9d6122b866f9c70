package policy

import (
	"slices"

	"trailblazer/sparksim"
)

// stageWork is what is left to begin of a stage, in executor-milliseconds.
func stageWork(s *sparksim.StageView) float64 { return float64(s.Remaining) * float64(s.DurationMs) }

// jobWork is what is left to begin of a job, in executor-milliseconds.
func jobWork(v *sparksim.View, job int) float64 {
	sum := 0.0
	for i := v.Jobs[job].First; i < v.Jobs[job].End; i++ {
		sum += stageWork(&v.Stages[i])
	}
	return sum
}

// paths holds the longest path of work from each of a job's stages to the
// job's end, the stage's own work included.
type paths struct {
	ms   []float64
	most float64 // of them
	frontier
}

// measure fills in the paths of a job.
func (p *paths) measure(v *sparksim.View, job int) {
	j := &v.Jobs[job]
	p.ms = slices.Grow(p.ms[:0], int(j.End-j.First))[:j.End-j.First]
	p.most = 0
	edges := jobEdges(v, job)
	next := len(edges)
	for i := j.End - 1; i >= j.First; i-- {
		longest := 0.0
		for ; next > 0 && edges[next-1].From == i; next-- {
			longest = max(longest, p.ms[edges[next-1].To-j.First])
		}
		p.ms[i-j.First] = stageWork(&v.Stages[i]) + longest
		p.most = max(p.most, p.ms[i-j.First])
	}
}

// longest is the place of the job's schedulable stage with the longest path,
// among those on the frontier if there are any: executors of others would wait
// for them.
func (p *paths) longest(v *sparksim.View, job int, at places) int {
	p.measure(v, job)
	p.mark(v, job)
	first := v.Jobs[job].First
	best := at.first
	for place := at.first + 1; place < at.end; place++ {
		this, other := v.Schedulable[place]-first, v.Schedulable[best]-first
		if p.waits[this] != p.waits[other] && p.waits[other] || p.waits[this] == p.waits[other] && p.ms[this] > p.ms[other] {
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
