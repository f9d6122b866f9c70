package policy

import (
	"iter"
	"slices"

	"trailblazer/sparksim"
)

// places are those of one job's stages in a view's Schedulable.
type places struct{ first, end int }

// open lists the jobs that have schedulable stages, in the view's order.
func open(v *sparksim.View) iter.Seq2[int, places] {
	return func(yield func(int, places) bool) {
		at := 0
		for job := range v.Jobs {
			first := at
			for at < len(v.Schedulable) && v.Schedulable[at] < v.Jobs[job].End {
				at++
			}
			if at > first && !yield(job, places{first, at}) || at == len(v.Schedulable) {
				return
			}
		}
	}
}

// frontier finds stages that wait for no other.
type frontier struct {
	waits []bool // by stage of the job that was marked last
}

// first is the place of the job's first schedulable stage on the frontier; of
// the first schedulable one where none is on it. The reference's rules choose
// so.
func (f *frontier) first(v *sparksim.View, job int, p places) int {
	f.mark(v, job)
	first := v.Jobs[job].First
	for at := p.first; at < p.end; at++ {
		if !f.waits[v.Schedulable[at]-first] {
			return at
		}
	}
	return p.first
}

// mark finds out which of a job's stages wait.
func (f *frontier) mark(v *sparksim.View, job int) {
	j := &v.Jobs[job]
	f.waits = slices.Grow(f.waits[:0], int(j.End-j.First))[:j.End-j.First]
	clear(f.waits)
	for _, e := range jobEdges(v, job) {
		f.waits[e.To-j.First] = true
	}
}

// jobEdges are the edges between a job's stages.
func jobEdges(v *sparksim.View, job int) []sparksim.Edge {
	from := func(e sparksim.Edge, stage int32) int { return int(e.From - stage) }
	first, _ := slices.BinarySearchFunc(v.Edges, v.Jobs[job].First, from)
	n, _ := slices.BinarySearchFunc(v.Edges[first:], v.Jobs[job].End, from)
	return v.Edges[first : first+n]
}
