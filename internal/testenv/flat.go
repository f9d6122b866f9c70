package testenv

import (
	"encoding/json"
	"fmt"

	"trailblazer/api/env"
)

func flatSpaces() (observation, action env.Space, info *env.Dict) {
	number := func() *env.Box { return &env.Box{DType: env.Float64, Low: []float64{-1e9}, High: []float64{1e9}} }
	info = &env.Dict{}
	for i := range 11 {
		info.Entries = append(info.Entries, env.Entry{Key: fmt.Sprintf("value_%d", i), Space: number()})
	}
	return &env.Box{DType: env.Float32, Shape: []int{6, 6}, Low: []float64{-1e9}, High: []float64{1e9}},
		&env.Discrete{N: 6}, info
}

// plain is an environment of adaptive bitrate streaming's outer shape.
type plain struct {
	base
	shown uint64
}

func (e *plain) show(out *env.Batch, row int) {
	state := env.Row[float32](&out.Observation[0], row)
	for i := range state {
		state[i] = float32(e.shown>>(i&31)&0xffff) + float32(i)
	}
	for k := range out.Info {
		env.Row[float64](&out.Info[k], row)[0] = float64(e.shown>>k&0xfffff) + float64(e.steps)
	}
}

func (e *plain) Reset(seed *uint64, options json.RawMessage, out *env.Batch, row int) error {
	if err := e.reset(seed, options); err != nil {
		return err
	}
	e.shown = e.draw()
	e.show(out, row)
	return nil
}

func (e *plain) Step(action env.Arrays, out *env.Batch, row int) error {
	if err := e.step(action, out, row); err != nil {
		return err
	}
	choice := env.Row[int64](&action[0], row)[0]
	e.shown = e.draw() + uint64(choice)
	out.Reward[row] = float64(choice)
	e.show(out, row)
	return nil
}

// flat is plain with snapshots.
type flat struct{ plain }

func (e *flat) AppendState(dst []byte) []byte {
	dst = e.appendState(dst)
	for i := range 8 {
		dst = append(dst, byte(e.shown>>(8*i)))
	}
	return dst
}

func (e *flat) RestoreState(state []byte, out *env.Batch, row int) error {
	if len(state) != baseBytes+8 {
		return fmt.Errorf("%d bytes are no state of %s", len(state), Flat)
	}
	if err := e.restoreState(state[:baseBytes]); err != nil {
		return err
	}
	e.shown = 0
	for i, b := range state[baseBytes:] {
		e.shown |= uint64(b) << (8 * i)
	}
	e.show(out, row)
	return nil
}
