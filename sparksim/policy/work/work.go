// Package work measures what is left to begin of the jobs that a
// [sparksim.View] shows, for rules that schedule them and for all who look at a
// cluster as rules do. Work is in executor-milliseconds.
package work

import (
	"slices"

	"trailblazer/sparksim"
)

// OfStage is the tasks of a stage that have not begun times their duration.
func OfStage(s *sparksim.StageView) float64 { return float64(s.Remaining) * float64(s.DurationMs) }

// OfJob is the sum over a job's stages.
func OfJob(v *sparksim.View, job int) float64 {
	sum := 0.0
	for i := v.Jobs[job].First; i < v.Jobs[job].End; i++ {
		sum += OfStage(&v.Stages[i])
	}
	return sum
}

// Frontier finds stages that wait for no other. It uses its memory again.
type Frontier struct {
	// Waits says of each stage of the job that was marked last whether it has
	// an unfinished parent.
	Waits []bool
}

// Mark finds out which of a job's stages wait.
func (f *Frontier) Mark(v *sparksim.View, job int) {
	j := &v.Jobs[job]
	f.Waits = perStage(f.Waits, j)
	for _, e := range edges(v, job) {
		f.Waits[e.To-j.First] = true
	}
}

// Paths holds the longest path from each of a job's stages to the job's end, the
// stage itself included, as work or as time. It uses its memory again.
type Paths struct {
	Ms   []float64 // by stage of the job
	Most float64   // of them
}

// Measure fills in the paths of a job, as work.
func (p *Paths) Measure(v *sparksim.View, job int) { p.measure(v, job, OfStage) }

// MeasureTime fills in the paths of a job, as the time of one task a stage: no
// number of executors completes the job sooner.
func (p *Paths) MeasureTime(v *sparksim.View, job int) {
	p.measure(v, job, func(s *sparksim.StageView) float64 { return float64(s.DurationMs) })
}

func (p *Paths) measure(v *sparksim.View, job int, of func(*sparksim.StageView) float64) {
	j := &v.Jobs[job]
	p.Ms = slices.Grow(p.Ms[:0], int(j.End-j.First))[:j.End-j.First] // all are filled in below
	p.Most = 0
	edges := edges(v, job)
	next := len(edges)
	for i := j.End - 1; i >= j.First; i-- {
		longest := 0.0
		for ; next > 0 && edges[next-1].From == i; next-- {
			longest = max(longest, p.Ms[edges[next-1].To-j.First])
		}
		p.Ms[i-j.First] = of(&v.Stages[i]) + longest
		p.Most = max(p.Most, p.Ms[i-j.First])
	}
}

// Children counts the stages that wait for others. It uses its memory again.
type Children struct {
	// N is, by stage of the job that was counted last, how many wait for it.
	N []int
}

// Count counts those of a job's stages.
func (c *Children) Count(v *sparksim.View, job int) {
	j := &v.Jobs[job]
	c.N = perStage(c.N, j)
	for _, e := range edges(v, job) {
		c.N[e.From-j.First]++
	}
}

// perStage is a zero for each of a job's stages, in an older slice's memory where
// that is enough.
func perStage[T any](old []T, j *sparksim.JobView) []T {
	n := int(j.End - j.First)
	list := slices.Grow(old[:0], n)[:n]
	clear(list)
	return list
}

// edges are those between a job's stages.
func edges(v *sparksim.View, job int) []sparksim.Edge {
	from := func(e sparksim.Edge, stage int32) int { return int(e.From - stage) }
	first, _ := slices.BinarySearchFunc(v.Edges, v.Jobs[job].First, from)
	n, _ := slices.BinarySearchFunc(v.Edges[first:], v.Jobs[job].End, from)
	return v.Edges[first : first+n]
}
