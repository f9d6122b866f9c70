package sparksim

// moveToStage brings an executor to a stage and lets it run a task there, as
// soon as that is possible.
func (c *Cluster) moveToStage(e, s int32) {
	state, x := &c.stages[s], &c.executors[e]
	switch {
	case state.remaining == 0:
		c.moveElsewhere(e)
	case x.job != state.job:
		c.send(e, s)
	case state.unfinished > 0:
		x.lastStage = noStage
		c.move(e, c.pools.ofJob(state.job))
	default:
		c.move(e, c.pools.ofStage(s))
		c.startTask(e, s)
	}
}

// send lets an executor leave for a stage of another job.
func (c *Cluster) send(e, s int32) {
	x, state := &c.executors[e], &c.stages[s]
	if old := c.jobOf(x.pool); old != noJob {
		c.jobs[old].supply--
	}
	c.jobs[state.job].supply++
	c.addInbound(s, 1)
	c.leaveJob(x)
	c.pools.remove(x.pool, e)
	x.pool, x.moving, x.target = noPool, true, s
	c.queue.push(e, c.nowMs+*c.config.MovingDelayMs)
}

// leaveJob makes an executor local to no job.
func (c *Cluster) leaveJob(x *executor) {
	if x.job != noJob {
		c.jobs[x.job].local--
		x.job = noJob
	}
	x.lastStage = noStage
}

// moveElsewhere finds work for an executor whose stage needs it no more: the
// last schedulable stage of its own job, else of the other jobs, else none.
func (c *Cluster) moveElsewhere(e int32) {
	own := c.executors[e].job
	if own != noJob {
		if s := c.lastReady(own); s != noStage {
			c.moveToStage(e, s)
			return
		}
	}
	for i := len(c.active) - 1; i >= 0; i-- {
		j := c.active[i]
		if j == own || int(c.jobs[j].supply) >= len(c.executors) {
			continue
		}
		if s := c.lastReady(j); s != noStage {
			c.moveToStage(e, s)
			return
		}
	}
	c.moveIdleOne(c.executors[e].pool, e)
}

// moveIdle takes executors that have nothing to do out of a pool: to the
// common pool if their job has no task left to begin, else to the job's pool.
// It empties the set.
func (c *Cluster) moveIdle(from int32, set []uint64) {
	for {
		e, ok := popLowest(set)
		if !ok {
			return
		}
		c.moveIdleOne(from, e)
	}
}

func (c *Cluster) moveIdleOne(from, e int32) {
	j := c.jobOf(from)
	switch {
	case j == noJob:
	case c.jobs[j].open == 0:
		c.leaveJob(&c.executors[e])
		c.move(e, commonPool)
	case from != c.pools.ofJob(j):
		c.move(e, c.pools.ofJob(j))
	}
}
