package policy

import (
	"math"

	"trailblazer/sparksim"
	"trailblazer/sparksim/policy/work"
)

// patient decides as the linear rule does, but may leave idle the executors of
// a job that will need them soon: where a third weighted sum, over what waiting
// costs and what would be done instead, is positive. [WaitNames] lists the
// features.
//
// It only waits for what is sure to come: for stages that running tasks alone
// hold up ([work.Awaited]).
type patient struct {
	linear
	work.Awaited
	wait WaitWeights
	y    [waitFeatures]float64
}

// NewPatient makes the patient rule with weights of one's own.
func NewPatient(w Weights, wait WaitWeights) Rule {
	return &patient{linear: linear{weights: w}, wait: wait}
}

func (p *patient) Choose(v *sparksim.View) (Decision, error) {
	d, err := p.linear.Choose(v)
	if err != nil || d.Stage == sparksim.Pass || v.Source == len(v.Jobs) {
		return d, err
	}
	if p.lookAtAwaited(v) {
		p.lookAtOther(v, v.Schedulable[d.Stage])
		if p.waiting() > 0 {
			return pass(v), nil
		}
	}
	return d, nil
}

func (p *patient) waiting() float64 { return weigh(0, p.wait[:], p.y[:]) }

// lookAtAwaited fills in the features of the job that has the executors, and
// reports whether it has a stage to wait for.
func (p *patient) lookAtAwaited(v *sparksim.View) bool {
	p.Await(v, v.Source)
	if len(p.Stages) == 0 {
		return false
	}
	free := float64(v.Committable)
	p.y[waitOne] = 1
	p.y[waitTime] = math.Log1p(p.Awaited.Ms / 1000)
	p.y[waitFit] = math.Log(min(p.Tasks/free, 1))
	p.y[waitTeam] = math.Log1p(max(float64(v.Jobs[v.Source].Supply)-free, 0))
	return true
}

// lookAtOther fills in the features of what would be done instead of waiting.
func (p *patient) lookAtOther(v *sparksim.View, stage int32) {
	job := 0
	for v.Jobs[job].End <= stage {
		job++
	}
	p.y[waitStay] = 0
	if job == v.Source {
		p.y[waitStay] = 1
	}
	p.Mark(v, job)
	p.y[waitFrontier] = 1
	if p.Waits[stage-v.Jobs[job].First] {
		p.y[waitFrontier] = 0
	}
	s := &v.Stages[stage]
	p.y[waitWork] = math.Log1p(p.linear.work[v.Source]/1000) - math.Log1p(p.linear.work[job]/1000)
	p.y[waitDuration] = math.Log1p(float64(s.DurationMs) / 1000)
	p.y[waitTasks] = math.Log(min(max(float64(s.Remaining), 1)/float64(v.Committable), 1))
	p.y[waitJobs], p.y[waitLoad], p.y[waitFree] = p.x[capJobs], p.x[capLoad], p.x[capFree]
}
