package policy

import (
	"math"
	"slices"

	"trailblazer/sparksim"
	"trailblazer/sparksim/policy/work"
)

// FurtherWeights are the numbers of the thorough rule that the linear one lacks,
// one for each feature.
type FurtherWeights [furtherFeatures]float64

// The further features of a stage's score.
const (
	scoreSupply = iota
	scoreCritical
	scoreRest
	scoreHeight
	scoreSlack
	scoreChildren
	scoreSourceLoad
	furtherScores
)

// The further features of a stage's cap.
const (
	capParallel = furtherScores + iota
	capCritical
	capRank
	capAhead
	capSupply
	capStageWork
	capAlone
	furtherFeatures
)

// furtherTable names and describes the features, as featureTable does. The
// critical time of a job is that of its longest chain of stages, one task each.
var furtherTable = [furtherFeatures]weighted{
	scoreSupply:     {"score-supply", "log(1 + executors of the job)"},
	scoreCritical:   {"score-critical", "log(1 + critical time of the job)"},
	scoreRest:       {"score-rest", "log(1 + work of the job / its executors)"},
	scoreHeight:     {"score-height", "log(1 + longest path of work from the stage to the job's end)"},
	scoreSlack:      {"score-slack", "longest chain from the stage to the job's end, as a share of the critical time"},
	scoreChildren:   {"score-children", "log(1 + number of stages that wait for the stage)"},
	scoreSourceLoad: {"score-source-load", "as cap-load for the job that gives the executors away, else 0"},
	capParallel:     {"cap-parallel", "log(work of the job / its critical time) - log N"},
	capCritical:     {"cap-critical", "as score-critical"},
	capRank:         {"cap-rank", "log(1 + number of jobs with less work)"},
	capAhead:        {"cap-ahead", "log(1 + work of these jobs / N)"},
	capSupply:       {"cap-supply", "log(1 + executors of the job) - log N"},
	capStageWork:    {"cap-stage-work", "log(1 + work of the stage)"},
	capAlone:        {"cap-alone", "1 where no other job has work"},
}

// further looks at what the linear rule leaves out.
type further struct {
	weights FurtherWeights
	x       [furtherFeatures]float64
	sorted  []float64 // work of the jobs
	before  []float64 // work of the first of them
	chains  work.Paths
	work.Children
}

// lookAtCluster prepares the features that compare jobs.
func (f *further) lookAtCluster(l *linear) {
	f.sorted = append(f.sorted[:0], l.work...)
	slices.Sort(f.sorted)
	f.before = append(f.before[:0], 0)
	sum := 0.0
	for _, ms := range f.sorted {
		sum += ms
		f.before = append(f.before, sum)
	}
	f.x[capAlone] = 0
	if l.x[capJobs] == 0 { // log(1)
		f.x[capAlone] = 1
	}
}

// lookAtJob fills in the features that all stages of a job have in common.
func (f *further) lookAtJob(l *linear, v *sparksim.View, job int) {
	f.chains.MeasureTime(v, job)
	f.Count(v, job)
	n, supply := float64(v.Executors), float64(v.Jobs[job].Supply)
	critical := math.Log1p(f.chains.Most / 1000)
	smaller, _ := slices.BinarySearch(f.sorted, l.work[job])
	f.x[scoreSupply] = math.Log1p(supply)
	f.x[scoreCritical] = critical
	f.x[scoreRest] = math.Log1p(l.work[job] / 1000 / max(1, supply))
	f.x[scoreSourceLoad] = l.x[scoreSource] * l.x[capLoad]
	f.x[capParallel] = math.Log(max(ratio(l.work[job], f.chains.Most), 1) / n)
	f.x[capCritical] = critical
	f.x[capRank] = math.Log1p(float64(smaller))
	f.x[capAhead] = math.Log1p(f.before[smaller] / 1000 / n)
	f.x[capSupply] = math.Log((1 + supply) / n)
}

// lookAtStage fills in the features of one stage.
func (f *further) lookAtStage(l *linear, v *sparksim.View, job int, stage int32) {
	at := stage - v.Jobs[job].First
	f.x[scoreHeight] = math.Log1p(l.Ms[at] / 1000)
	f.x[scoreSlack] = ratio(f.chains.Ms[at], f.chains.Most)
	f.x[scoreChildren] = math.Log1p(float64(f.N[at]))
	f.x[capStageWork] = math.Log1p(work.OfStage(&v.Stages[stage]) / 1000)
}
