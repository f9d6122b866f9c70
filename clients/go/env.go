package client

import (
	"encoding/json"

	"trailblazer/api/env"
)

// environment is a session of one environment, as an env.Env.
type environment struct {
	vector *Vector
	row    env.Arrays // The action's one row.
}

// Spec implements env.Env.
func (e *environment) Spec() *env.Spec { return e.vector.Spec() }

// Reset implements env.Env.
func (e *environment) Reset(seed *uint64, options json.RawMessage, out *env.Batch, row int) error {
	o := env.ResetOptions{Options: options}
	if seed != nil {
		o.Seeds = []uint64{*seed}
	}
	batch, err := e.vector.Reset(o)
	if err != nil {
		return err
	}
	copyRow(out, row, batch)
	return nil
}

// Step implements env.Env.
func (e *environment) Step(action env.Arrays, out *env.Batch, row int) error {
	e.row = oneRow(e.row, action, row)
	t, err := e.vector.Step(e.row)
	if err != nil {
		return err
	}
	copyRow(out, row, &t.Batch)
	out.Reward[row], out.Terminated[row], out.Truncated[row] = t.Reward[0], t.Terminated[0], t.Truncated[0]
	return nil
}

// oneRow returns arrays of one environment's values, which share memory with
// those that they are of. dst is reused.
func oneRow(dst, arrays env.Arrays, row int) env.Arrays {
	dst = dst[:0]
	for k := range arrays {
		one := env.Array{Leaf: arrays[k].Leaf}
		if one.Leaf.Ragged {
			one.Rows = arrays[k].Rows[row : row+1]
		} else {
			one.Data = arrays[k].Bytes(row)
		}
		dst = append(dst, one)
	}
	return dst
}

// Close implements env.Env.
func (e *environment) Close() error { return e.vector.Close() }

func copyRow(out *env.Batch, row int, batch *env.Batch) {
	out.Observation.CopyRow(row, batch.Observation, 0)
	out.Info.CopyRow(row, batch.Info, 0)
}

// snapshotEnvironment is an environment whose state can be saved.
type snapshotEnvironment struct{ *environment }

// AppendState implements env.Snapshotter. It can't report that the server did
// not answer: then it appends nothing, and no state is empty.
func (e *snapshotEnvironment) AppendState(dst []byte) []byte {
	state, err := e.vector.Snapshot()
	if err != nil {
		return dst
	}
	return append(dst, state...)
}

// RestoreState implements env.Snapshotter.
func (e *snapshotEnvironment) RestoreState(state []byte, out *env.Batch, row int) error {
	batch, err := e.vector.Restore(state)
	if err != nil {
		return err
	}
	copyRow(out, row, batch)
	return nil
}
