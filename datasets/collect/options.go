package collect

import (
	"errors"
	"fmt"
	"runtime"
	"strconv"

	"trailblazer/api/env"
	"trailblazer/datasets/traj"
	"trailblazer/internal/rollout"
)

// Mix says who plays an episode.
type Mix string

// The mixes; the empty one is Each.
const (
	// Each has every policy play every episode: the same seeds for all.
	Each Mix = "each"
	// Draw draws one policy for each episode.
	Draw Mix = "draw"
)

// Options say what is to be collected.
type Options struct {
	Policies []string
	// Weights are the odds of the policies, one for each, where one is drawn
	// or takes over; none stands for equal odds.
	Weights []float64
	Mix     Mix
	// Episodes is how many each policy plays, or with Draw all together.
	Episodes int
	// Seed is s of the package comment.
	Seed uint64
	// Switch is the probability that another policy takes over before a step,
	// but for an episode's first. All policies see every step.
	Switch float64
	// Epsilon is the probability that a step explores.
	Epsilon float64
	// Expert labels the states; nil for nobody.
	Expert *Expert
	// Workers is how many episodes are played at once; 0 stands for one per
	// core.
	Workers int
	// Append lets a data set have episodes that others have collected.
	Append bool
	// Reference says what normalised scores are made with.
	Reference Reference
	// Writer says how the data set is written. References are measured beside
	// those that it has.
	Writer traj.WriterOptions
	// Progress is called from one goroutine after every episode that is kept;
	// it may be nil.
	Progress func(Progress)
}

// Expert makes experts that label what an environment shows.
type Expert struct {
	// Labels says who it is and what it tells beside an action.
	Labels traj.Labels
	// Remembers says that it carries something from episode to episode.
	Remembers bool
	// New makes one for an environment.
	New func(e env.Env) (env.Expert, error)
}

// Reference asks for the mean returns of two policies over the first episodes
// that are collected.
type Reference struct {
	Floor, Best string
	// Episodes is how many, and as many as are collected at most; 0 measures
	// nothing.
	Episodes int
	// Source, where set, is what they play instead: the same scenario, with the
	// settings that let them do all they can.
	Source rollout.Source
}

// Progress says how far a run is.
type Progress struct {
	// Done counts episodes that are kept, those of earlier runs included.
	Done, Total int
	// Steps counts those of this run.
	Steps int
}

// withDefaults spells out what is left open, or reports what is out of range.
func (o Options) withDefaults() (Options, error) {
	refuse := func(field, value, remedy string) error {
		return &env.FieldError{Field: field, Value: value, Remedy: remedy}
	}
	if o.Mix == "" {
		o.Mix = Each
	}
	if o.Workers == 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	switch {
	case len(o.Policies) == 0:
		return o, errors.New("no policies: name at least one")
	case o.Mix != Each && o.Mix != Draw:
		return o, refuse("mix", strconv.Quote(string(o.Mix)), `give "each" or "draw"`)
	case o.Workers < 0:
		return o, refuse("workers", strconv.Itoa(o.Workers), "give a positive number, or 0 for one per core")
	case o.Episodes < 1:
		return o, refuse("episodes", strconv.Itoa(o.Episodes), "give a positive number")
	case !(o.Switch >= 0 && o.Switch <= 1):
		return o, refuse("switch", fmt.Sprint(o.Switch), "give a probability from 0 to 1")
	case !(o.Epsilon >= 0 && o.Epsilon <= 1):
		return o, refuse("epsilon", fmt.Sprint(o.Epsilon), "give a probability from 0 to 1")
	case o.Switch > 0 && len(o.Policies) == 1:
		return o, refuse("switch", fmt.Sprint(o.Switch), "name a second policy that can take over, or leave it out")
	case len(o.Weights) != 0 && len(o.Weights) != len(o.Policies):
		return o, refuse("weights", fmt.Sprintf("%d long", len(o.Weights)), fmt.Sprintf("give one for each of the %d policies", len(o.Policies)))
	case o.Reference.Episodes < 0:
		return o, refuse("reference episodes", strconv.Itoa(o.Reference.Episodes), "give a positive number, or 0 for no reference scores")
	}
	for i, w := range o.Weights {
		if !(w > 0 && w < 1e9) {
			return o, refuse(fmt.Sprintf("weights[%d]", i), fmt.Sprint(w), "give a positive number")
		}
	}
	for i, name := range o.Policies {
		for _, other := range o.Policies[:i] {
			if name == other {
				return o, refuse("policies", fmt.Sprintf("%q, twice", name), "name each once, and give weights for more of one")
			}
		}
	}
	return o, nil
}
