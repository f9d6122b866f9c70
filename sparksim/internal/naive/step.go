package naive

import (
	"fmt"
	"math"
	"slices"

	"trailblazer/sparksim"
)

// Step takes a decision: up to so many executors for the stage at a place in
// the view's list, or [sparksim.Pass]. It returns the reward in ms. It panics
// where no decision is due or it names what is not there.
func (m *Model) Step(stage, executors int) (rewardMs float64) {
	if !m.asking() {
		panic("naive: no decision is due")
	}
	if stage == sparksim.Pass {
		m.commit(commonPool, m.committable())
	} else {
		if executors < 1 || executors > m.committable() {
			panic(fmt.Sprintf("naive: %d executors, not 1 to %d", executors, m.committable()))
		}
		to := m.offered()[stage]
		m.commit(to, min(executors, m.demand(to.job, to.stage)))
		m.selected[to] = true
	}
	if m.asking() {
		return 0
	}
	if left := m.committable(); left > 0 {
		m.commit(commonPool, left)
	}
	m.fulfilAll()
	m.source = nullPool
	clear(m.selected)

	beforeMs := m.nowMs
	m.resume()
	rewardMs = m.reward(beforeMs)
	m.rewards += rewardMs
	return rewardMs
}

// fulfilAll hands out the idle executors of the source as committed.
func (m *Model) fulfilAll() {
	idle := m.idleIn(m.source)
	for _, c := range slices.Clone(m.commitments) {
		if c.from != m.source {
			continue
		}
		for n := c.n; n > 0 && len(idle) > 0; n-- {
			m.fulfil(idle[0], c.to)
			idle = idle[1:]
		}
	}
}

// resume handles events until a decision is due or none is left. If jobs are
// left then, passes have left all executors where nothing offers them again:
// the reference's episode ends so, while the cluster offers those of the first
// pool that has any.
func (m *Model) resume() {
	for len(m.events) > 0 {
		m.handle(m.pop())
		if m.asking() {
			return
		}
		m.endOffer()
	}
	pools := []pool{commonPool}
	for _, j := range m.active() {
		pools = append(pools, jobPool(j))
	}
	for _, p := range pools {
		if len(m.idleIn(p)) > 0 && !m.Done() {
			m.source = p
			return
		}
	}
}

// endOffer takes back executors that were offered while no stage wants any.
func (m *Model) endOffer() {
	if m.committable() > 0 {
		for _, i := range m.idleIn(m.source) {
			m.moveIdle(i)
		}
		m.source = nullPool
	}
}

// reward is minus the time that jobs spent active since beforeMs. The reference
// leaves out those that both arrived and were completed since, which its own
// episodes don't have; with them rewards add up to the completion times.
func (m *Model) reward(beforeMs float64) float64 {
	if m.nowMs == beforeMs {
		return 0
	}
	sum := 0.0
	for _, j := range m.jobs {
		if j.arrived && j.completedMs > beforeMs {
			sum += min(j.completedMs, m.nowMs) - max(j.arrivalMs, beforeMs)
		}
	}
	return -sum
}

// push adds an event.
func (m *Model) push(e event) {
	e.number = m.made
	m.made++
	m.events = append(m.events, e)
}

// next is the index of the first event.
func (m *Model) next() int {
	first := 0
	for i, e := range m.events {
		if f := m.events[first]; e.atMs < f.atMs || e.atMs == f.atMs && e.number < f.number {
			first = i
		}
	}
	return first
}

// pop takes the first event out and sets the clock to it.
func (m *Model) pop() event {
	i := m.next()
	e := m.events[i]
	m.events = slices.Delete(m.events, i, i+1)
	if e.atMs < m.nowMs || math.IsNaN(e.atMs) {
		m.broken = fmt.Errorf("event at %v ms after %v ms", e.atMs, m.nowMs)
	}
	m.jobTimeMs += float64(len(m.active())) * (e.atMs - m.nowMs)
	m.nowMs = e.atMs
	return e
}
