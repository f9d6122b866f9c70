package rl

import "encoding/json"

// Episodes says how the episodes of a run begin, by their numbers from 0. A
// curriculum is one. What it draws depends on nothing but the number and what
// was set before the collection began.
type Episodes interface {
	// Draw returns the seed of an episode, and options of its environment or nil.
	Draw(episode uint64) (seed uint64, options json.RawMessage)
}

// Seeds are episodes whose seeds count from First.
type Seeds struct{ First uint64 }

// Draw implements Episodes.
func (s Seeds) Draw(episode uint64) (uint64, json.RawMessage) { return s.First + episode, nil }

// EpisodeResult is an episode that has ended.
type EpisodeResult struct {
	// Number is the episode's, as Episodes draws it.
	Number uint64
	// Environment played it.
	Environment int
	// Return is the sum of the environment's own rewards.
	Return float64
	// Length is how many steps it had.
	Length int
}
