package rl

import (
	"encoding/json"
	"fmt"

	"trailblazer/api/env"
)

// collectorState is what State saves, as JSON.
type collectorState struct {
	Lanes []laneState `json:"lanes"`
	// Vector is its snapshot; none where no episode goes on.
	Vector []byte `json:"vector,omitempty"`
}

type laneState struct {
	Turn    uint64        `json:"turn"`
	Episode *episodeState `json:"episode,omitempty"`
}

// episodeState is an episode that goes on in the next collection.
type episodeState struct {
	Number uint64  `json:"number"`
	Seed   uint64  `json:"seed"`
	Sum    float64 `json:"sum"`
	Length int     `json:"length"`
	Time   int32   `json:"time"`
	Goal   float64 `json:"goal"`
	Random []byte  `json:"random"`
}

// State is all that the collections to come depend on beside weights and options,
// between two collections: a collector with this state goes on to the same bits.
// Of experts that look back (World.LookBack) it has nothing: they begin anew in the
// middle of an episode. The error is env.ErrNoSnapshot where environments that go
// on can't be saved.
func (c *Collector) State() ([]byte, error) {
	if c.broken != nil {
		return nil, fmt.Errorf("a collection failed, after which there is no state to go on from: %w", c.broken)
	}
	state := collectorState{Lanes: make([]laneState, len(c.lanes))}
	goes := false
	for i := range c.lanes {
		l := &c.lanes[i]
		state.Lanes[i].Turn = l.turn
		if l.over || l.waiting {
			continue
		}
		seat := c.actor.seat(i)
		random, err := seat.pcg.MarshalBinary()
		if err != nil {
			return nil, err
		}
		state.Lanes[i].Episode = &episodeState{Number: l.number, Seed: l.seed, Sum: l.sum, Length: l.length, Time: seat.time, Goal: seat.goal, Random: random}
		goes = true
	}
	if goes {
		snapshot, err := c.world.Vector.Snapshot()
		if err != nil {
			return nil, fmt.Errorf("environments in the middle of episodes could not be saved; collect whole episodes (steps 0) where they have no snapshots: %w", err)
		}
		state.Vector = snapshot
	}
	return json.Marshal(&state)
}

// SetState goes on from a state of a collector of as many environments. After an
// error the collector is of no use, but for another SetState.
func (c *Collector) SetState(raw []byte) error {
	var state collectorState
	if err := json.Unmarshal(raw, &state); err != nil {
		return refuseState("not readable: " + err.Error())
	}
	if len(state.Lanes) != len(c.lanes) {
		return refuseState(fmt.Sprintf("of %d environments, here are %d", len(state.Lanes), len(c.lanes)))
	}
	err := c.restore(&state)
	c.broken = err
	return err
}

func (c *Collector) restore(state *collectorState) error {
	for i := range c.lanes {
		kept := &state.Lanes[i]
		c.lanes[i] = lane{turn: kept.Turn, over: true, record: c.lanes[i].record}
		e := kept.Episode
		if e == nil {
			continue
		}
		if state.Vector == nil {
			return refuseState("without its environments")
		}
		l := &c.lanes[i]
		l.number, l.seed = e.Number, e.Seed
		c.prepare(i, e.Seed)
		l.sum, l.length, l.over = e.Sum, e.Length, false
		seat := c.actor.seat(i)
		seat.time, seat.goal = e.Time, e.Goal
		if err := seat.pcg.UnmarshalBinary(e.Random); err != nil {
			return refuseState(fmt.Sprintf("with random numbers of environment %d that are none: %v", i, err))
		}
	}
	if state.Vector == nil {
		return nil
	}
	shown, err := c.world.Vector.Restore(state.Vector)
	if err != nil {
		return fmt.Errorf("the environments could not go on from where they were saved: %w", err)
	}
	c.shown = shown
	return nil
}

func refuseState(value string) error {
	return &env.FieldError{Field: "collector state", Value: value, Remedy: "go on with a state that a collector of the same config has saved"}
}
