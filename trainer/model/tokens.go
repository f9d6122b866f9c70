package model

import (
	"trailblazer/trainer/kernel"
)

// tokens says where the tokens of packed steps lie, and which are where.
type tokens struct {
	*Task
	layout kernel.Layout
	// place is the row of each token that is fresh: not one of the past, which
	// is embedded already. times are their rows in the table of times.
	place, times []int32
	// What follows are places among the fresh tokens. acted lists the actions
	// that tokens of actions show.
	actions, acted                []int32
	conditions, summaries, stages []int32
	state                         [][]int32 // one list for each token of a vector
	executors                     []int32
	// read is the row of each token at which a head is read, readExecutors of
	// those at which the number of executors is.
	read, readExecutors []int32
}

func newTokens(t *Task) *tokens {
	k := &tokens{Task: t}
	k.layout.Context = t.Context
	k.layout.Offsets = []int32{0}
	if t.Encoder.Kind == EncoderVector {
		k.state = make([][]int32, t.Encoder.tokens())
	}
	return k
}

// moment is a step among those of a sequence.
type moment struct {
	step int32 // of the sequence, which attention's context counts
	at   int32 // since positions count from 0
	time int32 // in the episode
}

// token adds a token to the sequence and returns its row.
func (k *tokens) token(m moment, slot int, transient bool) int32 {
	l := &k.layout
	row := int32(len(l.Steps))
	l.Steps = append(l.Steps, m.step)
	l.Positions = append(l.Positions, m.at*int32(k.slots())+int32(slot))
	if k.forgets() {
		l.Transient = append(l.Transient, transient)
	}
	return row
}

// forgets reports whether there are transient tokens: those of stages.
func (k *tokens) forgets() bool {
	return k.Encoder.Kind == EncoderGraph && !k.Encoder.Graph.Kept
}

// fresh adds a token that is to be embedded, and returns its place among them.
func (k *tokens) fresh(m moment, slot int, transient bool) int32 {
	place := int32(len(k.place))
	k.place = append(k.place, k.token(m, slot, transient))
	k.times = append(k.times, max(min(m.time, int32(k.Timesteps)-1), 0))
	return place
}

// step adds the tokens of a step but the executors'. before is the action
// before, an index of actions; -1 stands for none. stages is how many there are
// to point at.
func (k *tokens) step(m moment, before int32, beforeTime int32, stages int) {
	slot := 0
	if k.ActionTokens {
		if before >= 0 {
			then := m
			then.time = beforeTime
			k.actions = append(k.actions, k.fresh(then, slot, false))
			k.acted = append(k.acted, before)
		}
		slot++
	}
	if k.Condition != ConditionNone && !k.ConditionLast {
		k.conditions = append(k.conditions, k.fresh(m, slot, false))
		slot++
	}
	for i := range k.state {
		k.state[i] = append(k.state[i], k.fresh(m, slot, false))
		slot++
	}
	graph := k.Encoder.Kind == EncoderGraph
	if graph && k.Encoder.Graph.Summary {
		k.summaries = append(k.summaries, k.fresh(m, slot, false))
		slot++
	}
	if k.Condition != ConditionNone && k.ConditionLast {
		k.conditions = append(k.conditions, k.fresh(m, slot, false))
		slot++
	}
	for range stages {
		k.stages = append(k.stages, k.fresh(m, slot, true))
		k.read = append(k.read, int32(len(k.layout.Steps))-1)
	}
	if k.Head.Kind != HeadPointer {
		k.read = append(k.read, int32(len(k.layout.Steps))-1)
	}
}

// executor adds the token of the chosen stage.
func (k *tokens) executor(m moment) {
	k.executors = append(k.executors, k.fresh(m, k.slots()-1, true))
	k.readExecutors = append(k.readExecutors, int32(len(k.layout.Steps))-1)
}

// end ends a sequence.
func (k *tokens) end() {
	k.layout.Offsets = append(k.layout.Offsets, int32(len(k.layout.Steps)))
}
