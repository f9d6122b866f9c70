package sparksim

// CopyFrom makes c equal to other, its model included; playing one
// does not change the other. The zero Cluster may be made a copy. Nothing is
// allocated once c has held as much. The arrivals are shared, and so is the
// stream, unless it is that of a future ([Cluster.SetFuture]): give the copy
// one of its own with [Cluster.SetStream] where the original plays on.
func (c *Cluster) CopyFrom(other *Cluster) {
	if c == other {
		return
	}
	c.Model = other.Model
	c.arrivals, c.stream = other.arrivals, other.stream
	c.future = other.future
	if c.future.imagined {
		c.stream = &c.future.stream
	}
	c.nowMs, c.arrived, c.completed, c.source = other.nowMs, other.arrived, other.completed, other.source
	c.busyJobs, c.busyMs, c.completedJCTMs = other.busyJobs, other.busyMs, other.completedJCTMs
	c.jobs = append(c.jobs[:0], other.jobs...)
	c.stages = append(c.stages[:0], other.stages...)
	c.executors = append(c.executors[:0], other.executors...)
	c.queue.nodes, c.queue.next = append(c.queue.nodes[:0], other.queue.nodes...), other.queue.next
	c.active = append(c.active[:0], other.active...)
	c.incomplete = append(c.incomplete[:0], other.incomplete...)
	c.ready = append(c.ready[:0], other.ready...)
	c.selected = append(c.selected[:0], other.selected...)
	c.chosen = append(c.chosen[:0], other.chosen...)
	c.pools.copyFrom(&other.pools)
	c.commitments = append(c.commitments[:0], other.commitments...)
	c.idle = append(c.idle[:0], other.idle...)
	c.candidates = append(c.candidates[:0], other.candidates...)
	c.step.copyFrom(&other.step)
	c.spare = nil // It has the model of before.
}

func (p *pools) copyFrom(other *pools) {
	p.jobs, p.words = other.jobs, other.words
	p.members = append(p.members[:0], other.members...)
	p.outgoing = append(p.outgoing[:0], other.outgoing...)
}

func (r *stepRecord) copyFrom(other *stepRecord) {
	r.fromMs, r.lastMs, r.busyMs = other.fromMs, other.lastMs, other.busyMs
	r.active = append(r.active[:0], other.active...)
	r.runs = append(r.runs[:0], other.runs...)
	r.completions = append(r.completions[:0], other.completions...)
}
