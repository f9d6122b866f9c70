package sparksim

import (
	"fmt"
	"slices"

	"trailblazer/internal/setting"
	"trailblazer/internal/splitmix"
)

// future is what is to come, where it was imagined rather than dealt. Every
// task has a stream of its own, so that it takes as long in whatever order
// tasks begin: two copies that differ in one decision then differ in nothing
// else, which is what a comparison of them needs.
type future struct {
	imagined bool
	seed     uint64
	stream   splitmix.Stream // of the task that begins
}

// begin starts the stream of task n of a stage.
func (f *future) begin(stage, n uint64) {
	f.stream = splitmix.Seed(splitmix.Mix(f.seed, stage<<taskBits|n))
}

const (
	taskBits = 24 // MaxTasks, of which the first to begin leaves one less
	// runningTasks stands for the stage of those that run, which go by their
	// executor.
	runningTasks = MaxEpisodeStages
)

// SetFuture replaces all that is to come by what a seed draws: the durations
// of the tasks that have not begun, and when those that run will end. The jobs
// that have not arrived are replaced by those of arrivals beyond the first
// [Cluster.Arrived], which must be those that have. What can't follow is
// refused as a *setting.Error and changes nothing. The cluster keeps arrivals.
//
// Nothing then depends on what would have come otherwise. When a running task
// began is only known where it is the first of its executor's run: it is then
// drawn among those that take longer than it has; others are drawn as tasks
// that are met at any of their moments alike.
func (c *Cluster) SetFuture(arrivals []Arrival, seed uint64) error {
	if err := c.checkFuture(arrivals); err != nil {
		return err
	}
	c.replaceJobs(arrivals)
	c.future = future{imagined: true, seed: seed}
	c.stream = &c.future.stream
	for e := range c.executors {
		if x := &c.executors[e]; x.busy {
			c.future.begin(runningTasks, uint64(e))
			c.queue.push(int32(e), c.nowMs+c.drawRest(x, &c.stages[x.target]))
		}
	}
	return nil
}

func (c *Cluster) checkFuture(arrivals []Arrival) error {
	if err := checkArrivals(arrivals, len(c.kinds), func(kind int) int { return len(c.kinds[kind].initial) }); err != nil {
		return err
	}
	if n := c.arrived; len(arrivals) < n || !slices.Equal(arrivals[:n], c.arrivals[:n]) {
		return setting.Refuse("arrivals", fmt.Sprintf("%d jobs", len(arrivals)), fmt.Sprintf("don't begin with the %d that have come", n), "give those first")
	} else if len(arrivals) > n && arrivals[n].AtMs < c.nowMs {
		return setting.Refuse(fmt.Sprintf("arrivals[%d].arrival_ms", n), arrivals[n].AtMs, "has passed", fmt.Sprintf("give at least %g", c.nowMs))
	}
	return nil
}

// replaceJobs replaces the jobs that have not arrived.
func (c *Cluster) replaceJobs(arrivals []Arrival) {
	if c.arrived < len(c.jobs) {
		first := &c.jobs[c.arrived]
		c.stages = c.stages[:first.base]
		c.incomplete, c.ready, c.selected = c.incomplete[:first.word], c.ready[:first.word], c.selected[:first.word]
		c.jobs = c.jobs[:c.arrived]
	}
	stages := len(c.stages)
	c.addJobs(arrivals)
	moved := c.pools.replace(c.arrived, stages, len(c.jobs), len(c.stages))
	for e := range c.executors {
		moved.apply(&c.executors[e].pool)
	}
	for i := range c.commitments {
		moved.apply(&c.commitments[i].from)
		moved.apply(&c.commitments[i].to)
	}
	moved.apply(&c.source)
}

// shift tells how the pools of stages have moved.
type shift struct{ last, by int32 } // last is the last pool of a job

func (s shift) apply(pool *int32) {
	if *pool > s.last {
		*pool += s.by
	}
}

// replace makes room for other numbers of jobs and stages, of which the first
// keep their pools.
func (p *pools) replace(keepJobs, keepStages, jobs, stages int) shift {
	moved := shift{last: p.jobs, by: int32(jobs) - p.jobs}
	was := int(p.jobs)
	p.members = replaced(p.members, p.words, 1+was, 1+keepJobs, keepStages, 1+jobs, stages)
	p.outgoing = replaced(p.outgoing, 1, 1+was, 1+keepJobs, keepStages, 1+jobs, stages)
	p.jobs = int32(jobs)
	return moved
}

// replaced changes a list of two parts, in records of so many elements. The
// first part was long and gets another length, and so does the second; the
// first records of each are kept and the others zeroed.
func replaced[T any](list []T, record, was, keepFirst, keepSecond, first, second int) []T {
	list = slices.Grow(list, max(0, (first+second)*record-len(list)))
	list = list[:max(len(list), (first+second)*record)]
	copy(list[first*record:], list[was*record:(was+keepSecond)*record])
	list = list[:(first+second)*record]
	clear(list[keepFirst*record : first*record])
	clear(list[(first+keepSecond)*record:])
	return list
}

// drawRest draws how long the task that an executor runs will still take.
func (c *Cluster) drawRest(x *executor, s *stageState) float64 {
	key := c.drawKey(s)
	if x.run.tasks == 1 {
		return c.drawLonger(s, key, c.nowMs-x.run.startMs)
	}
	// A long task is met more often than a short one, anywhere in it.
	from := &s.durations[waveRest*keys+key]
	sum := 0.0
	for _, ms := range from.values {
		sum += ms + from.addMs
	}
	at := sum * c.unit()
	for _, ms := range from.values {
		ms += from.addMs
		if at < ms {
			return ms - at
		}
		at -= ms
	}
	return 0
}

// drawLonger draws what is left of an executor's first task in a stage, which
// has been running for some time.
func (c *Cluster) drawLonger(s *stageState, key int, elapsedMs float64) float64 {
	for _, wave := range [...]int{waveFirst, waveFresh} {
		from := &s.durations[wave*keys+key]
		longer := 0
		for _, ms := range from.values {
			if ms+from.addMs > elapsedMs {
				longer++
			}
		}
		if longer == 0 {
			continue
		}
		nth := int(c.unit() * float64(longer))
		for _, ms := range from.values {
			if left := ms + from.addMs - elapsedMs; left > 0 {
				if nth == 0 {
					return left
				}
				nth--
			}
		}
	}
	return 0
}
