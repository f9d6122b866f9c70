package rl

import (
	"fmt"
	"strconv"

	"trailblazer/api/env"
)

// World is environments to play in.
type World struct {
	// Vector is in the mode env.Disabled. It may live here or on a server:
	// nothing but its methods are called.
	Vector env.Vector
	// Experts label the states that the environments come through: nil, or one
	// for each environment. Those of different environments label at the same
	// time. An [env.Weigher] says how much its labels weigh, and a [Follower] is
	// told what was done.
	Experts []env.Expert
	// LookBack says that experts go by more of an episode than its seed and what
	// is shown at the moment: they are asked at every step then, also about those
	// whose label is not learned. What they remember is in no state.
	LookBack bool
}

// Validate reports what can't be played.
func (w *World) Validate() error {
	switch {
	case w.Vector == nil:
		return &env.FieldError{Field: "world.vector", Value: "none", Remedy: "give environments to play in"}
	case w.Vector.Len() == 0:
		return &env.FieldError{Field: "world.vector", Value: "empty", Remedy: "give at least one environment"}
	case w.Vector.Autoreset() != env.Disabled:
		return &env.FieldError{Field: "world.vector", Value: fmt.Sprintf("in the mode %s", w.Vector.Autoreset()),
			Remedy: "make it in the mode " + env.Disabled.String() + ": whoever collects says how episodes begin"}
	case w.Experts != nil && len(w.Experts) != w.Vector.Len():
		return &env.FieldError{Field: "world.experts", Value: strconv.Itoa(len(w.Experts)),
			Remedy: fmt.Sprintf("give one for each of the %d environments, or none", w.Vector.Len())}
	}
	return nil
}

// Follower is an expert that looks back on what others do in its place.
type Follower interface {
	// Took says what was done in the state that the expert has labelled last.
	Took(shown *env.Batch, row int, action env.Arrays) error
	// End shows how the episode ended.
	End(shown *env.Batch, row int) error
}
