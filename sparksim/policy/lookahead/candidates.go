package lookahead

import (
	"math"
	"slices"

	"trailblazer/sparksim"
	"trailblazer/sparksim/policy"
)

// candidates are decisions other than the rule's.
type candidates struct {
	rivals []rival
	base   policy.Decision // with executors that it can get
	rest   sparksim.View   // scratch
}

// rival is a candidate, and how much more it costs than the rule's decision.
type rival struct {
	policy.Decision
	n            int
	sum, squares float64 // of ms
}

func (r *rival) add(ms float64) {
	r.n++
	r.sum += ms
	r.squares += float64(ms * ms)
}

// estimate is the mean and its standard error.
func (r *rival) estimate() (mean, err float64) {
	n := float64(r.n)
	mean = r.sum / n
	variance := max(0, r.squares/n-float64(mean*mean)) * n / (n - 1)
	return mean, math.Sqrt(variance / n)
}

// otherJobs is how many other jobs, and otherStages how many other stages of
// the same job, are candidates.
const (
	otherJobs   = 3
	otherStages = 3
)

// nominate lists what might be better than a rule's decision: another number
// of executors, other stages of the same job, the decisions that the rule
// would take if it could not serve the jobs that it prefers, and to leave the
// executors idle.
func (c *candidates) nominate(cluster *sparksim.Cluster, v *sparksim.View, rule policy.Rule, decision policy.Decision) error {
	c.rivals = c.rivals[:0]
	c.base = obtainable(v, decision)
	if decision.Stage != sparksim.Pass {
		if err := c.nominateJobs(v, rule, decision); err != nil {
			return err
		}
		c.nominateStages(v, decision)
		n := c.base.Executors
		for _, executors := range []int{v.Committable, (n + 1) / 2, (3*n + 1) / 2} {
			c.nominateOne(v, policy.Decision{Stage: decision.Stage, Executors: executors})
		}
	}
	// Idle executors of a job are offered again only when one of its stages
	// completes, whoever else arrives: half of the cluster must be at work.
	if 2*cluster.Running() >= v.Executors && cluster.CanPass() {
		c.nominateOne(v, policy.Decision{Stage: sparksim.Pass, Executors: c.base.Executors})
	}
	return nil
}

// obtainable limits a decision's executors to what the stage may get.
func obtainable(v *sparksim.View, d policy.Decision) policy.Decision {
	if d.Stage != sparksim.Pass {
		remaining := int(v.Stages[v.Schedulable[d.Stage]].Remaining)
		d.Executors = max(1, min(d.Executors, remaining, v.Committable))
	}
	return d
}

// nominateOne adds a candidate that is not there yet.
func (c *candidates) nominateOne(v *sparksim.View, d policy.Decision) {
	d = obtainable(v, d)
	same := func(other policy.Decision) bool {
		return other.Stage == d.Stage && (d.Stage == sparksim.Pass || other.Executors == d.Executors)
	}
	if !same(c.base) && !slices.ContainsFunc(c.rivals, func(r rival) bool { return same(r.Decision) }) {
		c.rivals = append(c.rivals, rival{Decision: d})
	}
}

// nominateJobs asks the rule what it would do without the job that it has just
// chosen, again and again. Each answer is also tried with all executors.
func (c *candidates) nominateJobs(v *sparksim.View, rule policy.Rule, d policy.Decision) error {
	c.copyView(v)
	for range otherJobs {
		c.removeJob(c.rest.Schedulable[d.Stage])
		if len(c.rest.Schedulable) == 0 {
			return nil
		}
		var err error
		if d, err = rule.Choose(&c.rest); err != nil {
			return err
		}
		if d.Stage == sparksim.Pass {
			return nil
		}
		place, _ := slices.BinarySearch(v.Schedulable, c.rest.Schedulable[d.Stage])
		c.nominateOne(v, policy.Decision{Stage: place, Executors: d.Executors})
		c.nominateOne(v, policy.Decision{Stage: place, Executors: v.Committable})
	}
	return nil
}

// copyView makes rest equal to a view.
func (c *candidates) copyView(v *sparksim.View) {
	r := &c.rest
	r.Executors, r.Committable, r.Source = v.Executors, v.Committable, v.Source
	r.Jobs, r.Stages, r.Edges = append(r.Jobs[:0], v.Jobs...), append(r.Stages[:0], v.Stages...), append(r.Edges[:0], v.Edges...)
	r.Schedulable = append(r.Schedulable[:0], v.Schedulable...)
}

// removeJob takes the stages of a stage's job out of rest's schedulable ones.
func (c *candidates) removeJob(stage int32) {
	j := jobOf(&c.rest, stage)
	c.rest.Schedulable = slices.DeleteFunc(c.rest.Schedulable, func(s int32) bool {
		if s < j.First || s >= j.End {
			return false
		}
		c.rest.Stages[s].Schedulable = false
		return true
	})
}

// nominateStages adds the first other stages of the decision's job.
func (c *candidates) nominateStages(v *sparksim.View, d policy.Decision) {
	j := jobOf(v, v.Schedulable[d.Stage])
	left := otherStages
	for place, s := range v.Schedulable {
		if left > 0 && place != d.Stage && s >= j.First && s < j.End {
			c.nominateOne(v, policy.Decision{Stage: place, Executors: d.Executors})
			left--
		}
	}
}

// discard drops candidates that cost more by so much in all that was tried.
func (c *candidates) discard(ms float64) {
	c.rivals = slices.DeleteFunc(c.rivals, func(r rival) bool { return r.sum > ms*float64(r.n) })
}

// promise is by how many standard errors a candidate must be better to be tried
// again.
const promise = 0.25

// dismiss keeps the candidates that promise most, at most so many.
func (c *candidates) dismiss(most int) {
	c.rivals = slices.DeleteFunc(c.rivals, func(r rival) bool {
		mean, err := r.estimate()
		return !(mean < -promise*err)
	})
	slices.SortStableFunc(c.rivals, func(a, b rival) int {
		if a.sum < b.sum {
			return -1
		} else if a.sum > b.sum {
			return 1
		}
		return 0
	})
	c.rivals = c.rivals[:min(len(c.rivals), most)]
}

// tieMs is a difference that may come from rounding.
const tieMs = 1e-3

// Gain is how much a decision is better than a rule's, as simulations say.
type Gain struct {
	// Ms is what it saves, in ms of the sum of all completion times, and ErrMs
	// the standard error of that. Both are 0 of the rule's own decision.
	Ms, ErrMs float64
}

// best is the candidate that is better than a decision by so many standard
// errors, and by most; the decision itself if there is none.
func (c *candidates) best(decision policy.Decision, errors float64) (policy.Decision, Gain) {
	var gain Gain
	for i := range c.rivals {
		if mean, err := c.rivals[i].estimate(); mean < -errors*err && -mean > max(gain.Ms, tieMs) {
			decision, gain = c.rivals[i].Decision, Gain{-mean, err}
		}
	}
	return decision, gain
}

// jobOf finds the job of a stage.
func jobOf(v *sparksim.View, stage int32) *sparksim.JobView {
	at, _ := slices.BinarySearchFunc(v.Jobs, stage, func(j sparksim.JobView, s int32) int { return int(j.End) - int(s) - 1 })
	return &v.Jobs[at]
}
