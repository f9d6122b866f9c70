package rl

import "trailblazer/trainer/model"

// Experience is what a collection brought: environment after environment, a
// sequence for each piece of an episode. A piece begins where the episode or the
// collection does, and ends likewise.
type Experience struct {
	// Steps are what the model was shown, T of them. Actions are what was done,
	// Times count from the episode's beginning.
	model.Steps
	// LogProbability is that of what was done, as the model was then, at
	// temperature 1: of a pointer, of stage and executors together. It is nil
	// where an expert may have acted.
	LogProbability []float32
	// Value is the critic's, per step; nil until a critic has read the
	// experience.
	Value []float32
	// Reward is per step, as learned: shaped, cut off and scaled.
	Reward []float32
	// Privileged is what only a critic sees, T × P.
	Privileged []float32
	// Clock is when each step was decided, in the unit of CollectOptions.Clock;
	// nil without one.
	Clock []float64
	// Targets are experts' labels: nil slices where nobody labelled, and a
	// weight of 0 at steps without one.
	Targets model.Targets

	// Environment is each sequence's, and Number that of its episode, which all
	// copies of it share.
	Environment []int32
	Number      []uint64
	// Terminated says of each sequence that its last step brought the episode to
	// its own end, after which nothing follows. Ended says that the episode is
	// over, by that or by a limit of time, where more would have followed (Pardo
	// et al., "Time Limits in Reinforcement Learning", 2018).
	Terminated, Ended []bool
	// After is what was shown after the last step of each sequence that was not
	// terminated, in their order: a sequence of one step for each, without
	// actions. AfterPrivileged is what only a critic sees there.
	After           model.Steps
	AfterPrivileged []float32
	// Bootstrap is the critic's value of what came after each sequence: 0 where
	// it was terminated; nil until a critic has read the experience.
	Bootstrap []float32

	// Episodes are those that have ended, in the order of environments and then
	// of time.
	Episodes []EpisodeResult
}

// Len is the number of steps.
func (e *Experience) Len() int { return len(e.Reward) }

// Sequences is the number of sequences.
func (e *Experience) Sequences() int { return len(e.Environment) }
