package pull

import (
	"fmt"
	"slices"

	"trailblazer/api/env"
	trailblazerv1 "trailblazer/api/trailblazer/v1"
	"trailblazer/datasets/traj"
	"trailblazer/internal/wire"
)

// fromEpisode returns an episode as a message.
func fromEpisode(e *traj.Episode, leaves *wire.Leaves) (*trailblazerv1.AppendEpisode, error) {
	m := &trailblazerv1.AppendEpisode{Source: e.Source, Policy: e.Policy, Terminated: e.Terminated, Truncated: e.Truncated}
	if e.Seeded {
		m.Seed = &e.Seed
	}
	var err error
	if m.Observation, err = fromLeaves("observation", leaves.Observation, part{e.Steps, traj.RoleObservation}, part{e.Final, traj.RoleObservation}); err != nil {
		return nil, err
	}
	if m.Action, err = fromLeaves("action", leaves.Action, part{e.Steps, traj.RoleAction}); err != nil {
		return nil, err
	}
	for i := range leaves.Info {
		leaf := leaves.Info[i : i+1]
		var tensors []*trailblazerv1.Tensor
		switch {
		case find(e.Steps, traj.RoleMask, &leaf[0]) != nil:
			tensors, err = fromLeaves("info", leaf, part{e.Steps, traj.RoleMask}, part{e.Final, traj.RoleMask})
		case leaf[0].Ragged:
			tensors = wire.Copy(leaf, env.NewArrays(leaf, e.Steps.Rows+1), e.Steps.Rows+1)
		default:
			tensors, err = fromLeaves("info", leaf, part{e.Initial, traj.RoleInfo}, part{e.Steps, traj.RoleInfo})
		}
		if err != nil {
			return nil, err
		}
		m.Info = append(m.Info, tensors...)
	}
	reward := e.Steps.Find(traj.FieldReward)
	if reward == nil {
		return nil, fmt.Errorf("it has no rewards")
	}
	m.Reward = &trailblazerv1.Tensor{Dtype: wire.FromDType(env.Float64), Shape: []int64{int64(e.Steps.Rows)}, Data: reward.Data}
	return m, nil
}

// part is the fields of a role in a frame.
type part struct {
	frame *traj.Frame
	role  traj.Role
}

// find returns the values of a leaf, or nil.
func find(f *traj.Frame, role traj.Role, leaf *env.Leaf) *traj.Values {
	if f == nil {
		return nil
	}
	for i, field := range f.Fields {
		own := &field.Leaf
		if field.Role == role && own.Path == leaf.Path && own.DType == leaf.DType && own.Ragged == leaf.Ragged && slices.Equal(own.Shape, leaf.Shape) {
			return &f.Values[i]
		}
	}
	return nil
}

// fromLeaves makes a tensor of each leaf's values in all parts, one after
// another.
func fromLeaves(space string, leaves []env.Leaf, parts ...part) ([]*trailblazerv1.Tensor, error) {
	tensors := wire.NewTensors(leaves)
	for i, t := range tensors {
		leaf, size := &leaves[i], int64(leaves[i].RowBytes())
		if leaf.Ragged {
			t.RowOffsets = []int64{0}
		}
		for _, p := range parts {
			v := find(p.frame, p.role, leaf)
			if v == nil {
				return nil, fmt.Errorf("it has no %v %s %q: it was recorded with other spaces", leaf.DType, space, leaf.Path)
			}
			if !leaf.Ragged {
				t.Shape[0] += int64(p.frame.Rows)
				t.Data = append(t.Data, v.Data...)
				continue
			}
			shift := int64(len(t.Data)) / size
			for _, offset := range v.Offsets[1:] {
				t.RowOffsets = append(t.RowOffsets, shift+offset)
			}
			t.Data = append(t.Data, v.Data[:v.Offsets[p.frame.Rows]*size]...)
			t.Shape[0] = t.RowOffsets[len(t.RowOffsets)-1]
		}
	}
	return tensors, nil
}
