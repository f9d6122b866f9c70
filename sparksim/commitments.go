package sparksim

// commitment promises n executors of one pool to another, which is a stage's
// or the common one.
type commitment struct{ from, to, n int32 }

// commit promises n executors of the source.
func (c *Cluster) commit(n, to int32) {
	from := c.source
	c.pools.outgoing[from] += n
	if at := c.findCommitment(from, to); at >= 0 {
		c.commitments[at].n += n
	} else {
		c.commitments = append(c.commitments, commitment{from, to, n})
	}
	if s := c.pools.stage(to); s >= 0 {
		c.addInbound(s, n)
		if job := c.stages[s].job; job != c.jobOf(from) {
			c.jobs[job].supply += n
		}
	}
}

// commitRest promises what is left of the source to the common pool.
func (c *Cluster) commitRest() {
	if n := c.committable(); n > 0 {
		c.commit(int32(n), commonPool)
	}
}

// withdraw takes back one executor of a promise, which is about to be kept.
func (c *Cluster) withdraw(from, to int32) {
	at := c.findCommitment(from, to)
	c.pools.outgoing[from]--
	if c.commitments[at].n--; c.commitments[at].n == 0 {
		c.commitments = append(c.commitments[:at], c.commitments[at+1:]...)
	}
	if s := c.pools.stage(to); s >= 0 {
		c.addInbound(s, -1)
		if job := c.stages[s].job; job != c.jobOf(from) {
			c.jobs[job].supply--
		}
	}
}

// findCommitment returns where a commitment is, or -1.
func (c *Cluster) findCommitment(from, to int32) int {
	for i := range c.commitments {
		if c.commitments[i].from == from && c.commitments[i].to == to {
			return i
		}
	}
	return -1
}

// fulfilSource sends the source's idle executors where they are committed.
// Those that still run a task follow when it ends.
func (c *Cluster) fulfilSource() {
	c.idleOf(c.source)
	idle := c.idle
	for at := 0; at < len(c.commitments); {
		if c.commitments[at].from != c.source {
			at++
			continue
		}
		to := c.commitments[at].to
		for n := c.commitments[at].n; n > 0; n-- {
			e, ok := popLowest(idle)
			if !ok {
				return
			}
			c.fulfil(e, to)
		}
		// The entry is gone; at is the next one's place.
	}
}

// fulfil sends an executor where it was committed.
func (c *Cluster) fulfil(e, to int32) {
	from := c.executors[e].pool
	c.withdraw(from, to)
	if to == commonPool {
		c.moveIdleOne(from, e)
		return
	}
	c.moveToStage(e, c.pools.stage(to))
}
