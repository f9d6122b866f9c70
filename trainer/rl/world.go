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
	// time.
	Experts []env.Expert
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
