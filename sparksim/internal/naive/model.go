package naive

import (
	"math"

	"trailblazer/sparksim"
)

// Model runs one episode.
type Model struct {
	movingMs, warmupMs float64
	stream             sparksim.Stream

	nowMs     float64
	executors []*executor
	jobs      []*job // by arrival; those that have not arrived too
	events    []event
	made      int // events so far

	commitments []commitment // in the order in which they were first made
	source      pool
	selected    map[pool]bool // stages named by decisions of this round

	tasks []sparksim.Run // in the order in which they began

	// jobTimeMs is the integral of the number of active jobs, rewards the sum
	// of the rewards, for Check.
	jobTimeMs, rewards float64
	broken             error // the first event that came out of order
}

// New returns a model before its first decision. Delays are in ms.
func New(executors int, movingMs, warmupMs float64, kinds []*sparksim.Job, arrivals []sparksim.Arrival, stream sparksim.Stream) *Model {
	m := &Model{
		movingMs: movingMs,
		warmupMs: warmupMs,
		stream:   stream,
		source:   commonPool,
		selected: map[pool]bool{},
	}
	for range executors {
		m.executors = append(m.executors, &executor{job: none, at: commonPool})
	}
	for i, a := range arrivals {
		m.jobs = append(m.jobs, newJob(kinds[a.Kind], a.AtMs))
		m.push(event{atMs: a.AtMs, kind: jobArrival, job: i})
	}
	for len(m.events) > 0 && m.events[m.next()].atMs == 0 {
		m.handle(m.pop())
	}
	if !m.asking() {
		m.endOffer()
		m.resume()
	}
	return m
}

func newJob(kind *sparksim.Job, arrivalMs float64) *job {
	j := &job{kind: kind, arrivalMs: arrivalMs, completedMs: math.Inf(1)}
	for s := range kind.Stages() {
		n := kind.StageTasks(s)
		j.stages = append(j.stages, &stage{tasks: make([]taskState, n), recentMs: kind.RoughMs(s), remaining: n})
	}
	for _, e := range kind.Edges() {
		child := j.stages[e.To]
		child.parents = append(child.parents, int(e.From))
	}
	return j
}

// NowMs is the clock.
func (m *Model) NowMs() float64 { return m.nowMs }

// Done says that all jobs are complete, including those yet to arrive.
func (m *Model) Done() bool {
	for _, j := range m.jobs {
		if !j.complete() {
			return false
		}
	}
	return true
}

// CompletedMs is when a job, by arrival, was complete; +Inf before.
func (m *Model) CompletedMs(job int) float64 { return m.jobs[job].completedMs }

// Arrived says that a job, by arrival, has arrived.
func (m *Model) Arrived(job int) bool { return m.jobs[job].arrived }

// Running counts the executors that run a task.
func (m *Model) Running() int {
	n := 0
	for _, x := range m.executors {
		if x.executing {
			n++
		}
	}
	return n
}

// Tasks are those that have begun, in that order, each as a run of its own.
func (m *Model) Tasks() []sparksim.Run { return m.tasks }

// PassWouldEnd says that nothing could happen after a pass: no task runs, no
// executor moves, no job is to arrive, and this round has committed nothing to
// a stage.
func (m *Model) PassWouldEnd() bool {
	for _, c := range m.commitments {
		if c.to.isStage() {
			return false
		}
	}
	return len(m.events) == 0
}

// active lists the jobs that have arrived and are not complete.
func (m *Model) active() []int {
	var list []int
	for i, j := range m.jobs {
		if j.arrived && !j.complete() {
			list = append(list, i)
		}
	}
	return list
}

// in lists the executors of a pool.
func (m *Model) in(p pool) []int {
	var list []int
	for i, e := range m.executors {
		if !e.moving && e.at == p {
			list = append(list, i)
		}
	}
	return list
}

// idleIn lists those that don't run a task.
func (m *Model) idleIn(p pool) []int {
	var list []int
	for _, i := range m.in(p) {
		if !m.executors[i].executing {
			list = append(list, i)
		}
	}
	return list
}

// local counts the executors that are local to a job.
func (m *Model) local(job int) int {
	n := 0
	for _, e := range m.executors {
		if e.job == job {
			n++
		}
	}
	return n
}

// outgoing counts what is committed from a pool.
func (m *Model) outgoing(p pool) int {
	n := 0
	for _, c := range m.commitments {
		if c.from == p {
			n += c.n
		}
	}
	return n
}

// committable is how many executors of the source are still to be given away.
func (m *Model) committable() int {
	if m.source == nullPool {
		return 0
	}
	return len(m.in(m.source)) - m.outgoing(m.source)
}

// demand is how many more executors a stage could use; may be negative.
func (m *Model) demand(job, stage int) int {
	n := m.jobs[job].stages[stage].remaining
	for _, c := range m.commitments {
		if c.to == stagePool(job, stage) {
			n -= c.n
		}
	}
	for _, e := range m.executors {
		if e.moving && e.at == stagePool(job, stage) {
			n--
		}
	}
	return n
}

// ready says that a stage has demand and no parent has any.
func (m *Model) ready(job, stage int) bool {
	for _, p := range m.jobs[job].stages[stage].parents {
		if m.demand(job, p) > 0 {
			return false
		}
	}
	return m.demand(job, stage) > 0
}

// schedulable lists the stages of the given jobs that may be named, as seen by
// executors of the job source.
func (m *Model) schedulable(jobs []int, source int) []pool {
	var list []pool
	for _, i := range jobs {
		if i != source && m.jobs[i].total >= len(m.executors) {
			continue
		}
		for s, stage := range m.jobs[i].stages {
			if !stage.complete() && !m.selected[stagePool(i, s)] && m.ready(i, s) {
				list = append(list, stagePool(i, s))
			}
		}
	}
	return list
}

// offered is the list that decisions name stages of. It is empty where no
// executors are to be given away.
func (m *Model) offered() []pool {
	if m.committable() <= 0 {
		return nil
	}
	return m.schedulable(m.active(), m.source.job)
}

// asking says that a decision is due.
func (m *Model) asking() bool { return len(m.offered()) > 0 }
