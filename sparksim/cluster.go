package sparksim

import (
	"fmt"
	"math"
	"slices"

	"trailblazer/internal/setting"
)

// Cluster plays one episode after another. Nothing is allocated during an
// episode once buffers have grown. A Cluster is not safe for concurrent use.
type Cluster struct {
	*Model
	stream   Stream
	future   future
	arrivals []Arrival

	nowMs     float64
	jobs      []jobState // those of arrivals
	stages    []stageState
	executors []executor
	queue     queue
	arrived   int     // jobs so far
	completed int     // of them
	active    []int32 // arrived and not complete, ascending

	// Bit sets of stages, job by job, each from a word of its own.
	incomplete []uint64 // stages whose tasks are not all done
	ready      []uint64 // could use executors now
	selected   []uint64 // chosen in this round of decisions
	chosen     []int32  // the same as a list

	pools       pools
	commitments []commitment // in the order of their making
	source      int32        // pool whose executors are given away, or noPool
	idle        []uint64     // scratch
	candidates  []int32      // stages that the next decision may name

	busyJobs       int     // jobs with a running task
	busyMs         float64 // executor time in runs that have ended
	completedJCTMs float64 // of the completed jobs
	step           stepRecord

	spare *Cluster // into which states are restored
}

// jobState is one job of the episode.
type jobState struct {
	kind *kind
	// base is the job's first stage, word the first word of its bit sets.
	base, word int32
	// unfinished counts stages that are not complete, open those with tasks
	// that have not begun.
	unfinished, open int32
	// supply counts executors at the job, moving to it and committed to it
	// from elsewhere, as the reference counts: those that go to the common
	// pool are not taken off, so it may stay above 0 once the job has none.
	supply int32
	// local counts executors at the job, running those that run a task.
	local, running int32
	arrivedMs      float64
	completedMs    float64 // +Inf before
}

// stageState is one stage of one job.
type stageState struct {
	// remaining counts tasks that have not begun, running those that run,
	// inbound executors that are moving or committed to the stage.
	remaining, running, inbound int32
	// unsaturated and unfinished count parents.
	unsaturated, unfinished int32
	job, number             int32
	place                   int32 // in the last View
	recentMs                float64
	durations               *durations
}

// demand is how many more executors the stage can use.
func (s *stageState) demand() int32 { return s.remaining - s.inbound }

// executor is one of the cluster's.
type executor struct {
	job       int32 // to which it is local, or noJob
	pool      int32 // noPool while it moves
	lastStage int32 // number of the stage of its last task, or noStage
	target    int32 // stage that it runs a task of, or moves to
	busy      bool  // it runs a task
	moving    bool
	run       runStart
}

const (
	noJob   = -1
	noStage = -1
	noPool  = -1
)

// MaxEpisodeStages bounds the stages of all jobs of an episode together.
const MaxEpisodeStages = 1 << 21

// CheckArrivals reports as a *setting.Error what a cluster of these kinds
// can't play.
func CheckArrivals(arrivals []Arrival, kinds []*Job) error {
	return checkArrivals(arrivals, len(kinds), func(kind int) int { return kinds[kind].Stages() })
}

// checkArrivals is CheckArrivals for a number of kinds, each of so many stages.
func checkArrivals(arrivals []Arrival, kinds int, stagesOf func(kind int) int) error {
	if len(arrivals) == 0 {
		return setting.Refuse("arrivals", "empty,", "so there is nothing to schedule", "give at least one")
	}
	before, stages := 0.0, 0
	for i, a := range arrivals {
		field := func(name string) string { return fmt.Sprintf("arrivals[%d].%s", i, name) }
		if !(a.AtMs >= 0 && a.AtMs <= MaxDurationMs) {
			return setting.Refuse(field("arrival_ms"), a.AtMs, "is no time", fmt.Sprintf("give milliseconds from 0 to %g", float64(MaxDurationMs)))
		}
		if a.AtMs < before {
			return setting.Refuse(field("arrival_ms"), a.AtMs, fmt.Sprintf("is before the arrival of the job ahead of it, at %g", before), "order jobs by their arrival")
		}
		if a.Kind < 0 || a.Kind >= kinds {
			return setting.Refuse(field("kind"), a.Kind, "is no kind of job", fmt.Sprintf("give 0 to %d", kinds-1))
		}
		before = a.AtMs
		if stages += stagesOf(a.Kind); stages > MaxEpisodeStages {
			return setting.Refuse("arrivals", fmt.Sprintf("%d jobs", len(arrivals)), fmt.Sprintf("have more than %d stages together", MaxEpisodeStages), "give fewer or smaller jobs")
		}
	}
	return nil
}

// Reset starts an episode, and goes on to its first decision. The cluster
// keeps both arguments; arrivals must be as [CheckArrivals] wants them.
func (c *Cluster) Reset(arrivals []Arrival, stream Stream) {
	c.begin(arrivals, stream)
	for c.arrived < len(arrivals) && arrivals[c.arrived].AtMs <= 0 {
		c.arrive()
	}
	if c.committable() > 0 && c.anySchedulable() {
		c.listCandidates()
	} else {
		c.resume()
	}
	c.step.clear()
}

// begin makes everything as before the first arrival.
func (c *Cluster) begin(arrivals []Arrival, stream Stream) {
	c.stream, c.future = stream, future{}
	c.jobs, c.stages = c.jobs[:0], c.stages[:0]
	c.incomplete, c.ready, c.selected = c.incomplete[:0], c.ready[:0], c.selected[:0]
	c.addJobs(arrivals)
	c.pools.reset(len(c.jobs), len(c.stages), len(c.executors))
	for e := range c.executors {
		c.executors[e] = executor{job: noJob, pool: commonPool, lastStage: noStage}
		c.pools.insert(commonPool, int32(e))
	}
	c.queue.reset(len(c.executors))
	c.nowMs, c.busyMs, c.completedJCTMs = 0, 0, 0
	c.arrived, c.completed, c.busyJobs = 0, 0, 0
	c.active, c.chosen, c.commitments, c.candidates = c.active[:0], c.chosen[:0], c.commitments[:0], c.candidates[:0]
	c.source = commonPool
	c.step.begin(0)
}

// addJobs adds jobs until there is one for each arrival.
func (c *Cluster) addJobs(arrivals []Arrival) {
	c.arrivals = arrivals
	c.jobs = slices.Grow(c.jobs, len(arrivals)-len(c.jobs))
	for j := len(c.jobs); j < len(arrivals); j++ {
		k := &c.kinds[arrivals[j].Kind]
		n := int32(len(k.initial))
		base, word := int32(len(c.stages)), len(c.ready)
		c.jobs = append(c.jobs, jobState{
			kind: k, base: base, word: int32(word), unfinished: n, open: n,
			arrivedMs: arrivals[j].AtMs, completedMs: math.Inf(1),
		})
		c.stages = append(c.stages, k.initial...)
		for i := range n {
			c.stages[base+i].job = int32(j)
		}
		c.ready = append(c.ready, k.ready...)
		for range k.ready {
			c.selected, c.incomplete = append(c.selected, 0), append(c.incomplete, 0)
		}
		for i := range n {
			insert(c.incomplete[word:], i)
		}
	}
}

// zeroed returns a slice of n zeros, in old's memory if that suffices.
func zeroed[T any](old []T, n int) []T {
	old = slices.Grow(old[:0], n)[:n]
	clear(old)
	return old
}

// Check reports as a *setting.Error why a decision is not legal, and nil if
// it is. stage is a place in the list of schedulable stages, or [Pass], where
// executors does not matter.
func (c *Cluster) Check(stage, executors int) error {
	switch n := len(c.candidates); {
	case c.Done():
		return setting.Refuse("stage", stage, "comes after the end", "reset first: all jobs are complete")
	case stage == Pass && !c.CanPass():
		return setting.Refuse("stage", stage, "would leave the cluster idle for ever: nothing runs, moves or is to arrive", fmt.Sprintf("give a stage from 0 to %d", n-1))
	case stage == Pass:
		return nil
	case stage < 0 || stage >= n:
		return setting.Refuse("stage", stage, fmt.Sprintf("is no place in the list of schedulable stages, of which there are %d", n), fmt.Sprintf("give 0 to %d, or -1 to leave the executors idle", n-1))
	case executors < 1 || executors > c.committable():
		return setting.Refuse("executors", executors, "can't be committed", fmt.Sprintf("give 1 to %d, which are free now", c.committable()))
	}
	return nil
}

// CanPass reports whether [Pass] is legal: it is not where nothing would ever
// happen again.
func (c *Cluster) CanPass() bool {
	if first, _ := c.queue.first(); first < math.Inf(1) || c.arrived < len(c.jobs) {
		return true
	}
	for i := range c.commitments {
		if c.commitments[i].to != commonPool {
			return true
		}
	}
	return false
}

// Step commits executors to a stage, at most as many as it demands; or, on
// [Pass], leaves all that are left idle. Once all executors are given away,
// or no stage is left that could use them, they go, and the cluster runs on
// to the next decision. Step returns the reward of the time that passed. An
// error is that of [Cluster.Check], and changes nothing.
func (c *Cluster) Step(stage, executors int) (Reward, error) {
	if err := c.Check(stage, executors); err != nil {
		return Reward{}, err
	}
	c.step.clear()
	if stage != Pass {
		s := c.candidates[stage]
		c.commit(min(int32(executors), c.stages[s].demand()), c.pools.ofStage(s))
		c.choose(s)
		if c.committable() > 0 && c.anySchedulable() {
			c.listCandidates()
			return Reward{}, nil
		}
	}
	c.commitRest()
	c.fulfilSource()
	c.source = noPool
	for _, s := range c.chosen {
		state := &c.stages[s]
		remove(c.selected[c.jobs[state.job].word:], state.number)
	}
	c.chosen = c.chosen[:0]
	c.step.begin(c.nowMs)
	before, arrived := c.step.copyActive(c.active), c.arrived
	c.resume()
	return c.reward(before, arrived), nil
}

// choose marks a stage as chosen in this round.
func (c *Cluster) choose(s int32) {
	state := &c.stages[s]
	insert(c.selected[c.jobs[state.job].word:], state.number)
	c.chosen = append(c.chosen, s)
}

// resume plays events until there is something to decide, or all jobs are
// complete.
func (c *Cluster) resume() {
	c.candidates = c.candidates[:0]
	for {
		ms, e := c.queue.first()
		if c.arrived < len(c.jobs) && c.jobs[c.arrived].arrivedMs <= ms {
			c.nowMs = c.jobs[c.arrived].arrivedMs
			c.arrive()
		} else if ms < math.Inf(1) {
			c.nowMs = ms
			if !c.happen(e) {
				continue
			}
		} else {
			if !c.Done() {
				c.offerIdle()
			}
			return
		}
		if c.committable() == 0 {
			continue
		}
		if c.anySchedulable() {
			c.listCandidates()
			return
		}
		c.idleOf(c.source)
		c.moveIdle(c.source, c.idle)
		c.source = noPool
	}
}

// offerIdle makes executors a source that passes have left idle, where nothing
// else would ever happen. (The reference ends its episode there, with jobs
// unfinished.) All executors are idle then, in the common pool or in those of
// active jobs, and every active job has a stage that could use them.
func (c *Cluster) offerIdle() {
	c.source = commonPool
	for i := 0; c.pools.size(c.source) == 0; i++ {
		c.source = c.pools.ofJob(c.active[i])
	}
	c.listCandidates()
}

// arrive lets the next job in.
func (c *Cluster) arrive() {
	c.active = append(c.active, int32(c.arrived))
	c.arrived++
	if c.pools.size(commonPool) > 0 {
		c.source = commonPool
	}
}

// Done reports whether all jobs, those to come included, are complete.
func (c *Cluster) Done() bool { return c.completed == len(c.jobs) }

// NowMs is the time since the episode began.
func (c *Cluster) NowMs() float64 { return c.nowMs }

// Jobs counts the jobs of the episode, Arrived those that have arrived, and
// Completed those that are complete.
func (c *Cluster) Jobs() int { return len(c.jobs) }

// Arrived counts the jobs that have arrived.
func (c *Cluster) Arrived() int { return c.arrived }

// Completed counts the jobs that are complete.
func (c *Cluster) Completed() int { return c.completed }

// Arrivals are those of the episode. Don't change the slice.
func (c *Cluster) Arrivals() []Arrival { return c.arrivals }

// CompletedMs is when a job was completed; +Inf before.
func (c *Cluster) CompletedMs(job int) float64 { return c.jobs[job].completedMs }

// Committable is how many executors are to be given away now.
func (c *Cluster) Committable() int { return c.committable() }

// Schedulable is how many stages the next decision may name.
func (c *Cluster) Schedulable() int { return len(c.candidates) }

// Running is how many executors run a task.
func (c *Cluster) Running() int {
	n := 0
	for e := range c.executors {
		if c.executors[e].busy {
			n++
		}
	}
	return n
}

// BusyMs is the time that executors have spent with tasks, all together.
func (c *Cluster) BusyMs() float64 {
	sum := c.busyMs
	for e := range c.executors {
		if x := &c.executors[e]; x.busy {
			sum += c.nowMs - x.run.startMs
		}
	}
	return sum
}

// AverageJCTMs is the mean, over the jobs that have arrived, of the time from
// arrival to completion, or to now.
func (c *Cluster) AverageJCTMs() float64 {
	sum := c.completedJCTMs
	for _, j := range c.active {
		sum += c.nowMs - c.jobs[j].arrivedMs
	}
	return sum / float64(max(c.arrived, 1))
}
