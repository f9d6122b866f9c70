package bound

import (
	"cmp"
	"math"
	"slices"

	"trailblazer/sparksim"
)

// need is the least that a job needs from when its first executor is there,
// split in several ways. Each is true by itself.
type need []split

// split says that workMs of executors' time are used up by the job, and that
// it takes tailMs longer than that.
type split struct{ workMs, tailMs float64 }

// split returns the way that weighs most, with a price for work in units of
// delay.
func (n need) split(price float64) split {
	if math.IsInf(price, 1) {
		return n[len(n)-1]
	}
	best, most := split{}, -1.0
	for _, s := range n {
		if weight := s.tailMs + float64(price*s.workMs); weight > most {
			best, most = s, weight
		}
	}
	return best
}

// stage is the least that a stage needs.
type stage struct {
	workMs float64 // executors' time
	spanMs float64 // from its first task's begin to its last's end
	tailMs float64 // from then to the job's completion
}

// sureNeed takes every task as short as it can be.
func sureNeed(job *sparksim.Job, times []sparksim.TaskTimes, executors float64) need {
	stages := make([]stage, len(times))
	for i, t := range times {
		tasks := float64(job.StageTasks(i))
		opening := min(t.Fresh.LeastMs, t.First.LeastMs)
		other := min(opening, t.Rest.LeastMs)
		stages[i].workMs = opening + float64((tasks-1)*other)
		// Some executor runs so many of the tasks, one after another, and has
		// run none of them before.
		rounds := math.Ceil(tasks / executors)
		stages[i].spanMs = opening + float64((rounds-1)*other)
	}
	return newNeed(job, stages)
}

// expectedNeed takes every task's mean. Tasks in a row are not counted in
// rounds: an executor whose tasks happen to be short may run more of them.
func expectedNeed(job *sparksim.Job, times []sparksim.TaskTimes, executors float64) need {
	stages := make([]stage, len(times))
	for i, t := range times {
		tasks := float64(job.StageTasks(i))
		opening := min(t.Fresh.MeanMs, t.First.MeanMs)
		other := min(opening, t.Rest.MeanMs)
		stages[i].workMs = opening + float64((tasks-1)*other)
		stages[i].spanMs = max(opening, stages[i].workMs/executors)
	}
	return newNeed(job, stages)
}

// newNeed lists first the longest path with no work, then the work of all
// stages that a certain time must follow, for every such time; the last is all
// of the job's work. It sorts stages.
func newNeed(job *sparksim.Job, stages []stage) need {
	path := 0.0
	for i := len(stages) - 1; i >= 0; i-- { // Children have higher numbers.
		s := &stages[i]
		for _, edge := range job.Children(i) {
			child := &stages[edge.To]
			s.tailMs = max(s.tailMs, child.spanMs+child.tailMs)
		}
		path = max(path, s.spanMs+s.tailMs)
	}
	slices.SortStableFunc(stages, func(a, b stage) int { return cmp.Compare(b.tailMs, a.tailMs) })
	n := need{{0, path}}
	work := 0.0
	for i := range stages {
		work += stages[i].workMs
		if i+1 == len(stages) || stages[i+1].tailMs < stages[i].tailMs {
			n = append(n, split{work, stages[i].tailMs})
		}
	}
	return n
}
