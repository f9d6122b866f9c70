package naive

import "trailblazer/sparksim"

func (m *Model) handle(e event) {
	switch e.kind {
	case jobArrival:
		m.jobs[e.job].arrived = true
		if len(m.in(commonPool)) > 0 {
			m.source = commonPool
		}
	case executorArrival:
		x := m.executors[e.executor]
		to := x.at
		x.moving = false
		x.job = to.job
		x.at = jobPool(to.job)
		m.moveToStage(e.executor, to)
	case taskCompletion:
		m.completeTask(e.executor)
	}
}

func (m *Model) completeTask(i int) {
	x := m.executors[i]
	t := x.task
	j := m.jobs[t.job]
	s := j.stages[t.stage]
	here := stagePool(t.job, t.stage)
	frontier := len(j.frontier())

	s.tasks[t.number] = finished
	s.completed++
	x.executing = false
	if s.remaining > 0 {
		m.startTask(i, here)
		return
	}
	// The stage itself leaves the frontier where it is complete, so any growth
	// past that is a child that may begin.
	if s.complete() {
		frontier--
	}
	frontierChanged := len(j.frontier()) > frontier
	if j.complete() {
		for _, other := range m.in(jobPool(t.job)) {
			m.moveIdle(other)
		}
		j.completedMs = m.nowMs
	}

	committed := m.outgoing(here) > 0
	switch {
	case committed:
		m.fulfil(i, m.firstCommitment(here))
	case frontierChanged:
		x.task = nil
		m.moveIdle(i)
	default:
		x.task = nil
	}
	switch {
	case frontierChanged:
		m.source = jobPool(t.job)
	case !committed:
		m.source = here
	}
}

// fulfil carries out one commitment with one executor.
func (m *Model) fulfil(i int, to pool) {
	m.uncommit(m.executors[i].at, to)
	if to == commonPool {
		m.moveIdle(i)
	} else {
		m.moveToStage(i, to)
	}
}

func (m *Model) moveToStage(i int, to pool) {
	x := m.executors[i]
	j := m.jobs[to.job]
	switch {
	case j.stages[to.stage].remaining == 0:
		m.backup(i)
	case x.job != to.job:
		m.send(i, to)
	case !j.inFrontier(to.stage):
		x.task = nil
		x.at = jobPool(to.job)
	default:
		x.at = to
		m.startTask(i, to)
	}
}

// send sets an executor off to another job.
func (m *Model) send(i int, to pool) {
	x := m.executors[i]
	m.jobs[to.job].total++
	if x.job != none {
		m.jobs[x.job].total--
	}
	x.job, x.task = none, nil
	x.moving, x.at = true, to
	m.push(event{atMs: m.nowMs + m.movingMs, kind: executorArrival, executor: i})
}

// startTask begins the next task of the stage in whose pool the executor is.
func (m *Model) startTask(i int, at pool) {
	x := m.executors[i]
	s := m.jobs[at.job].stages[at.stage]
	number := len(s.tasks) - s.remaining
	s.tasks[number] = running
	s.remaining--
	ms := m.duration(x, at)
	s.recentMs = ms
	x.task = &task{at.job, at.stage, number}
	x.executing = true
	m.tasks = append(m.tasks, sparksim.Run{Executor: int32(i), Job: int32(at.job), Stage: int32(at.stage), Tasks: 1, StartMs: m.nowMs, EndMs: m.nowMs + ms})
	m.push(event{atMs: m.nowMs + ms, kind: taskCompletion, executor: i})
}

// backup finds something else for an executor whose stage has no task left.
func (m *Model) backup(i int) {
	own := m.executors[i].job
	var mine, others []int
	for _, j := range m.active() {
		if j == own {
			mine = append(mine, j)
		} else {
			others = append(others, j)
		}
	}
	for _, jobs := range [][]int{mine, others} {
		if list := m.schedulable(jobs, own); len(list) > 0 {
			m.moveToStage(i, list[len(list)-1])
			return
		}
	}
	m.moveIdle(i)
}

// moveIdle takes an executor out of a pool where it has nothing to do: to its
// job's pool, or to the common one where the job needs no more executors.
func (m *Model) moveIdle(i int) {
	x := m.executors[i]
	if x.at == commonPool {
		return
	}
	j := m.jobs[x.at.job]
	if !j.saturated() {
		x.at = jobPool(x.at.job) // keeps its task, so it may count as warm
		return
	}
	j.drift++
	x.at = commonPool
	x.job, x.task = none, nil
}

// commit promises n executors of the source.
func (m *Model) commit(to pool, n int) {
	if to.job != m.source.job && to != commonPool {
		m.jobs[to.job].total += n
	}
	for k := range m.commitments {
		if c := &m.commitments[k]; c.from == m.source && c.to == to {
			c.n += n
			return
		}
	}
	m.commitments = append(m.commitments, commitment{m.source, to, n})
}

// uncommit takes one executor off a promise.
func (m *Model) uncommit(from, to pool) {
	if to.job != from.job && to != commonPool {
		m.jobs[to.job].total--
	}
	for k := range m.commitments {
		if c := &m.commitments[k]; c.from == from && c.to == to {
			if c.n--; c.n == 0 {
				m.commitments = append(m.commitments[:k:k], m.commitments[k+1:]...)
			}
			return
		}
	}
	panic("naive: no such commitment")
}

// firstCommitment is where the oldest promise of a pool leads.
func (m *Model) firstCommitment(from pool) pool {
	for _, c := range m.commitments {
		if c.from == from {
			return c.to
		}
	}
	panic("naive: nothing is committed")
}
