package abrenv

import (
	"encoding/json"
	"fmt"
	"strconv"

	"trailblazer/abrsim"
	"trailblazer/datasets/trace"
	"trailblazer/internal/jsonconfig"
)

// Layout is the form of observations.
type Layout string

// The layouts; the empty one means the matrix.
const (
	LayoutMatrix Layout = "matrix"
	LayoutDict   Layout = "dict"
)

// FirstChunk says who chooses the level of the first chunk.
type FirstChunk string

// The empty FirstChunk means the agent.
const (
	FirstByAgent FirstChunk = "agent"
	// FirstForced downloads chunk 0 at the player's initial level in reset.
	FirstForced FirstChunk = "forced"
)

// Selection says which trace and start point an episode gets.
type Selection string

// The empty Selection means random.
const (
	// SelectRandom draws video, trace and start point from the environment's
	// random stream.
	SelectRandom Selection = "random"
	// SelectSequential plays every trace from its start pointer, in order.
	SelectSequential Selection = "sequential"
)

// DefaultHistory is how many chunks an observation looks back.
const DefaultHistory = 6

// defaultHistory is the history of a config that sets none.
func defaultHistory(levels int) int { return max(DefaultHistory, levels) }

// MaxHistory bounds what an environment has to remember.
const MaxHistory = 1024

// Config is everything about the environment that a user may set. The zero
// value is useful: Pensieve's player without the reference's quirks, random
// traces and starts.
type Config struct {
	// Player are the rules of play, noise included.
	Player abrsim.Config `json:"player"`
	// QoE is the metric that rewards a chunk.
	QoE abrsim.QoEConfig `json:"qoe"`
	// Observation is what an agent sees.
	Observation ObservationConfig `json:"observation"`
	// FirstChunk is "agent" (or empty) or "forced".
	FirstChunk FirstChunk `json:"first_chunk"`
	// Selection is "random" (or empty) or "sequential".
	Selection Selection `json:"selection"`
	// MaxSteps truncates longer episodes. 0 means no limit.
	MaxSteps int `json:"max_steps"`
	// SkipDead lets a random selection draw again where even the lowest level
	// throughout would bring a negative sum of rewards. Such starts, on links
	// that are dead for minutes, are a few in a hundred of the FCC's, and
	// outweigh all others in a mean that an agent learns from.
	SkipDead bool `json:"skip_dead"`
	// Future shows what the link will carry to critics.
	Future FutureConfig `json:"future"`
	// Randomise adds videos and links like those that there are.
	Randomise RandomiseConfig `json:"randomise"`
	// Generator adds generated traces.
	Generator GeneratorConfig `json:"generator"`
	// Traces replace the scenario's.
	Traces []trace.Trace `json:"traces"`
	// StartPointers, one per trace, replace the scenario's in a sequential
	// selection; see [abrsim.Link.AtPointer]. Own traces without pointers
	// start at 1, the beginning.
	StartPointers []int `json:"start_pointers"`
	// Videos replace the scenario's. All must have as many levels. A random
	// selection draws one for each episode; a sequential one plays every
	// trace with the first, then every trace with the second, and so on.
	Videos []trace.Video `json:"videos"`
}

// ObservationConfig is the form of observations.
type ObservationConfig struct {
	// Layout is "matrix" (or empty) or "dict".
	Layout Layout `json:"layout"`
	// History is how many chunks it looks back. 0 means 6, or the number of
	// levels if that is more. A matrix needs at least one column per level.
	History int `json:"history"`
}

// WithDefaults spells out every setting that c leaves open, except those that
// depend on the video: history and chunks.
func (c Config) WithDefaults() Config {
	c.Player = c.Player.WithDefaults()
	c.QoE = c.QoE.WithDefaults()
	if c.Observation.Layout == "" {
		c.Observation.Layout = LayoutMatrix
	}
	if c.FirstChunk == "" {
		c.FirstChunk = FirstByAgent
	}
	if c.Selection == "" {
		c.Selection = SelectRandom
	}
	c.Randomise, c.Generator = c.Randomise.withDefaults(), c.Generator.withDefaults()
	return c
}

// JSON writes the configuration with every field in it, also those that
// encoding/json would omit: configurations that are equal have equal bytes.
func (c Config) JSON() json.RawMessage { return jsonconfig.Encode(c) }

// Validate reports the first setting that is out of range as an
// *env.FieldError. What depends on traces and videos that the config does not
// hold is checked when a [Factory] is made.
func (c Config) Validate() error {
	c = c.WithDefaults()
	if err := c.Player.Validate(); err != nil {
		return fieldError("config.player", err)
	}
	if err := c.QoE.Validate(); err != nil {
		return fieldError("config.qoe", err)
	}
	switch o := c.Observation; {
	case o.Layout != LayoutMatrix && o.Layout != LayoutDict:
		return jsonconfig.Refuse("config.observation.layout", jsonconfig.Quote(o.Layout), `give "matrix" or "dict"`)
	case o.History < 0 || o.History > MaxHistory:
		return jsonconfig.Refuse("config.observation.history", strconv.Itoa(o.History), fmt.Sprintf("give 1 to %d chunks, or 0 for the default", MaxHistory))
	case c.FirstChunk != FirstByAgent && c.FirstChunk != FirstForced:
		return jsonconfig.Refuse("config.first_chunk", jsonconfig.Quote(c.FirstChunk), `give "agent" or "forced"`)
	case c.Selection != SelectRandom && c.Selection != SelectSequential:
		return jsonconfig.Refuse("config.selection", jsonconfig.Quote(c.Selection), `give "random" or "sequential"`)
	case c.MaxSteps < 0:
		return jsonconfig.Refuse("config.max_steps", strconv.Itoa(c.MaxSteps), "give a number of steps, or 0 for no limit")
	case len(c.StartPointers) > 0 && c.Selection == SelectRandom:
		return jsonconfig.Refuse("config.start_pointers", fmt.Sprintf("%d long", len(c.StartPointers)), `leave it out, or set selection to "sequential": a random selection draws its start points`)
	case c.SkipDead && c.Selection == SelectSequential:
		return jsonconfig.Refuse("config.skip_dead", "true", `set it to false, or selection to "random": a sequential selection plays every trace`)
	}
	for _, err := range []error{c.Future.validate(), c.Randomise.validate(), c.Generator.validate()} {
		if err != nil {
			return err
		}
	}
	for i := range c.Traces {
		if err := c.Traces[i].Validate(); err != nil {
			return fieldError(fmt.Sprintf("config.traces[%d]", i), err)
		}
	}
	for i := range c.Videos {
		if err := c.Videos[i].Validate(); err != nil {
			return fieldError(fmt.Sprintf("config.videos[%d]", i), err)
		}
	}
	return nil
}
