package sparkenv

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"trailblazer/api/env"
	"trailblazer/internal/jsonconfig"
	"trailblazer/internal/splitmix"
	"trailblazer/sparksim"
)

// stateVersion begins a saved state. What follows, little-endian: phase, base,
// drawn, and unless unstarted sequence, the stream of durations, the time
// limit, steps, the last reward and the cluster's state. The jobs follow from
// their seed.
const stateVersion = 1

const (
	headerSize  = 1 + 1 + 8 + 8
	episodeSize = 8 + 8 + 8 + 8 + 3*8
)

// AppendState implements env.Snapshotter.
func (e *Env) AppendState(dst []byte) []byte {
	le := binary.LittleEndian
	dst = append(dst, stateVersion, byte(e.phase))
	dst = le.AppendUint64(dst, e.base)
	dst = le.AppendUint64(dst, e.drawn)
	if e.phase == unstarted {
		return dst
	}
	dst = le.AppendUint64(dst, e.sequence)
	dst = le.AppendUint64(dst, e.durations.State)
	dst = le.AppendUint64(dst, math.Float64bits(e.limitMs))
	dst = le.AppendUint64(dst, uint64(e.steps))
	for _, x := range []float64{e.reward.Total, e.reward.Running, e.reward.Waiting} {
		dst = le.AppendUint64(dst, math.Float64bits(x))
	}
	return e.cluster.AppendState(dst)
}

// RestoreState implements env.Snapshotter. A state from before the first
// reset shows nothing: the row is left alone.
func (e *Env) RestoreState(state []byte, out *env.Batch, row int) error {
	if e.phase == closed {
		return env.ErrClosed
	}
	if err := e.restore(state); err != nil {
		return err
	}
	if e.phase != unstarted {
		e.show(out, row)
	}
	return nil
}

func (e *Env) restore(state []byte) error {
	restored := Env{factory: e.factory}
	if err := restored.parse(state, e); err != nil {
		return jsonconfig.Refuse("state", err.Error(), "give the bytes that a snapshot of an equal environment returned")
	}
	restored.view = e.view
	*e = restored
	// The cluster draws from the stream in place.
	e.cluster.SetStream(&e.durations)
	return nil
}

// parse fills an empty environment from bytes and refuses what no run of this
// factory's environments could have saved. It takes over the other's cluster,
// which it changes only where all is well, and its jobs where they are the
// same.
func (e *Env) parse(b []byte, into *Env) error {
	le := binary.LittleEndian
	if len(b) < headerSize {
		return errors.New("truncated")
	}
	if b[0] != stateVersion {
		return fmt.Errorf("of version %d", b[0])
	}
	e.phase, e.cluster = phase(b[1]), into.cluster
	e.base, e.drawn = le.Uint64(b[2:]), le.Uint64(b[10:])
	b = b[headerSize:]
	switch {
	case e.phase > finished:
		return errors.New("in no phase")
	case e.phase == unstarted && len(b) > 0:
		return errors.New("too long")
	case e.phase == unstarted:
		return nil
	case len(b) < episodeSize:
		return errors.New("truncated")
	}
	number := func(at int) float64 { return math.Float64frombits(le.Uint64(b[8*at:])) }
	e.sequence, e.durations = le.Uint64(b), splitmix.Stream{State: le.Uint64(b[8:])}
	e.limitMs, e.steps = number(2), int(le.Uint64(b[24:]))
	e.reward = sparksim.Reward{Total: number(4), Running: number(5), Waiting: number(6)}
	if err := e.check(); err != nil {
		return err
	}
	if into.phase != unstarted && into.sequence == e.sequence {
		e.arrivals, e.boundS = into.arrivals, into.boundS
	} else {
		e.deal()
	}
	return e.cluster.RestoreState(b[episodeSize:], e.arrivals, &e.durations, func(restored *sparksim.Cluster) error {
		if e.over(restored) != (e.phase == finished) {
			return errors.New("finished early or not at all")
		}
		return nil
	})
}

// check checks the numbers of an episode.
func (e *Env) check() error {
	c := &e.factory.config
	switch {
	case !(e.limitMs >= 0): // Any other may have been chosen in reset.
		return errors.New("with an impossible time limit")
	case e.steps < 0 || c.MaxSteps > 0 && e.steps > c.MaxSteps:
		return errors.New("of a longer episode")
	case !(e.reward.Running <= 0 && e.reward.Waiting <= 0 && !math.IsInf(e.reward.Total, 0)):
		return errors.New("after an impossible reward")
	}
	return nil
}
