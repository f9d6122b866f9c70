package naive

import "trailblazer/sparksim"

// pool is where executors stand: the common one, a job's or a stage's. It is
// also what a commitment leads to, and what the source of a round is.
type pool struct{ job, stage int }

const none = -1

var (
	commonPool = pool{none, none}
	nullPool   = pool{-2, -2} // the source between rounds
)

func jobPool(job int) pool          { return pool{job, none} }
func stagePool(job, stage int) pool { return pool{job, stage} }
func (p pool) isStage() bool        { return p.stage >= 0 }

// executor runs one task at a time.
type executor struct {
	job       int   // it is local to, or none
	task      *task // current or just finished, nil where idle
	executing bool
	moving    bool
	at        pool // where it is, or goes to while moving
}

type task struct{ job, stage, number int }

type taskState int

const (
	waiting taskState = iota
	running
	finished
)

type stage struct {
	tasks    []taskState
	recentMs float64
	parents  []int
	// remaining counts the waiting tasks, completed the finished ones, so that
	// real episodes don't take minutes; Check compares them with tasks.
	remaining, completed int
}

func (s *stage) complete() bool { return s.completed == len(s.tasks) }

type job struct {
	kind        *sparksim.Job
	arrivalMs   float64
	completedMs float64 // +Inf until then
	arrived     bool
	stages      []*stage
	// total is the counter that schedulers see as the job's supply. Executors
	// that leave a job for the common pool are not taken off it; drift is how
	// many did.
	total, drift int
}

// inFrontier says that a stage is incomplete and all its parents complete.
func (j *job) inFrontier(s int) bool {
	for _, p := range j.stages[s].parents {
		if !j.stages[p].complete() {
			return false
		}
	}
	return !j.stages[s].complete()
}

// frontier lists the stages in it.
func (j *job) frontier() []int {
	var list []int
	for s := range j.stages {
		if j.inFrontier(s) {
			list = append(list, s)
		}
	}
	return list
}

// saturated says that no stage has a task left to begin.
func (j *job) saturated() bool {
	for _, s := range j.stages {
		if s.remaining > 0 {
			return false
		}
	}
	return true
}

func (j *job) complete() bool {
	for _, s := range j.stages {
		if !s.complete() {
			return false
		}
	}
	return true
}

// commitment promises n executors of one pool to a stage or to the common
// pool.
type commitment struct {
	from, to pool
	n        int
}

type eventKind int

const (
	jobArrival eventKind = iota
	executorArrival
	taskCompletion
)

type event struct {
	atMs     float64
	number   int // in order of making; settles ties
	kind     eventKind
	job      int
	executor int
}
