package collect

import (
	"sync"

	"trailblazer/datasets/traj"
)

// queue hands out jobs in their order, and takes what was played back in the
// same order, with a bounded number of episodes in between. Jobs of one lane
// are played one after another.
type queue struct {
	mu     sync.Mutex
	change sync.Cond
	// plan is asked for each job once.
	plan  func(index int) job
	total int
	// slots is a ring: job i is in slot i modulo its length, where
	// taken <= i < taken+len(slots).
	slots []slot
	// taken is the first job whose episode was not taken back, planned the
	// first that has no slot yet.
	taken, planned int
	busy           map[int]bool // lanes
	passed         map[int]bool // lanes, scratch of choose
	numbers        map[int]int  // how many play the episode of a number
	err            error        // why nothing more is handed out
}

type slot struct {
	job     job
	state   state
	episode *traj.Episode
}

// state is how far a job is.
type state uint8

const (
	waiting state = iota
	playing
	played
	failed
)

func newQueue(total, window int, plan func(index int) job) *queue {
	q := &queue{plan: plan, total: total, slots: make([]slot, window), busy: map[int]bool{}, passed: map[int]bool{}, numbers: map[int]int{}}
	q.change.L = &q.mu
	return q
}

func (q *queue) slot(index int) *slot { return &q.slots[index%len(q.slots)] }

// next returns a job to play: the first one whose lane is free, preferably of an
// episode that nobody plays now, as an expert computes for an episode what it
// needs for all who play it. It waits where there is none yet, and is false
// where there will be none.
func (q *queue) next() (job, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for {
		if q.err != nil || q.taken == q.total {
			return job{}, false
		}
		for ; q.planned < min(q.total, q.taken+len(q.slots)); q.planned++ {
			*q.slot(q.planned) = slot{job: q.plan(q.planned)}
		}
		if s := q.choose(); s != nil {
			s.state = playing
			q.numbers[s.job.number]++
			if s.job.lane >= 0 {
				q.busy[s.job.lane] = true
			}
			return s.job, true
		}
		q.change.Wait()
	}
}

// choose is next's choice, or nil.
func (q *queue) choose() *slot {
	var first *slot
	clear(q.passed)
	for i := q.taken; i < q.planned; i++ {
		s := q.slot(i)
		lane := s.job.lane
		if s.state != waiting || lane >= 0 && (q.busy[lane] || q.passed[lane]) {
			continue
		}
		if q.numbers[s.job.number] == 0 {
			return s
		}
		if first == nil {
			first = s
		}
		if lane >= 0 {
			q.passed[lane] = true // Later ones must not overtake it.
		}
	}
	return first
}

// give hands an episode back, which may be nil.
func (q *queue) give(j job, e *traj.Episode) {
	q.mu.Lock()
	defer q.mu.Unlock()
	s := q.slot(j.index)
	s.state, s.episode = played, e
	if q.numbers[j.number]--; q.numbers[j.number] == 0 {
		delete(q.numbers, j.number)
	}
	if j.lane >= 0 {
		q.busy[j.lane] = false
	}
	q.change.Broadcast()
}

// fail gives a job up, and lets nothing more be handed out. What others still
// play, up to the first job that is missing, can be taken.
func (q *queue) fail(j job, err error) {
	q.mu.Lock()
	q.slot(j.index).state = failed
	q.mu.Unlock()
	q.stop(err)
}

// stop lets nothing more be handed out.
func (q *queue) stop(err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.err == nil {
		q.err = err
	}
	q.change.Broadcast()
}

// take takes the next episode in order, which may be nil. It is false at the
// end, and where the next one was not played; err says why.
func (q *queue) take() (j job, e *traj.Episode, ok bool, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.taken < q.total {
		s := q.slot(q.taken)
		there := q.taken < q.planned
		switch {
		case there && s.state == played:
			j, e = s.job, s.episode
			s.episode = nil
			q.taken++
			q.change.Broadcast()
			return j, e, true, nil
		case q.err != nil && !(there && s.state == playing):
			return job{}, nil, false, q.err
		}
		q.change.Wait()
	}
	return job{}, nil, false, nil
}
