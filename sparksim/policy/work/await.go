package work

import (
	"math"

	"trailblazer/sparksim"
)

// Awaited tells what executors of a job could wait for: stages that only running
// tasks hold up. All of their unfinished parents have begun their last task:
// nothing has to be decided for them to begin, and as soon as one of them can,
// the job's idle executors are offered again. It uses its memory again.
type Awaited struct {
	// Stages are they, as indices into the view's, if they have tasks. There are
	// none where the job has more than a fifth of the cluster: a running
	// task may take minutes, and nobody else gets the executors that wait for it.
	Stages []int32
	// Tasks counts theirs. Ms is when the first of them can begin, if a
	// parent's last tasks take as long as the view shows.
	Tasks, Ms float64
	// Until is, by stage of the job, when it can begin, likewise: 0 where it
	// can now, and +Inf where nobody knows, as a parent has tasks that have not
	// begun.
	Until []float64
}

// shares is one over the share of the cluster above which a job waits for
// nothing. With a third, one test episode in twenty took twice as long, as some
// jobs waited for tasks of several minutes with most of the cluster; with a fifth
// means of 240 others show none (package policy's rule "patient").
const shares = 5

// Await looks at the stages of a job.
func (a *Awaited) Await(v *sparksim.View, job int) {
	j := &v.Jobs[job]
	a.Until = perStage(a.Until, j)
	for _, e := range edges(v, job) {
		ms := math.Inf(1)
		if parent := &v.Stages[e.From]; parent.Remaining == 0 {
			ms = float64(parent.DurationMs)
		}
		a.Until[e.To-j.First] = max(a.Until[e.To-j.First], ms)
	}
	a.Stages, a.Tasks, a.Ms = a.Stages[:0], 0, math.Inf(1)
	if shares*int(j.Supply) > v.Executors {
		return
	}
	for at, ms := range a.Until {
		stage := j.First + int32(at)
		if n := v.Stages[stage].Remaining; n > 0 && ms > 0 && ms < math.Inf(1) {
			a.Stages = append(a.Stages, stage)
			a.Tasks += float64(n)
			a.Ms = min(a.Ms, ms)
		}
	}
}
