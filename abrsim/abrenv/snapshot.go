package abrenv

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"trailblazer/abrsim"
	"trailblazer/api/env"
	"trailblazer/internal/jsonconfig"
)

// stateVersion begins a saved state. What follows, little-endian: phase,
// episode, next, stride, trace, video, steps, the random stream, and unless unstarted
// the player's state, the last download and the layout's memory.
const stateVersion = 1

const (
	pcgSize    = 20
	headerSize = 1 + 1 + 8 + 8 + 8 + 4 + 4 + 4 + pcgSize
	lastSize   = 8 + 8 + 8 + 4
)

// AppendState implements env.Snapshotter.
func (e *Env) AppendState(dst []byte) []byte {
	le := binary.LittleEndian
	dst = append(dst, stateVersion, byte(e.phase))
	dst = le.AppendUint64(dst, uint64(e.episode))
	dst = le.AppendUint64(dst, uint64(e.next))
	dst = le.AppendUint64(dst, uint64(e.stride))
	dst = le.AppendUint32(dst, uint32(e.trace))
	dst = le.AppendUint32(dst, uint32(e.video))
	dst = le.AppendUint32(dst, uint32(e.steps))
	dst, _ = e.random.pcg.AppendBinary(dst)
	if e.world == nil {
		return dst
	}
	dst, _ = e.state.AppendBinary(dst)
	for _, x := range []float64{e.last.DelayMs, e.last.SleepMs, e.last.RebufferS} {
		dst = le.AppendUint64(dst, math.Float64bits(x))
	}
	dst = le.AppendUint32(dst, uint32(e.last.LastLevel))
	for _, x := range e.memory {
		dst = le.AppendUint32(dst, math.Float32bits(x))
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
	if restored.world == nil {
		restored.memory = e.memory
	}
	*e = restored
	if e.world != nil {
		e.show(out, row)
	}
	return nil
}

// parse fills an empty environment from bytes and refuses what no run of
// this factory's environments could have saved.
func (e *Env) parse(b []byte) error {
	le := binary.LittleEndian
	if len(b) < headerSize {
		return errors.New("truncated")
	}
	if b[0] != stateVersion {
		return fmt.Errorf("of version %d", b[0])
	}
	e.phase = phase(b[1])
	e.episode, e.next, e.stride = int64(le.Uint64(b[2:])), int64(le.Uint64(b[10:])), int64(le.Uint64(b[18:]))
	e.trace, e.video, e.steps = int32(le.Uint32(b[26:])), int32(le.Uint32(b[30:])), int32(le.Uint32(b[34:]))
	if err := e.random.pcg.UnmarshalBinary(b[38:headerSize]); err != nil {
		return errors.New("without a random stream")
	}
	b = b[headerSize:]
	if err := e.checkPlace(); err != nil {
		return err
	}
	if e.phase == unstarted {
		if len(b) != 0 {
			return errors.New("too long")
		}
		return nil
	}
	return e.parsePlayback(b)
}

// checkPlace checks which episode is played and which comes next.
func (e *Env) checkPlace() error {
	f := e.factory
	n := int64(len(f.episodes))
	switch {
	case e.phase > finished:
		return errors.New("in no phase")
	case uint32(e.trace) >= uint32(len(f.data.Traces)) || uint32(e.video) >= uint32(len(f.data.Videos)):
		return errors.New("on no trace or video of this environment")
	case e.next < 0 || e.next >= max(n, 1) || e.stride < 0 || e.stride >= max(n, 1):
		return errors.New("before no episode of this environment")
	case e.episode < -1 || e.episode >= n && e.phase != unstarted:
		return errors.New("in no episode of this environment")
	case e.phase == unstarted && (e.episode != 0 || e.trace != 0 || e.video != 0 || e.steps != 0):
		return errors.New("in an episode before the first")
	case e.steps < 0 || e.steps > f.maxSteps:
		return errors.New("of a longer episode")
	}
	if e.episode >= 0 && e.phase != unstarted {
		if episode := f.episodes[e.episode]; int(e.trace) != episode.Trace || int(e.video) != episode.Video {
			return errors.New("of another episode")
		}
	}
	return nil
}

func (e *Env) parsePlayback(b []byte) error {
	f, le := e.factory, binary.LittleEndian
	if want := abrsim.StateSize + lastSize + 4*f.layout.memory(); len(b) != want {
		return fmt.Errorf("%d bytes where %d belong", len(b), want)
	}
	e.world, e.movie = f.World(int(e.trace), int(e.video)), f.movies[e.video]
	if err := e.state.UnmarshalBinary(b[:abrsim.StateSize]); err != nil {
		return err
	}
	b = b[abrsim.StateSize:]
	if err := e.world.Check(e.state); err != nil {
		return err
	}
	if err := e.checkProgress(); err != nil {
		return err
	}
	delayMs, sleepMs, rebufferS := math.Float64frombits(le.Uint64(b)), math.Float64frombits(le.Uint64(b[8:])), math.Float64frombits(le.Uint64(b[16:]))
	before := int32(le.Uint32(b[24:]))
	if err := e.restoreLast(delayMs, sleepMs, rebufferS, before); err != nil {
		return err
	}
	b = b[lastSize:]
	e.memory = make([]float32, f.layout.memory())
	for i := range e.memory {
		e.memory[i] = math.Float32frombits(le.Uint32(b[4*i:]))
	}
	return f.layout.check(e.memory)
}

// checkProgress checks that steps, chunk and phase agree.
func (e *Env) checkProgress() error {
	f := e.factory
	chunk := e.steps
	if f.forced {
		chunk++
	}
	over := e.world.Done(e.state) || e.steps == f.maxSteps
	switch {
	case e.state.Chunk != chunk:
		return fmt.Errorf("at chunk %d after %d steps", e.state.Chunk, e.steps)
	case over != (e.phase == finished):
		return errors.New("finished early or not at all")
	case float64(float32(e.state.BufferMs/1000)) > f.bounds.bufferS:
		return errors.New("with more buffer than fits")
	}
	return nil
}

// restoreLast completes the last download from what the state does not hold.
func (e *Env) restoreLast(delayMs, sleepMs, rebufferS float64, before int32) error {
	if uint32(before) >= uint32(e.movie.levels) {
		return errors.New("after a level outside the ladder")
	}
	if e.state.Chunk == 0 {
		zero := math.Float64bits(delayMs) | math.Float64bits(sleepMs) | math.Float64bits(rebufferS)
		if zero != 0 || before != e.state.LastLevel || e.state != e.world.Start(e.state.Link) {
			return errors.New("with a download before the first")
		}
		e.last = beforeFirst(e.state)
		return nil
	}
	most := e.factory.bounds
	if !(delayMs > 0 && delayMs <= 1000*most.delayS && sleepMs >= 0 && sleepMs <= most.sleepMs && rebufferS >= 0 && rebufferS <= most.delayS) {
		return errors.New("after a download out of range")
	}
	index, level := int(e.state.Chunk)-1, int(e.state.LastLevel)
	e.last = abrsim.Chunk{
		Index: index, Level: level, LastLevel: int(before), SizeBytes: e.world.SizeBytes(index, level),
		DelayMs: delayMs, SleepMs: sleepMs, RebufferS: rebufferS, BufferS: e.state.BufferMs / 1000,
		Remaining: e.world.Chunks() - index - 1, Last: e.world.Done(e.state),
	}
	e.reward = e.movie.qoe.Score(e.last)
	return nil
}
