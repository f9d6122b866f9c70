package ccenv

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"trailblazer/api/env"
	"trailblazer/internal/jsonconfig"
)

// stateVersion begins a saved state. What follows, little-endian: phase, base,
// drawn, next, stride, and unless unstarted episode, number and all actions so
// far. A session follows from its seed and the actions, so restoring plays
// them again: see DESIGN.md.
const stateVersion = 1

const (
	headerSize  = 1 + 1 + 8 + 8 + 8 + 8
	episodeSize = 8 + 8
)

// AppendState implements env.Snapshotter.
func (e *Env) AppendState(dst []byte) []byte {
	le := binary.LittleEndian
	dst = append(dst, stateVersion, byte(e.phase))
	for _, x := range [...]uint64{e.base, e.drawn, uint64(e.next), uint64(e.stride)} {
		dst = le.AppendUint64(dst, x)
	}
	if e.phase == unstarted {
		return dst
	}
	dst = le.AppendUint64(dst, e.episode)
	dst = le.AppendUint64(dst, uint64(e.number))
	for _, x := range e.play.actions {
		dst = le.AppendUint64(dst, math.Float64bits(x))
	}
	return dst
}

// RestoreState implements env.Snapshotter. A state from before the first
// reset shows nothing: the row is left alone.
func (e *Env) RestoreState(state []byte, out *env.Batch, row int) error {
	if e.phase == closed {
		return env.ErrClosed
	}
	restored := Env{factory: e.factory}
	if err := restored.parse(state); err != nil {
		return jsonconfig.Refuse("state", err.Error(), "give the bytes that a snapshot of an equal environment returned")
	}
	*e = restored
	if e.phase != unstarted {
		e.play.show(out, row)
	}
	return nil
}

// parse fills an empty environment from bytes and refuses what no run of this
// factory's environments could have saved.
func (e *Env) parse(b []byte) error {
	le := binary.LittleEndian
	if len(b) < headerSize {
		return errors.New("truncated")
	}
	if b[0] != stateVersion {
		return fmt.Errorf("of version %d", b[0])
	}
	e.phase = phase(b[1])
	e.base, e.drawn = le.Uint64(b[2:]), le.Uint64(b[10:])
	e.next, e.stride = int64(le.Uint64(b[18:])), int64(le.Uint64(b[26:]))
	b = b[headerSize:]
	n := max(int64(e.factory.episodes), 1)
	switch {
	case e.phase > finished:
		return errors.New("in no phase")
	case e.next < 0 || e.next >= n || e.stride < 0 || e.stride >= n:
		return errors.New("before no session of this scenario")
	case e.phase == unstarted && len(b) > 0:
		return errors.New("too long")
	case e.phase == unstarted:
		return nil
	case len(b) < episodeSize:
		return errors.New("truncated")
	}
	e.episode, e.number = le.Uint64(b), int64(le.Uint64(b[8:]))
	if e.number < 0 || e.number >= n {
		return errors.New("in no session of this scenario")
	}
	return e.replay(b[episodeSize:])
}

// replay plays the session up to the end of the actions.
func (e *Env) replay(b []byte) error {
	width := e.factory.actionWidth()
	if len(b)%(8*width) != 0 {
		return errors.New("with part of an action")
	}
	actions := make([]float64, len(b)/8)
	for i := range actions {
		actions[i] = math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:]))
	}
	if err := e.factory.checkAction(actions); err != nil {
		return errors.New("after an action that is no rate")
	}
	if err := e.begin(); err != nil {
		return err
	}
	if len(actions)/width > e.play.lasts {
		return errors.New("of a longer session")
	}
	for ; len(actions) > 0; actions = actions[width:] {
		e.play.step(actions[:width])
	}
	if e.play.over() != (e.phase == finished) {
		return errors.New("finished early or not at all")
	}
	return nil
}
