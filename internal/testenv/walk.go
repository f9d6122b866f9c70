package testenv

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"

	"trailblazer/api/env"
)

func walkSpaces() (observation, action env.Space, info *env.Dict) {
	wide := []float64{math.Inf(1)}
	observation = &env.Dict{Entries: []env.Entry{
		{Key: "position", Space: &env.Box{DType: env.Float64, Shape: []int{2}, Low: []float64{math.Inf(-1)}, High: wide,
			Features: []env.Feature{{Name: "x", Unit: "m"}, {Name: "y", Unit: "m"}}}},
		{Key: "last", Space: &env.Discrete{N: 4, Choices: []env.Feature{{Name: "stay"}, {Name: "walk"}, {Name: "run"}, {Name: "none"}}}},
		{Key: "seen", Space: &env.Sequence{Element: &env.Box{DType: env.Float32, Shape: []int{2}, Low: []float64{0}, High: []float64{1}}}},
		{Key: "flags", Space: &env.MultiBinary{N: 3}},
	}}
	action = &env.Dict{Entries: []env.Entry{
		{Key: "push", Space: &env.Box{DType: env.Float64, Shape: []int{2}, Low: []float64{-1}, High: []float64{1}}},
		{Key: "pace", Space: &env.Discrete{N: 3}},
	}}
	info = &env.Dict{Entries: []env.Entry{
		{Key: "steps", Space: &env.Box{DType: env.Int64, Low: []float64{0}, High: []float64{1e9}}},
		{Key: "even", Space: &env.Box{DType: env.Bool, Low: []float64{0}, High: []float64{1}}},
	}}
	return observation, action, info
}

// walk is a random walk that is pushed around.
type walk struct {
	base
	x, y float64
	last int64
	seen int
}

func (e *walk) show(out *env.Batch, row int) {
	position := env.Row[float64](&out.Observation[0], row)
	position[0], position[1] = e.x, e.y
	env.Row[int64](&out.Observation[1], row)[0] = e.last
	for i, values := 0, env.ResizeRow[float32](&out.Observation[2], row, e.seen); i < len(values); i++ {
		values[i] = float32(i) / 64
	}
	flags := env.Row[int8](&out.Observation[3], row)
	for i := range flags {
		flags[i] = int8(e.steps >> i & 1)
	}
	env.Row[int64](&out.Info[0], row)[0] = int64(e.steps)
	env.Row[bool](&out.Info[1], row)[0] = e.steps%2 == 0
}

func (e *walk) Reset(seed *uint64, options json.RawMessage, out *env.Batch, row int) error {
	if err := e.reset(seed, options); err != nil {
		return err
	}
	e.x, e.y, e.last, e.seen = e.uniform(), e.uniform(), 3, int(e.draw()%5)
	e.show(out, row)
	return nil
}

func (e *walk) Step(action env.Arrays, out *env.Batch, row int) error {
	if err := e.step(action, out, row); err != nil {
		return err
	}
	push := env.Row[float64](&action[0], row)
	e.last = env.Row[int64](&action[1], row)[0]
	e.x += push[0]*float64(e.last) + e.uniform()
	e.y += push[1]*float64(e.last) + e.uniform()
	e.seen = int(e.draw() % 5)
	out.Reward[row] = push[0] + push[1]
	e.show(out, row)
	return nil
}

func (e *walk) AppendState(dst []byte) []byte {
	dst = e.appendState(dst)
	for _, v := range []uint64{math.Float64bits(e.x), math.Float64bits(e.y), uint64(e.last), uint64(e.seen)} {
		dst = binary.LittleEndian.AppendUint64(dst, v)
	}
	return dst
}

func (e *walk) RestoreState(state []byte, out *env.Batch, row int) error {
	if len(state) != baseBytes+32 {
		return fmt.Errorf("%d bytes are no state of %s", len(state), Walk)
	}
	rest := state[baseBytes:]
	last, seen := binary.LittleEndian.Uint64(rest[16:]), binary.LittleEndian.Uint64(rest[24:])
	if last > 3 || seen > 4 {
		return fmt.Errorf("state has last=%d and seen=%d", last, seen)
	}
	if err := e.restoreState(state[:baseBytes]); err != nil {
		return err
	}
	e.x, e.y = math.Float64frombits(binary.LittleEndian.Uint64(rest)), math.Float64frombits(binary.LittleEndian.Uint64(rest[8:]))
	e.last, e.seen = int64(last), int(seen)
	e.show(out, row)
	return nil
}
