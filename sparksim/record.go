package sparksim

// Run is a time during which an executor ran tasks of one stage without a
// pause.
type Run struct {
	Executor, Job, Stage, Tasks int32
	StartMs, EndMs              float64
}

// runStart is the run that an executor is in.
type runStart struct {
	startMs float64
	tasks   int32
}

// stepRecord is what happened since the last decision.
type stepRecord struct {
	fromMs      float64
	lastMs      float64 // until which busyMs counts
	busyMs      float64 // discounted time of jobs with a running task
	active      []int32 // scratch
	runs        []Run
	completions []int32
}

// clear forgets what happened before.
func (r *stepRecord) clear() { r.runs, r.completions = r.runs[:0], r.completions[:0] }

// begin starts to count time.
func (r *stepRecord) begin(ms float64) { r.fromMs, r.lastMs, r.busyMs = ms, ms, 0 }

func (r *stepRecord) copyActive(active []int32) []int32 {
	r.active = append(r.active[:0], active...)
	return r.active
}

// accrue counts the time since it was last counted, in which a number of jobs
// had running tasks.
func (r *stepRecord) accrue(nowMs float64, busyJobs int, rate float64) {
	if nowMs == r.lastMs {
		return
	}
	ms := nowMs - r.lastMs
	if rate != 0 {
		ms = discounted(r.lastMs-r.fromMs, nowMs-r.fromMs, rate)
	}
	r.busyMs += float64(float64(busyJobs) * ms)
	r.lastMs = nowMs
}

// extendRun counts a task that an executor begins.
func (c *Cluster) extendRun(x *executor) {
	if x.run.tasks == 0 {
		x.run.startMs = c.nowMs
	}
	x.run.tasks++
}

// endRun records an executor's run.
func (c *Cluster) endRun(e int32, x *executor) {
	s := &c.stages[x.target]
	c.step.runs = append(c.step.runs, Run{Executor: e, Job: s.job, Stage: s.number, Tasks: x.run.tasks, StartMs: x.run.startMs, EndMs: c.nowMs})
	c.busyMs += c.nowMs - x.run.startMs
	x.run = runStart{}
}

// Runs are the runs that ended since the last decision. The slice is valid
// until the next.
func (c *Cluster) Runs() []Run { return c.step.runs }

// Completions are the jobs completed since the last decision, in their order.
// The slice is valid until the next.
func (c *Cluster) Completions() []int32 { return c.step.completions }
