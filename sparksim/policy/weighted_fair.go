package policy

import (
	"math"
	"slices"

	"trailblazer/sparksim"
	"trailblazer/sparksim/policy/work"
)

// weightedFair gives every job a share of the cluster in proportion to its
// remaining work to some power, the job whose executors have become free
// included; the job with the least work goes first. What remains once all have
// their shares goes to the same jobs beyond them. Source: the tuned weighted
// fair baseline of Decima (Mao et al., SIGCOMM 2019, section 7.1), which
// weighs total work.
type weightedFair struct {
	exponent float64
	frontier
	work []float64 // by job
}

func (w *weightedFair) Start(uint64) {}

func (w *weightedFair) Choose(v *sparksim.View) (Decision, error) {
	w.work = slices.Grow(w.work[:0], len(v.Jobs))[:len(v.Jobs)]
	total := 0.0
	for job := range v.Jobs {
		w.work[job] = work.OfJob(v, job)
		total += w.weight(job)
	}
	var below, any least
	limit := 0
	for job, at := range open(v) {
		c := candidate{job, at, w.work[job]}
		any.offer(c)
		own := 0
		if total > 0 {
			own = int(math.Ceil(float64(v.Executors) * w.weight(job) / total))
		}
		if room(v, job, own) > 0 {
			if below.offer(c); below.job == job {
				limit = own
			}
		}
	}
	if below.found {
		return give(v, below.job, w.first(v, below.job, below.at), room(v, below.job, limit)), nil
	}
	if any.found {
		return give(v, any.job, w.first(v, any.job, any.at), v.Committable), nil
	}
	return pass(v), nil
}

// weight is 0 for a job whose tasks have all begun.
func (w *weightedFair) weight(job int) float64 {
	if w.work[job] == 0 {
		return 0
	}
	return math.Pow(w.work[job], w.exponent)
}
