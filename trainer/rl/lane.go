package rl

import (
	"trailblazer/trainer/feature"
	"trailblazer/trainer/model"
)

// lane is one environment's part of a collection.
type lane struct {
	// turn counts the episodes that were begun. number is that of the present
	// one, seed what it began with.
	turn, number, seed uint64
	// over says that the environment must be reset before it steps. waiting says
	// that its episode was shorter than others': it plays on, and nothing of that
	// is kept.
	over, waiting bool
	// What the present episode has brought, in the environment's own reward.
	sum    float64
	length int
	record
}

// record is what a lane collects.
type record struct {
	// Of each step: where the shard's log has what was shown, and the rest.
	shown      []moment
	actions    model.Actions
	logp       []float32
	reward     []float32
	privileged []float32
	clock      []float64
	targets    model.Targets
	// shaped is the reward of the step under way where the expert says it.
	shaped float64

	pieces []piece
	// after has the places, in the shard's list, of what followed the pieces that
	// were not terminated.
	after           []int
	afterPrivileged []float32
	results         []EpisodeResult
}

// moment is a row of a shard's log: a step of the collection, and the place
// among those that were decided for.
type moment struct{ step, place int }

// piece is a sequence: the lane's steps up to end.
type piece struct {
	end               int
	number            uint64
	terminated, ended bool
}

// start empties a record and keeps its memory.
func (r *record) start() {
	r.shown, r.logp, r.reward = r.shown[:0], r.logp[:0], r.reward[:0]
	r.privileged, r.clock = r.privileged[:0], r.clock[:0]
	feature.StartActions(&r.actions)
	feature.StartActions(&r.targets.Actions)
	r.targets.Advantage, r.targets.Weight = r.targets.Advantage[:0], r.targets.Weight[:0]
	r.pieces, r.after, r.afterPrivileged, r.results = r.pieces[:0], r.after[:0], r.afterPrivileged[:0], r.results[:0]
}

// open reports whether the last step is in no piece yet.
func (r *record) open() bool {
	return len(r.reward) > 0 && (len(r.pieces) == 0 || r.pieces[len(r.pieces)-1].end < len(r.reward))
}
