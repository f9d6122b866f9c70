package sparksim

import "slices"

// startTask lets an executor in the stage's pool run the next task.
func (c *Cluster) startTask(e, s int32) {
	state, x := &c.stages[s], &c.executors[e]
	c.changeRunning(state, 1)
	x.busy, x.target = true, s
	c.run(e, x, s, state)
}

// run begins a task.
func (c *Cluster) run(e int32, x *executor, s int32, state *stageState) {
	state.remaining--
	if state.remaining == 0 {
		c.jobs[state.job].open--
	}
	if state.demand() == 0 {
		c.saturate(s)
	}
	if c.future.imagined {
		c.future.begin(uint64(s), uint64(state.remaining))
	}
	ms := c.drawDuration(x, state)
	state.recentMs = ms
	c.extendRun(x)
	x.lastStage = state.number
	c.queue.push(e, c.nowMs+ms)
}

// happen handles the event of an executor. It returns false where nothing has
// changed but the stage's counters.
func (c *Cluster) happen(e int32) bool {
	x := &c.executors[e]
	s := x.target
	state := &c.stages[s]
	if x.moving {
		c.reach(e, x, s, state)
		return true
	}
	if state.remaining > 0 {
		c.run(e, x, s, state)
		return false
	}
	c.release(e, x, s, state)
	return true
}

// reach ends an executor's way to a job.
func (c *Cluster) reach(e int32, x *executor, s int32, state *stageState) {
	c.queue.remove(e)
	x.moving, x.job = false, state.job
	c.jobs[state.job].local++
	c.addInbound(s, -1)
	c.move(e, c.pools.ofJob(state.job))
	c.moveToStage(e, s)
}

// release ends an executor's last task in a stage that has none left.
func (c *Cluster) release(e int32, x *executor, s int32, state *stageState) {
	c.queue.remove(e)
	x.busy = false
	c.endRun(e, x)
	c.changeRunning(state, -1)
	pool := c.pools.ofStage(s)
	unlocked := false
	if state.running == 0 {
		unlocked = c.completeStage(s, state)
	}
	committed := c.pools.outgoing[pool] > 0
	if committed {
		c.fulfil(e, c.firstCommitment(pool))
	} else {
		x.lastStage = noStage
		if unlocked {
			c.moveIdleOne(pool, e)
		}
	}
	if unlocked {
		c.source = c.pools.ofJob(state.job)
	} else if !committed {
		c.source = pool
	}
}

// firstCommitment returns where a pool's oldest commitment leads.
func (c *Cluster) firstCommitment(from int32) int32 {
	for i := range c.commitments {
		if c.commitments[i].from == from {
			return c.commitments[i].to
		}
	}
	panic("sparksim: outgoing commitments are miscounted")
}

// completeStage ends a stage, and with the last one the job. It reports
// whether other stages may begin now.
func (c *Cluster) completeStage(s int32, state *stageState) (unlocked bool) {
	job := &c.jobs[state.job]
	remove(c.incomplete[job.word:], state.number)
	for _, edge := range job.kind.job.Children(int(state.number)) {
		child := &c.stages[job.base+edge.To]
		if child.unfinished--; child.unfinished == 0 {
			unlocked = true
		}
	}
	if job.unfinished--; job.unfinished == 0 {
		c.completeJob(state.job, job)
	}
	return unlocked
}

func (c *Cluster) completeJob(j int32, job *jobState) {
	job.completedMs = c.nowMs
	c.completed++
	c.completedJCTMs += c.nowMs - job.arrivedMs
	at, _ := slices.BinarySearch(c.active, j)
	c.active = slices.Delete(c.active, at, at+1)
	pool := c.pools.ofJob(j)
	copy(c.idle, c.pools.of(pool))
	c.moveIdle(pool, c.idle)
	c.step.completions = append(c.step.completions, j)
}

// changeRunning counts a stage's running tasks, and with them how many jobs
// have any.
func (c *Cluster) changeRunning(state *stageState, by int32) {
	state.running += by
	job := &c.jobs[state.job]
	before := job.running
	job.running += by
	if before == 0 || job.running == 0 {
		c.step.accrue(c.nowMs, c.busyJobs, c.config.DiscountPerS)
		if before == 0 {
			c.busyJobs++
		} else {
			c.busyJobs--
		}
	}
}
