package rollout

import (
	"fmt"
	"math"

	"trailblazer/api/env"
)

// Actor is a policy in an environment. It gives a policy that plans ahead the
// environment's state.
type Actor struct {
	policy env.Policy
	// planner is the policy and saver the environment if it plans ahead.
	planner env.Planner
	saver   env.Snapshotter
	state   []byte
}

// NewActor puts a policy, whose name serves errors, into an environment.
func NewActor(name string, policy env.Policy, e env.Env) (*Actor, error) {
	a := &Actor{policy: policy}
	var plans, saves bool
	if a.planner, plans = policy.(env.Planner); plans {
		if a.saver, saves = e.(env.Snapshotter); !saves {
			return nil, fmt.Errorf("policy %s plans ahead, which takes an environment whose state can be saved: %s has no snapshots", name, e.Spec().ID)
		}
	}
	return a, nil
}

// Reset begins an episode.
func (a *Actor) Reset(seed uint64) { a.policy.Reset(seed) }

// Act lets the policy choose an action for what the environment shows now.
func (a *Actor) Act(shown *env.Batch, row int, action env.Arrays) error {
	if a.planner == nil {
		return a.policy.Act(shown, row, action)
	}
	a.state = a.saver.AppendState(a.state[:0])
	return a.planner.Plan(a.state, shown, row, action)
}

// Took tells a policy that looks back on what was done that it was another action
// than it chose for what the environment shows.
func (a *Actor) Took(shown *env.Batch, row int, action env.Arrays) error {
	if follower, ok := a.policy.(env.Follower); ok {
		return follower.Took(shown, row, action)
	}
	return nil
}

// End shows a policy that wants to know how the episode ended.
func (a *Actor) End(shown *env.Batch, row int) error {
	if ender, ok := a.policy.(env.EpisodeEnder); ok {
		return ender.EndEpisode(shown, row)
	}
	return nil
}

// EpisodeSeed is what episode k is reset with: seed+k, and in a scenario of
// fixed order k, so that it is the scenario's own.
func EpisodeSeed(spec *env.Spec, seed uint64, k int) uint64 {
	if spec.Episodes > 0 {
		return uint64(k)
	}
	return seed + uint64(k)
}

// Label implements [env.Expert]: what the policy would do in another's place,
// and what it knows of values where it is an expert itself.
func (a *Actor) Label(shown *env.Batch, row int, action env.Arrays) (value float64, advantage []float64, err error) {
	if expert, ok := a.policy.(env.Expert); ok && a.planner == nil {
		return expert.Label(shown, row, action)
	}
	return math.NaN(), nil, a.Act(shown, row, action)
}

// Weight implements [env.Weigher]: 1 where the policy does not know.
func (a *Actor) Weight() float64 {
	if weigher, ok := a.policy.(env.Weigher); ok {
		return weigher.Weight()
	}
	return 1
}
