package genet

import (
	"fmt"
	"math/rand/v2"

	"trailblazer/abrsim/policy"
	"trailblazer/api/env"
	"trailblazer/internal/dense"
)

// Mode says how scores become a decision.
type Mode int

const (
	// Greedy takes the move with the highest score, the first where several
	// have it.
	Greedy Mode = iota
	// Sampled draws a move with the probabilities of their softmax. The
	// reference draws with a thousandth's resolution.
	Sampled
)

// rule is Genet in one mode. Sampled draws from PCG's stream, which starts
// anew with each video.
type rule struct {
	network *Network
	mode    Mode
	source  rand.PCG
	view    view
}

// New makes a policy of a network. Policies can share one.
func New(n *Network, mode Mode) policy.Rule { return &rule{network: n, mode: mode} }

// Check implements [policy.Checker].
func (r *rule) Check(v *policy.Video) error {
	if v.Levels() == levels {
		return nil
	}
	return &env.FieldError{Field: "policy",
		Value:  fmt.Sprintf("%q, whose network knows ladders of %d levels, for one of %d", Descriptions()[r.mode].Name, levels, v.Levels()),
		Remedy: fmt.Sprintf("play videos of %d levels, or choose a policy for any ladder, such as mpc-tuned", levels)}
}

// Start implements [policy.Rule].
func (r *rule) Start(v *policy.Video, seed uint64) error {
	if err := r.Check(v); err != nil {
		return err
	}
	r.view.begin(v)
	r.source.Seed(seed, 0x9e3779b97f4a7c15)
	return nil
}

// Choose implements [policy.Rule]. Before the first chunk nothing is known, and
// the reference does not ask: the answer is the lowest level.
func (r *rule) Choose(now *policy.View) (int, error) {
	if now.DelayMs == 0 {
		return 0, nil
	}
	r.view.look(now)
	scores := r.network.score(&r.view.inputs)
	return moved(now.LastLevel, r.move(&scores)), nil
}

// moved is the level after a move: 0 is down, 2 up.
func moved(level, move int) int { return min(max(level+move-1, 0), levels-1) }

func (r *rule) move(scores *[moves]float32) int {
	if r.mode == Sampled {
		return dense.Draw(scores[:], rand.New(&r.source).Float64())
	}
	return dense.Largest(scores[:])
}
