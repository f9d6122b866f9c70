package decima

import (
	"math/rand/v2"
	"slices"

	"trailblazer/internal/dense"
	"trailblazer/sparksim"
	"trailblazer/sparksim/policy"
)

// Mode says how scores become a decision.
type Mode int

const (
	// Greedy takes the stage and the number of executors with the highest
	// scores, the first where several have it.
	Greedy Mode = iota
	// Sampled draws both with the probabilities of their softmax.
	Sampled
	// Mean takes the stage with the highest score and the mean number of
	// executors by their softmax, rounded.
	Mean
)

// rule is Decima in one mode. Sampled draws from PCG's stream, which starts
// anew with each episode.
type rule struct {
	mode    Mode
	forward forward
	scores  []float32
	source  rand.PCG
}

// New makes a policy of a network. Policies can share one.
func New(n *Network, mode Mode) policy.Rule {
	return &rule{mode: mode, forward: forward{Network: n}}
}

// Start implements [policy.Rule].
func (r *rule) Start(seed uint64) { r.source.Seed(seed, 0x9e3779b97f4a7c15) }

// Choose implements [policy.Rule]. It passes only where no stage can be chosen.
func (r *rule) Choose(v *sparksim.View) (policy.Decision, error) {
	if len(v.Schedulable) == 0 {
		return policy.Decision{Stage: sparksim.Pass, Executors: max(v.Committable, 1)}, nil
	}
	r.forward.run(v)
	r.scores = r.forward.scoreStages(r.scores[:0], v)
	place := r.stage()
	job := jobOf(v, v.Schedulable[place])
	most := max(1, min(int(v.Jobs[job].Limit), v.Committable))
	r.scores = r.forward.scoreExecutors(r.scores[:0], v, job, most)
	return policy.Decision{Stage: place, Executors: 1 + r.more()}, nil
}

// stage chooses by the scores of stages.
func (r *rule) stage() int {
	if r.mode == Sampled {
		return dense.Draw(r.scores, r.uniform())
	}
	return dense.Largest(r.scores)
}

// more chooses by the scores of numbers of executors, how many beyond the
// first.
func (r *rule) more() int {
	switch r.mode {
	case Sampled:
		return dense.Draw(r.scores, r.uniform())
	case Mean:
		return mean(r.scores)
	}
	return dense.Largest(r.scores)
}

func (r *rule) uniform() float64 { return rand.New(&r.source).Float64() }

// jobOf is the job of a stage.
func jobOf(v *sparksim.View, stage int32) int {
	job, _ := slices.BinarySearchFunc(v.Jobs, stage+1, func(j sparksim.JobView, end int32) int { return int(j.End - end) })
	return job
}
