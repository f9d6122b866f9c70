package sparksim

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// A saved state holds what can't be derived: the clock and the source, what
// is left of the active jobs' stages, the executors, the commitments, and what
// the last step recorded. Sets and counters are rebuilt from it, so that no
// bytes, whatever they say, make a cluster that contradicts itself.

// What an executor does, in a saved state.
const (
	doesNothing = iota
	doesRun
	doesMove
)

// AppendState appends the state to dst. The episode's arrivals and the
// stream, or the future, are not in it.
func (c *Cluster) AppendState(dst []byte) []byte {
	w := writer{dst}
	w.float(c.nowMs)
	w.float(c.busyMs)
	w.float(c.completedJCTMs)
	w.long(c.queue.next)
	w.integer(int32(c.arrived))
	w.integer(c.source)
	for j := range c.jobs[:c.arrived] {
		job := &c.jobs[j]
		w.float(job.completedMs)
		w.integer(job.supply)
		if job.completedMs < math.Inf(1) {
			continue
		}
		for s := range c.stagesOf(job) {
			w.integer(c.stages[s].remaining)
			w.float(c.stages[s].recentMs)
		}
	}
	for e := range c.executors {
		x := &c.executors[e]
		does := int32(doesNothing)
		switch {
		case x.busy:
			does = doesRun
		case x.moving:
			does = doesMove
		}
		w.integer(does)
		w.integer(x.pool)
		w.integer(x.lastStage)
		if does == doesNothing {
			continue
		}
		event := c.queue.of(int32(e))
		w.integer(x.target)
		w.float(event.ms)
		w.long(event.order)
		w.float(x.run.startMs)
		w.integer(x.run.tasks)
	}
	w.integer(int32(len(c.commitments)))
	for _, m := range c.commitments {
		w.integer(m.from)
		w.integer(m.to)
		w.integer(m.n)
	}
	w.integer(int32(len(c.chosen)))
	for _, s := range c.chosen {
		w.integer(s)
	}
	w.integer(int32(len(c.step.runs)))
	for _, r := range c.step.runs {
		w.integer(r.Executor)
		w.integer(r.Job)
		w.integer(r.Stage)
		w.integer(r.Tasks)
		w.float(r.StartMs)
		w.float(r.EndMs)
	}
	w.integer(int32(len(c.step.completions)))
	for _, j := range c.step.completions {
		w.integer(j)
	}
	return w.bytes
}

// RestoreState takes back a state that a cluster with the same config and
// kinds saved while it played the same arrivals. The cluster keeps arrivals
// and stream. Bytes that are no state, or hold more than one, are refused and
// change nothing; so are those that accept, which may be nil, refuses.
func (c *Cluster) RestoreState(b []byte, arrivals []Arrival, stream Stream, accept func(*Cluster) error) error {
	restored := c.spare
	if restored == nil {
		restored = c.NewCluster()
		c.spare = restored
	}
	restored.begin(arrivals, stream)
	restored.step.clear()
	r := reader{bytes: b}
	restored.read(&r)
	if r.err == nil && len(r.bytes) > 0 {
		r.refuse("too long")
	}
	if r.err != nil {
		return r.err
	}
	if accept != nil {
		if err := accept(restored); err != nil {
			return err
		}
	}
	c.spare = nil
	*c, *restored = *restored, *c
	c.spare = restored
	return nil
}

// SetStream replaces the stream that durations are drawn from.
func (c *Cluster) SetStream(stream Stream) { c.stream, c.future = stream, future{} }

// read fills a cluster that has just begun.
func (c *Cluster) read(r *reader) {
	c.nowMs = r.time(0, math.MaxFloat64)
	c.busyMs = r.time(0, math.MaxFloat64)
	c.completedJCTMs = r.time(0, math.MaxFloat64)
	c.queue.next = r.long()
	if c.queue.next >= 1<<(63-executorBits) {
		r.refuse("after too many events")
	}
	c.arrived = int(r.integer(0, int32(len(c.jobs))))
	c.source = r.integer(noPool, c.pools.count()-1)
	if r.err != nil {
		return
	}
	c.readJobs(r)
	c.readExecutors(r)
	if r.err != nil {
		return
	}
	c.readCommitments(r)
	c.readStep(r)
	if r.err != nil {
		return
	}
	c.derive(r)
}

func (c *Cluster) readJobs(r *reader) {
	for j := range c.jobs[:c.arrived] {
		job := &c.jobs[j]
		if job.arrivedMs > c.nowMs {
			r.refuse("with a job that arrives later")
		}
		job.completedMs = r.float()
		job.supply = r.integer(-1<<24, 1<<24)
		completed := job.completedMs < math.Inf(1)
		if !(job.completedMs >= job.arrivedMs) || completed && job.completedMs > c.nowMs {
			r.refuse("with a job completed at an impossible time")
		}
		for s := range c.stagesOf(job) {
			state := &c.stages[s]
			if completed {
				state.remaining = 0
				continue
			}
			state.remaining = r.integer(0, state.remaining)
			state.recentMs = r.time(0, 2*MaxDurationMs)
		}
		if r.err != nil {
			return
		}
	}
	if c.arrived < len(c.jobs) && c.jobs[c.arrived].arrivedMs < c.nowMs {
		r.refuse("without a job that has arrived")
	}
}

func (c *Cluster) readExecutors(r *reader) {
	for e := range c.executors {
		x := &c.executors[e]
		does := r.integer(doesNothing, doesMove)
		pool := r.integer(noPool, c.pools.count()-1)
		x.lastStage = r.integer(noStage, MaxStages)
		if r.err != nil {
			return
		}
		if (pool == noPool) != (does == doesMove) {
			r.refuse("with an executor nowhere")
			return
		}
		c.pools.remove(commonPool, int32(e))
		x.pool = pool
		if pool != noPool {
			c.pools.insert(pool, int32(e))
			if x.job = c.jobOf(pool); x.job >= int32(c.arrived) {
				r.refuse("with an executor at a job that has not arrived")
				return
			}
			if x.job != noJob {
				c.jobs[x.job].local++
			}
		}
		if does == doesNothing {
			continue
		}
		c.readEvent(r, int32(e), x, does)
		if r.err != nil {
			return
		}
	}
}

func (c *Cluster) readEvent(r *reader, e int32, x *executor, does int32) {
	x.target = r.integer(0, int32(len(c.stages)-1))
	ms, order := r.time(c.nowMs, math.MaxFloat64), r.long()
	x.run.startMs, x.run.tasks = r.time(0, c.nowMs), r.integer(0, MaxTasks)
	if r.err != nil {
		return
	}
	state := &c.stages[x.target]
	x.busy, x.moving = does == doesRun, does == doesMove
	switch {
	case int32(order&(1<<executorBits-1)) != e || order>>executorBits > c.queue.next:
		r.refuse("with an event out of order")
	case state.job >= int32(c.arrived):
		r.refuse("with an executor on its way to a job that has not arrived")
	case x.busy && (x.pool != c.pools.ofStage(x.target) || x.lastStage != state.number || x.run.tasks == 0):
		r.refuse("with an executor that runs a task elsewhere")
	case x.busy && c.jobs[state.job].completedMs < math.Inf(1):
		r.refuse("with a task of a completed job")
	case x.busy:
		state.running++
	default:
		state.inbound++
	}
	c.queue.set(e, event{ms, order})
}

func (c *Cluster) readCommitments(r *reader) {
	for range r.integer(0, int32(len(c.executors))) {
		m := commitment{r.integer(0, c.pools.count()-1), r.integer(0, c.pools.count()-1), r.integer(1, int32(len(c.executors)))}
		if r.err != nil {
			return
		}
		s := c.pools.stage(m.to)
		switch {
		case m.to != commonPool && (s < 0 || c.stages[s].job >= int32(c.arrived)):
			r.refuse("with a commitment to no stage")
			return
		case c.findCommitment(m.from, m.to) >= 0:
			r.refuse("with a commitment twice")
			return
		}
		c.commitments = append(c.commitments, m)
		c.pools.outgoing[m.from] += m.n
		if s >= 0 {
			c.stages[s].inbound += m.n
		}
		if int(c.pools.outgoing[m.from]) > c.pools.size(m.from) {
			r.refuse("with more commitments than executors")
			return
		}
	}
	for range r.integer(0, int32(len(c.stages))) {
		s := r.integer(0, int32(len(c.stages)-1))
		if r.err != nil {
			return
		}
		c.choose(s)
	}
}

func (c *Cluster) readStep(r *reader) {
	for range r.integer(0, math.MaxInt32) {
		run := Run{Executor: r.integer(0, int32(len(c.executors)-1)), Job: r.integer(0, int32(len(c.jobs)-1)), Stage: r.integer(0, MaxStages),
			Tasks: r.integer(0, MaxTasks), StartMs: r.time(0, c.nowMs), EndMs: r.time(0, c.nowMs)}
		if r.err != nil {
			return
		}
		c.step.runs = append(c.step.runs, run)
	}
	for range r.integer(0, int32(len(c.jobs))) {
		c.step.completions = append(c.step.completions, r.integer(0, int32(len(c.jobs)-1)))
	}
	c.step.begin(c.nowMs)
}

// derive rebuilds what follows from the rest.
func (c *Cluster) derive(r *reader) {
	clear(c.ready)
	clear(c.incomplete)
	for j := range c.jobs {
		job := &c.jobs[j]
		job.unfinished, job.open = 0, 0
		for s := range c.stagesOf(job) {
			state := &c.stages[s]
			state.unsaturated, state.unfinished = 0, 0
		}
		for s := range c.stagesOf(job) {
			c.deriveStage(job, &c.stages[s])
		}
		for s := range c.stagesOf(job) {
			if state := &c.stages[s]; state.unsaturated == 0 && state.demand() > 0 {
				insert(c.ready[job.word:], state.number)
			}
		}
		if job.running > 0 {
			c.busyJobs++
		}
		switch completed := job.completedMs < math.Inf(1); {
		case completed:
			c.completed++
		case job.unfinished == 0:
			r.refuse("with a job that is complete and is not")
			return
		case j < c.arrived:
			c.active = append(c.active, int32(j))
		}
	}
	c.checkPlaces(r)
	switch {
	case c.Done():
	case c.committable() > 0 && c.anySchedulable():
		c.listCandidates()
	default:
		r.refuse("without a decision to make")
	}
}

// checkPlaces refuses states in which an executor or a commitment would be
// forgotten.
func (c *Cluster) checkPlaces(r *reader) {
	supply := make([]int32, len(c.jobs))
	busy := make(map[int32]int32)
	for e := range c.executors {
		x := &c.executors[e]
		switch s := c.pools.stage(x.pool); {
		case x.moving:
			supply[c.stages[x.target].job]++
			continue
		case x.busy:
			busy[x.pool]++
		case x.pool != c.source && (s >= 0 || x.job != noJob && c.jobs[x.job].unfinished == 0):
			r.refuse("with an idle executor that nobody would find")
		}
		if x.job != noJob {
			supply[x.job]++
		}
	}
	for _, m := range c.commitments {
		if m.from != c.source && c.pools.outgoing[m.from] > busy[m.from] {
			r.refuse("with a commitment of executors that are idle")
		}
		if s := c.pools.stage(m.to); s >= 0 && c.stages[s].job != c.jobOf(m.from) {
			supply[c.stages[s].job] += m.n
		}
	}
	for j := range c.jobs[:c.arrived] {
		if job := &c.jobs[j]; job.supply < supply[j] || job.open > 0 && job.supply > supply[j] {
			r.refuse("with a job that counts other executors than it has")
		}
	}
}

// deriveStage counts a stage in its job and in its children.
func (c *Cluster) deriveStage(job *jobState, state *stageState) {
	job.running += state.running
	if state.remaining > 0 {
		job.open++
	}
	unfinished, unsaturated := int32(0), int32(0)
	if state.remaining > 0 || state.running > 0 {
		insert(c.incomplete[job.word:], state.number)
		job.unfinished++
		unfinished = 1
	}
	if state.demand() > 0 {
		unsaturated = 1
	}
	for _, edge := range job.kind.job.Children(int(state.number)) {
		child := &c.stages[job.base+edge.To]
		child.unfinished += unfinished
		child.unsaturated += unsaturated
	}
}

// stagesOf yields the stages of a job.
func (c *Cluster) stagesOf(job *jobState) func(yield func(int32) bool) {
	return func(yield func(int32) bool) {
		for s := job.base; s < job.base+int32(len(job.kind.initial)); s++ {
			if !yield(s) {
				return
			}
		}
	}
}

// writer appends little-endian numbers.
type writer struct{ bytes []byte }

func (w *writer) integer(v int32) { w.bytes = binary.LittleEndian.AppendUint32(w.bytes, uint32(v)) }
func (w *writer) long(v uint64)   { w.bytes = binary.LittleEndian.AppendUint64(w.bytes, v) }
func (w *writer) float(v float64) { w.long(math.Float64bits(v)) }

// reader takes them from the front. After the first error it returns numbers
// within the bounds asked for.
type reader struct {
	bytes []byte
	err   error
}

func (r *reader) refuse(problem string) {
	if r.err == nil {
		r.err = errors.New(problem)
	}
	r.bytes = nil
}

func (r *reader) integer(low, high int32) int32 {
	if len(r.bytes) < 4 {
		r.refuse("truncated")
		return low
	}
	v := int32(binary.LittleEndian.Uint32(r.bytes))
	r.bytes = r.bytes[4:]
	if v < low || v > high {
		r.refuse(fmt.Sprintf("with %d where %d to %d belong", v, low, high))
		return low
	}
	return v
}

func (r *reader) long() uint64 {
	if len(r.bytes) < 8 {
		r.refuse("truncated")
		return 0
	}
	v := binary.LittleEndian.Uint64(r.bytes)
	r.bytes = r.bytes[8:]
	return v
}

func (r *reader) float() float64 { return math.Float64frombits(r.long()) }

// time reads a number of ms within bounds.
func (r *reader) time(low, high float64) float64 {
	v := r.float()
	if !(v >= low && v <= high) {
		r.refuse(fmt.Sprintf("with %v ms where %v to %v belong", v, low, high))
		return low
	}
	return v
}
