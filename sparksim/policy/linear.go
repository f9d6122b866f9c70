package policy

import (
	"math"
	"slices"

	"trailblazer/sparksim"
	"trailblazer/sparksim/policy/work"
)

// linear scores every schedulable stage by a weighted sum of features and
// takes the highest. Another such sum is the logarithm of the stage's cap on
// its job's executors; stages whose jobs have reached it come after all
// others, so that no executor that could be used stays idle. [WeightNames]
// lists the features.
type linear struct {
	weights Weights
	x       [features]float64
	work    []float64 // by job, in executor-milliseconds
	paths
	further *further // nil where these features are all
}

// NewLinear makes the linear rule with weights of one's own.
func NewLinear(w Weights) Rule { return &linear{weights: w} }

func (l *linear) Start(uint64) {}

func (l *linear) Choose(v *sparksim.View) (Decision, error) {
	if len(v.Schedulable) == 0 || v.Committable == 0 {
		return pass(v), nil
	}
	averageWork := l.lookAtCluster(v)
	if l.further != nil {
		l.further.lookAtCluster(l)
	}
	best, bestScore, bestBelow := pass(v), math.Inf(-1), false
	for job, at := range open(v) {
		l.lookAtJob(v, job, averageWork)
		if l.further != nil {
			l.further.lookAtJob(l, v, job)
		}
		for place := at.first; place < at.end; place++ {
			l.lookAtStage(v, job, v.Schedulable[place])
			if l.further != nil {
				l.further.lookAtStage(l, v, job, v.Schedulable[place])
			}
			most := room(v, job, l.limit(v))
			below := most > 0
			if bestBelow && !below {
				continue
			}
			if score := l.score(); score > bestScore || below && !bestBelow {
				if !below {
					most = v.Committable
				}
				best, bestScore, bestBelow = give(v, job, place, most), score, below
			}
		}
	}
	return best, nil
}

// limit is the cap of the stage that was looked at last.
func (l *linear) limit(v *sparksim.View) int {
	share := math.Exp(min(l.logCap(), 0))
	return int(math.Ceil(float64(v.Executors) * share))
}

// score is that of the stage that was looked at last.
func (l *linear) score() float64 {
	sum := weigh(0, l.weights[:scoreFeatures], l.x[:scoreFeatures])
	if f := l.further; f != nil {
		sum = weigh(sum, f.weights[:furtherScores], f.x[:furtherScores])
	}
	return sum
}

// logCap is the logarithm of the share of the cluster that its job may have.
func (l *linear) logCap() float64 {
	sum := weigh(0, l.weights[scoreFeatures:], l.x[scoreFeatures:])
	if f := l.further; f != nil {
		sum = weigh(sum, f.weights[furtherScores:], f.x[furtherScores:])
	}
	return sum
}

// weigh adds weighted features to a sum. The conversion keeps compilers from
// fusing the product with the sum, so that all platforms decide alike.
func weigh(sum float64, weights, x []float64) float64 {
	for i, w := range weights {
		sum += float64(w * x[i])
	}
	return sum
}

// lookAtCluster fills in the features that all jobs have in common, and
// returns the average work of those that have any.
func (l *linear) lookAtCluster(v *sparksim.View) (averageWork float64) {
	l.work = slices.Grow(l.work[:0], len(v.Jobs))[:len(v.Jobs)]
	total, jobs := 0.0, 0.0
	for job := range v.Jobs {
		l.work[job] = work.OfJob(v, job)
		if l.work[job] > 0 {
			total += l.work[job]
			jobs++
		}
	}
	n := float64(v.Executors)
	l.x[capOne] = 1
	l.x[capJobs] = math.Log(max(jobs, 1))
	l.x[capLoad] = math.Log1p(total / 1000 / n)
	l.x[capFree] = math.Log(float64(v.Committable) / n)
	return ratio(total, jobs)
}

// lookAtJob fills in the features that all stages of a job have in common.
func (l *linear) lookAtJob(v *sparksim.View, job int, averageWork float64) {
	l.Measure(v, job)
	l.Mark(v, job)
	logWork := math.Log1p(l.work[job] / 1000)
	source := 0.0
	if job == v.Source {
		source = 1
	}
	l.x[scoreWork] = logWork
	l.x[scoreSource] = source
	l.x[capWork] = logWork - math.Log(float64(v.Executors))
	l.x[capRelative] = ratio(l.work[job], averageWork)
	l.x[capSource] = source
	l.x[capStages] = math.Log(float64(v.Jobs[job].End - v.Jobs[job].First))
}

// lookAtStage fills in the features of one stage.
func (l *linear) lookAtStage(v *sparksim.View, job int, stage int32) {
	s, at := &v.Stages[stage], stage-v.Jobs[job].First
	path := ratio(l.Ms[at], l.Most)
	duration := math.Log1p(float64(s.DurationMs) / 1000)
	remaining := float64(s.Remaining)
	l.x[scorePath] = path
	l.x[scoreFrontier] = 1
	if l.Waits[at] {
		l.x[scoreFrontier] = 0
	}
	l.x[scoreShare] = ratio(work.OfStage(s), l.work[job])
	l.x[scoreDuration] = duration
	l.x[scoreStay] = l.x[scoreSource] * duration
	l.x[scoreFit] = math.Log(min(max(remaining, 1)/float64(v.Committable), 1))
	l.x[capPath] = path
	l.x[capDuration] = duration
	l.x[capTasks] = math.Log(max(remaining, 1) / float64(v.Executors))
}

// ratio is a/b, and 0 where b is 0.
func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}
