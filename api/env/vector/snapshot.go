package vector

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"trailblazer/api/env"
)

// A snapshot is snapshotMagic, the mode, the content hash and the number of
// environments (lengths as uvarints), a phase for each environment, and each
// environment's own state behind its length.
const snapshotMagic = "TBVEC1"

// Snapshot implements env.Vector.
func (v *Local) Snapshot() ([]byte, error) {
	if v.closed {
		return nil, env.ErrClosed
	}
	state := append([]byte(snapshotMagic), byte(v.mode))
	state = appendBytes(state, []byte(v.spec.ContentHash))
	state = binary.AppendUvarint(state, uint64(len(v.envs)))
	for _, p := range v.state {
		state = append(state, byte(p))
	}
	var one []byte
	for _, e := range v.envs {
		s, ok := e.(env.Snapshotter)
		if !ok {
			return nil, env.ErrNoSnapshot
		}
		one = s.AppendState(one[:0])
		state = appendBytes(state, one)
	}
	return state, nil
}

// AppendEnvState implements env.Recordable.
func (v *Local) AppendEnvState(dst []byte, i int) ([]byte, error) {
	if v.closed {
		return dst, env.ErrClosed
	}
	s, ok := v.envs[i].(env.Snapshotter)
	if !ok {
		return dst, env.ErrNoSnapshot
	}
	return s.AppendState(dst), nil
}

// Running implements env.Recordable.
func (v *Local) Running(i int) bool { return v.state[i] == running }

// Restore implements env.Vector.
func (v *Local) Restore(state []byte) (*env.Batch, error) {
	out := v.buffer()
	if err := v.RestoreInto(state, &out.Batch); err != nil {
		return nil, err
	}
	return &out.Batch, nil
}

// RestoreInto is Restore with an output of the caller's.
func (v *Local) RestoreInto(state []byte, out *env.Batch) error {
	if v.closed {
		return env.ErrClosed
	}
	phases, states, err := v.parse(state)
	if err != nil {
		return err
	}
	before, err := v.Snapshot()
	if err != nil {
		return err
	}
	if err := v.restore(phases, states, out); err != nil {
		oldPhases, oldStates, parseErr := v.parse(before)
		if parseErr == nil {
			parseErr = v.restore(oldPhases, oldStates, out)
		}
		if parseErr != nil {
			return errors.Join(err, fmt.Errorf("going back failed too: %w", parseErr))
		}
		return err
	}
	return nil
}

func (v *Local) restore(phases []phase, states [][]byte, out *env.Batch) error {
	for i, e := range v.envs {
		s, ok := e.(env.Snapshotter)
		if !ok {
			return env.ErrNoSnapshot
		}
		if err := s.RestoreState(states[i], out, i); err != nil {
			return refused(fmt.Sprintf("not a state of environment %d (%v)", i, err))
		}
		out.Reward[i], out.Terminated[i], out.Truncated[i] = 0, false, false
	}
	copy(v.state, phases)
	return nil
}

// Fork implements env.Vector.
func (v *Local) Fork(environments []int) (env.Vector, error) {
	fork, err := v.ForkLocal(environments)
	if err != nil {
		return nil, err // A nil *Local would not be a nil Vector.
	}
	return fork, nil
}

// ForkLocal is Fork with a result of this package's type.
func (v *Local) ForkLocal(environments []int) (*Local, error) {
	if v.closed {
		return nil, env.ErrClosed
	}
	if environments == nil {
		environments = make([]int, len(v.envs))
		for i := range environments {
			environments[i] = i
		}
	}
	for k, i := range environments {
		if i < 0 || i >= len(v.envs) {
			return nil, &env.FieldError{Field: fmt.Sprintf("environments[%d]", k), Value: fmt.Sprint(i), Remedy: fmt.Sprintf("give a number from 0 to %d", len(v.envs)-1)}
		}
		if _, ok := v.envs[i].(env.Snapshotter); !ok {
			return nil, env.ErrNoSnapshot
		}
	}
	fork, err := New(v.factory, len(environments), v.mode, v.pool)
	if err != nil {
		return nil, err
	}
	scratch := env.NewBatch(v.spec, 1)
	var state []byte
	for k, i := range environments {
		state = v.envs[i].(env.Snapshotter).AppendState(state[:0])
		if err := fork.envs[k].(env.Snapshotter).RestoreState(state, scratch, 0); err != nil {
			fork.Close()
			return nil, fmt.Errorf("copy environment %d: %w", i, err)
		}
		fork.state[k] = v.state[i]
	}
	return fork, nil
}

// parse splits a snapshot and refuses one that is not this vector's.
func (v *Local) parse(state []byte) ([]phase, [][]byte, error) {
	rest, ok := bytes.CutPrefix(state, []byte(snapshotMagic))
	if !ok || len(rest) == 0 {
		return nil, nil, refused("no snapshot")
	}
	if mode := env.AutoresetMode(rest[0]); mode != v.mode {
		return nil, nil, refused(fmt.Sprintf("of a vector with autoreset mode %v; this one has %v", mode, v.mode))
	}
	hash, rest, ok := cutBytes(rest[1:])
	if !ok {
		return nil, nil, refused("truncated")
	}
	if string(hash) != v.spec.ContentHash {
		return nil, nil, refused(fmt.Sprintf("of content %.12q; this session has %.12q", hash, v.spec.ContentHash))
	}
	n, size := binary.Uvarint(rest)
	if size <= 0 || n != uint64(len(v.envs)) {
		return nil, nil, refused(fmt.Sprintf("of %d environments; this session has %d", n, len(v.envs)))
	}
	rest = rest[size:]
	if len(rest) < len(v.envs) {
		return nil, nil, refused("truncated")
	}
	phases := make([]phase, len(v.envs))
	for i := range phases {
		if phases[i] = phase(rest[i]); phases[i] > finished {
			return nil, nil, refused("corrupt")
		}
	}
	rest = rest[len(v.envs):]
	states := make([][]byte, len(v.envs))
	for i := range states {
		if states[i], rest, ok = cutBytes(rest); !ok {
			return nil, nil, refused("truncated")
		}
	}
	if len(rest) != 0 {
		return nil, nil, refused("too long")
	}
	return phases, states, nil
}

func refused(what string) error {
	return &env.FieldError{Field: "state", Value: what, Remedy: "give the bytes that a snapshot of an equal vector returned"}
}

func appendBytes(dst, b []byte) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(b))), b...)
}

func cutBytes(b []byte) (first, rest []byte, ok bool) {
	n, size := binary.Uvarint(b)
	if size <= 0 || n > uint64(len(b)-size) {
		return nil, nil, false
	}
	b = b[size:]
	return b[:n:n], b[n:], true
}
