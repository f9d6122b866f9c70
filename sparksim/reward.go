package sparksim

import "math"

// Reward is minus the time that jobs spent in the cluster during a step, in
// milliseconds: minus the integral of the number of active jobs. An episode's
// undiscounted rewards sum up to minus the sum of all completion times.
type Reward struct {
	// Total is Running plus Waiting.
	Total float64
	// Running is the part of jobs while at least one of their tasks ran,
	// Waiting that of jobs while none did.
	Running, Waiting float64
}

// reward is that of the time since the step began. before are the jobs that
// were active then, arrived is how many had come.
func (c *Cluster) reward(before []int32, arrived int) Reward {
	from, rate := c.step.fromMs, c.config.DiscountPerS
	if c.nowMs == from {
		return Reward{}
	}
	sum := 0.0
	for _, j := range before {
		sum += c.jobTime(&c.jobs[j], from, rate)
	}
	for j := arrived; j < c.arrived; j++ {
		sum += c.jobTime(&c.jobs[j], from, rate)
	}
	c.step.accrue(c.nowMs, c.busyJobs, rate)
	running := min(c.step.busyMs, sum) // but for rounding it is
	return Reward{Total: 0 - sum, Running: 0 - running, Waiting: running - sum}
}

// jobTime is a job's time since from, discounted.
func (c *Cluster) jobTime(job *jobState, from, rate float64) float64 {
	start, end := max(job.arrivedMs, from), min(job.completedMs, c.nowMs)
	if rate == 0 {
		return end - start
	}
	return discounted(start-from, end-from, rate)
}

// discounted is the integral from start to end, in ms, of exp(-rate·t).
func discounted(start, end, rate float64) float64 {
	return (math.Exp(-rate*start/1000) - math.Exp(-rate*end/1000)) * (1000 / rate)
}
