package sparksim

import "math/bits"

// Observe writes what a scheduler sees into v, whose slices it reuses.
func (c *Cluster) Observe(v *View) {
	v.Executors, v.Committable = len(c.executors), c.committable()
	v.Jobs, v.Stages, v.Edges, v.Schedulable = v.Jobs[:0], v.Stages[:0], v.Edges[:0], v.Schedulable[:0]
	v.Source = len(c.active)
	sourceJob := c.jobOf(c.source)
	next := 0 // of the candidates
	for i, j := range c.active {
		job := &c.jobs[j]
		seen := JobView{First: int32(len(v.Stages)), Supply: job.supply, Limit: int32(min(v.Committable, max(0, len(c.executors)-int(job.supply))))}
		if j == sourceJob {
			v.Source = i
			seen.Limit = int32(v.Committable)
		}
		for word, w := range c.incomplete[job.word : int(job.word)+len(job.kind.ready)] {
			for ; w != 0; w &= w - 1 {
				s := job.base + int32(word<<6+bits.TrailingZeros64(w))
				state := &c.stages[s]
				at := int32(len(v.Stages))
				candidate := next < len(c.candidates) && c.candidates[next] == s
				if candidate {
					next++
					v.Schedulable = append(v.Schedulable, at)
				}
				v.Stages = append(v.Stages, StageView{Remaining: state.remaining, DurationMs: float32(state.recentMs), Schedulable: candidate})
				state.place = at
			}
		}
		seen.End = int32(len(v.Stages))
		// An incomplete stage's children are incomplete.
		for word, w := range c.incomplete[job.word : int(job.word)+len(job.kind.ready)] {
			for ; w != 0; w &= w - 1 {
				number := word<<6 + bits.TrailingZeros64(w)
				from := c.stages[int(job.base)+number].place
				for _, edge := range job.kind.job.Children(number) {
					v.Edges = append(v.Edges, Edge{from, c.stages[job.base+edge.To].place})
				}
			}
		}
		v.Jobs = append(v.Jobs, seen)
	}
}
