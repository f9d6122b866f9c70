package policy

import (
	"iter"

	"trailblazer/sparksim"
	"trailblazer/sparksim/policy/work"
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

// frontier finds the stage of a job that is next.
type frontier struct{ work.Frontier }

// first is the place of the job's first schedulable stage on the frontier; of
// the first schedulable one where none is on it. The reference's rules choose
// so.
func (f *frontier) first(v *sparksim.View, job int, p places) int {
	f.Mark(v, job)
	first := v.Jobs[job].First
	for at := p.first; at < p.end; at++ {
		if !f.Waits[v.Schedulable[at]-first] {
			return at
		}
	}
	return p.first
}
