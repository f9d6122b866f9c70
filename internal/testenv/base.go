package testenv

import (
	"encoding/binary"
	"encoding/json"
	"errors"

	"trailblazer/api/env"
)

// base is what all test environments are made of: a counter and a random
// stream.
type base struct {
	factory *factory
	index   int
	random  uint64
	steps   int
	phase   byte // 0 before the first reset, 1 running, 2 finished.
	closed  bool
}

func (b *base) begin(index, _ int) { b.index = index }

func (b *base) Spec() *env.Spec { return b.factory.spec }

func (b *base) Close() error {
	b.closed = true
	return nil
}

// draw returns the next number of the random stream (splitmix64).
func (b *base) draw() uint64 {
	b.random += 0x9e3779b97f4a7c15
	z := b.random
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// uniform returns a number in [0, 1).
func (b *base) uniform() float64 { return float64(b.draw()>>11) / (1 << 53) }

func (b *base) reset(seed *uint64, options json.RawMessage) error {
	if b.closed {
		return env.ErrClosed
	}
	if len(options) > 0 && string(options) != "{}" {
		return &env.FieldError{Field: "options", Value: string(options), Remedy: "give none"}
	}
	if seed != nil {
		b.random = *seed
	}
	b.steps, b.phase = 0, 1
	return nil
}

// step checks the action, counts, and writes how the step ended.
func (b *base) step(action env.Arrays, out *env.Batch, row int) error {
	switch {
	case b.closed:
		return env.ErrClosed
	case b.phase == 0:
		return env.ErrNotReset
	case b.phase == 2:
		return env.ErrFinished
	}
	if err := b.factory.checker.CheckRow(action, row); err != nil {
		return err
	}
	if hook := b.factory.catalog.OnStep; hook != nil {
		hook(b.index)
	}
	b.steps++
	done := b.steps >= b.factory.config.Steps
	if done {
		b.phase = 2
	}
	out.Terminated[row] = done && !b.factory.config.Truncate
	out.Truncated[row] = done && b.factory.config.Truncate
	return nil
}

const baseBytes = 17

func (b *base) appendState(dst []byte) []byte {
	dst = binary.LittleEndian.AppendUint64(dst, b.random)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(b.steps))
	return append(dst, b.phase)
}

func (b *base) restoreState(state []byte) error {
	if len(state) != baseBytes || state[16] > 2 {
		return errors.New("not a state of a test environment")
	}
	b.random = binary.LittleEndian.Uint64(state)
	b.steps = int(binary.LittleEndian.Uint64(state[8:]))
	b.phase = state[16]
	return nil
}
