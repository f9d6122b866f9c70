package sparksim

import "math/bits"

// pools are where executors are: the common pool, one for each job and one
// for each stage. A moving executor is in none.
type pools struct {
	jobs     int32
	words    int
	members  []uint64 // bit sets of executors, pool by pool
	outgoing []int32  // commitments from each pool
}

const commonPool = 0

func (p *pools) reset(jobs, stages, executors int) {
	p.jobs, p.words = int32(jobs), words(executors)
	p.members = zeroed(p.members, (1+jobs+stages)*p.words)
	p.outgoing = zeroed(p.outgoing, 1+jobs+stages)
}

// count is how many pools there are.
func (p *pools) count() int32 { return int32(len(p.outgoing)) }

func (p *pools) ofJob(j int32) int32   { return 1 + j }
func (p *pools) ofStage(s int32) int32 { return 1 + p.jobs + s }

// stage returns the stage that a pool belongs to; negative for others.
func (p *pools) stage(pool int32) int32 { return pool - 1 - p.jobs }

func (p *pools) of(pool int32) []uint64 {
	return p.members[int(pool)*p.words : (int(pool)+1)*p.words]
}

func (p *pools) insert(pool, e int32) { insert(p.of(pool), e) }
func (p *pools) remove(pool, e int32) { remove(p.of(pool), e) }
func (p *pools) size(pool int32) int  { return count(p.of(pool)) }

// jobOf returns the job that a pool belongs to, or noJob.
func (c *Cluster) jobOf(pool int32) int32 {
	if pool <= commonPool {
		return noJob
	}
	if s := c.pools.stage(pool); s >= 0 {
		return c.stages[s].job
	}
	return pool - 1
}

// committable is how many executors of the source are not committed yet.
func (c *Cluster) committable() int {
	if c.source == noPool {
		return 0
	}
	return c.pools.size(c.source) - int(c.pools.outgoing[c.source])
}

// idleOf writes the executors of a pool that run nothing to c.idle.
func (c *Cluster) idleOf(pool int32) {
	for i, w := range c.pools.of(pool) {
		for set := w; set != 0; set &= set - 1 {
			e := i<<6 + bits.TrailingZeros64(set)
			if c.executors[e].busy {
				w &^= set & -set
			}
		}
		c.idle[i] = w
	}
}

// move puts an executor into a pool of the job that it is local to, or into
// the common pool.
func (c *Cluster) move(e, pool int32) {
	x := &c.executors[e]
	if x.pool != noPool {
		c.pools.remove(x.pool, e)
	}
	c.pools.insert(pool, e)
	x.pool = pool
}
