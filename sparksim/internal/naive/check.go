package naive

import (
	"fmt"
	"math"
)

// Check returns an error if the state breaks what must always hold between
// decisions.
func (m *Model) Check() error {
	for _, check := range []func() error{
		func() error { return m.broken },
		m.checkProgress, m.checkExecutors, m.checkTasks, m.checkCommitments, m.checkTotals, m.checkRewards,
	} {
		if err := check(); err != nil {
			return fmt.Errorf("at %v ms: %w", m.nowMs, err)
		}
	}
	return nil
}

// checkProgress: a decision is due unless all is done.
func (m *Model) checkProgress() error {
	if m.asking() == m.Done() {
		return fmt.Errorf("done is %v, a decision due is %v", m.Done(), m.asking())
	}
	return nil
}

// checkExecutors: each is in the common pool, moving, or at the job that it is
// local to; those that run a task are in its stage's pool; an event waits for
// each one that runs or moves.
func (m *Model) checkExecutors() error {
	events := map[int]int{}
	for _, e := range m.events {
		if e.kind != jobArrival {
			events[e.executor]++
		}
	}
	for i, x := range m.executors {
		where := x.at.job
		if x.moving {
			where = none
		}
		want := 0
		if x.moving || x.executing {
			want = 1
		}
		switch {
		case x.at == nullPool || x.job != where:
			return fmt.Errorf("executor %d is local to job %d, at %v", i, x.job, x.at)
		case x.job == none && x.task != nil:
			return fmt.Errorf("executor %d kept a task of job %d", i, x.task.job)
		case x.executing && x.at != stagePool(x.task.job, x.task.stage):
			return fmt.Errorf("executor %d runs a task of stage %d.%d, at %v", i, x.task.job, x.task.stage, x.at)
		case x.executing && x.moving || events[i] != want:
			return fmt.Errorf("executor %d has %d events", i, events[i])
		}
	}
	return nil
}

// checkTasks: each is waiting, run by one executor, or finished; the counters
// agree; only stages whose parents are complete have begun.
func (m *Model) checkTasks() error {
	runs := map[task]bool{}
	for i, x := range m.executors {
		if !x.executing {
			continue
		}
		if runs[*x.task] {
			return fmt.Errorf("executor %d runs the task of another", i)
		}
		runs[*x.task] = true
	}
	for i, j := range m.jobs {
		for k, s := range j.stages {
			var count [3]int
			for number, state := range s.tasks {
				count[state]++
				if runs[task{i, k, number}] != (state == running) {
					return fmt.Errorf("task %d of stage %d.%d is lost or run twice", number, i, k)
				}
			}
			if s.remaining != count[waiting] || s.completed != count[finished] {
				return fmt.Errorf("stage %d.%d counts %d waiting and %d finished, has %v", i, k, s.remaining, s.completed, count)
			}
			if count[waiting] == len(s.tasks) {
				continue
			}
			for _, p := range s.parents {
				if !j.arrived || !j.stages[p].complete() {
					return fmt.Errorf("stage %d.%d began before stage %d was complete", i, k, p)
				}
			}
		}
		if j.complete() != (j.completedMs <= m.nowMs) || j.completedMs < j.arrivalMs {
			return fmt.Errorf("job %d, arrived at %v ms, complete at %v ms", i, j.arrivalMs, j.completedMs)
		}
	}
	return nil
}

// checkCommitments: each is positive, and no pool promises more executors than
// it has.
func (m *Model) checkCommitments() error {
	seen := map[[2]pool]bool{}
	for _, c := range m.commitments {
		key := [2]pool{c.from, c.to}
		switch {
		case c.n < 1 || seen[key]:
			return fmt.Errorf("commitment %+v", c)
		case m.outgoing(c.from) > len(m.in(c.from)):
			return fmt.Errorf("%v promises %d of %d executors", c.from, m.outgoing(c.from), len(m.in(c.from)))
		}
		seen[key] = true
	}
	return nil
}

// checkTotals: a job's total is what is at it, moves to it or is promised to it
// from elsewhere, and what has left it for the common pool. It only lets go of
// executors so once it needs none.
func (m *Model) checkTotals() error {
	for i, j := range m.jobs {
		n := j.drift
		for _, x := range m.executors {
			if x.at.job == i {
				n++
			}
		}
		for _, c := range m.commitments {
			if c.to.job == i && c.from.job != i {
				n += c.n
			}
		}
		if n != j.total || j.drift > 0 && !j.saturated() {
			return fmt.Errorf("job %d has a total of %d, of %d with %d gone", i, j.total, n, j.drift)
		}
	}
	return nil
}

// checkRewards: their sum is minus the integral of the number of active jobs.
func (m *Model) checkRewards() error {
	if gap := math.Abs(m.rewards + m.jobTimeMs); gap > 1e-7+1e-12*m.jobTimeMs {
		return fmt.Errorf("rewards add up to %v ms, active jobs to %v ms", m.rewards, m.jobTimeMs)
	}
	return nil
}
