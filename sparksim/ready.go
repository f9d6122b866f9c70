package sparksim

import "math/bits"

// addInbound changes how many executors are on their way, or promised, to a
// stage.
func (c *Cluster) addInbound(s, n int32) {
	state := &c.stages[s]
	before := state.demand() > 0
	state.inbound += n
	switch after := state.demand() > 0; {
	case before && !after:
		c.saturate(s)
	case after && !before:
		c.desaturate(s)
	}
}

// saturate notes that a stage has all the executors that it can use, which
// makes children ready whose other parents have too.
func (c *Cluster) saturate(s int32) {
	state := &c.stages[s]
	job := &c.jobs[state.job]
	ready := c.ready[job.word:]
	remove(ready, state.number)
	for _, edge := range job.kind.job.Children(int(state.number)) {
		child := &c.stages[job.base+edge.To]
		if child.unsaturated--; child.unsaturated == 0 && child.demand() > 0 {
			insert(ready, edge.To)
		}
	}
}

// desaturate takes that back.
func (c *Cluster) desaturate(s int32) {
	state := &c.stages[s]
	job := &c.jobs[state.job]
	ready := c.ready[job.word:]
	if state.unsaturated == 0 {
		insert(ready, state.number)
	}
	for _, edge := range job.kind.job.Children(int(state.number)) {
		child := &c.stages[job.base+edge.To]
		if child.unsaturated++; child.unsaturated == 1 {
			remove(ready, edge.To)
		}
	}
}

// eligible reports whether a job's stages may get executors of the source.
func (c *Cluster) eligible(j, sourceJob int32) bool {
	return j == sourceJob || int(c.jobs[j].supply) < len(c.executors)
}

// schedulable returns word i of a job's set of stages that may get executors,
// if the job is eligible.
func (c *Cluster) schedulable(job *jobState, i int) uint64 {
	at := int(job.word) + i
	return c.ready[at] &^ c.selected[at]
}

// anySchedulable reports whether any stage may get executors of the source.
func (c *Cluster) anySchedulable() bool {
	sourceJob := c.jobOf(c.source)
	for _, j := range c.active {
		if !c.eligible(j, sourceJob) {
			continue
		}
		job := &c.jobs[j]
		for i := range job.kind.ready {
			if c.schedulable(job, i) != 0 {
				return true
			}
		}
	}
	return false
}

// listCandidates lists the stages that may get executors of the source, by
// job and number.
func (c *Cluster) listCandidates() {
	c.candidates = c.candidates[:0]
	sourceJob := c.jobOf(c.source)
	for _, j := range c.active {
		if !c.eligible(j, sourceJob) {
			continue
		}
		job := &c.jobs[j]
		for i := range job.kind.ready {
			for w := c.schedulable(job, i); w != 0; w &= w - 1 {
				c.candidates = append(c.candidates, job.base+int32(i<<6+bits.TrailingZeros64(w)))
			}
		}
	}
}

// lastReady returns the last stage of a job that may get executors, or
// noStage.
func (c *Cluster) lastReady(j int32) int32 {
	job := &c.jobs[j]
	for i := len(job.kind.ready) - 1; i >= 0; i-- {
		if w := c.schedulable(job, i); w != 0 {
			return job.base + int32(i<<6+63-bits.LeadingZeros64(w))
		}
	}
	return noStage
}
