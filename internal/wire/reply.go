package wire

import (
	"google.golang.org/protobuf/proto"

	"trailblazer/api/env"
	trailblazerv1 "trailblazer/api/trailblazer/v1"
)

// Leaves holds the leaves of a spec's spaces, worked out once.
type Leaves struct {
	Observation, Action, Info []env.Leaf
}

// LeavesOf works out the leaves of a spec.
func LeavesOf(spec *env.Spec) *Leaves {
	leaves := &Leaves{Observation: env.Leaves(spec.Observation), Action: env.Leaves(spec.Action)}
	if spec.Info != nil {
		leaves.Info = env.Leaves(spec.Info)
	}
	return leaves
}

// NewTransition makes a zeroed transition for n environments, which shares the
// leaves. Only SameStep has room for final rows.
func (l *Leaves) NewTransition(n int, mode env.AutoresetMode) *env.Transition {
	t := &env.Transition{Batch: env.Batch{
		Observation: env.NewArrays(l.Observation, n),
		Info:        env.NewArrays(l.Info, n),
		Reward:      make([]float64, n),
	}}
	flags := make([]bool, 2*n)
	t.Terminated, t.Truncated = flags[:n:n], flags[n:]
	if mode == env.SameStep {
		t.Final = env.Final{Observation: env.NewArrays(l.Observation, n), Info: env.NewArrays(l.Info, n)}
	}
	return t
}

// Reply is the messages that answer resets and steps of one spec, made once
// and filled for each answer. The messages share the memory of what they were
// filled with until Clear.
type Reply struct {
	leaves *Leaves

	step  trailblazerv1.StepResponse
	reset trailblazerv1.ResetResponse

	observation, info           []*trailblazerv1.Tensor
	finalObservation, finalInfo []*trailblazerv1.Tensor
	reward                      trailblazerv1.Tensor
	terminated, truncated       trailblazerv1.Tensor
}

// NewReply makes the messages for a spec's leaves.
func NewReply(leaves *Leaves) *Reply {
	r := &Reply{
		leaves:      leaves,
		observation: NewTensors(leaves.Observation),
		info:        NewTensors(leaves.Info),
	}
	r.reward.Dtype, r.reward.Shape = trailblazerv1.DataType_DATA_TYPE_FLOAT64, make([]int64, 1)
	r.terminated.Dtype, r.terminated.Shape = trailblazerv1.DataType_DATA_TYPE_BOOL, make([]int64, 1)
	r.truncated.Dtype, r.truncated.Shape = trailblazerv1.DataType_DATA_TYPE_BOOL, make([]int64, 1)
	r.step.Observation, r.step.Info = r.observation, r.info
	r.step.Reward, r.step.Terminated, r.step.Truncated = &r.reward, &r.terminated, &r.truncated
	r.reset.Observation, r.reset.Info = r.observation, r.info
	return r
}

// Step fills the answer to a step.
func (r *Reply) Step(nextIndex uint64, t *env.Transition) proto.Message {
	n := len(t.Reward)
	r.step.NextIndex = nextIndex
	Fill(r.observation, t.Observation, n)
	Fill(r.info, t.Info, n)
	r.reward.Shape[0], r.reward.Data = int64(n), bytesOf(t.Reward)
	r.terminated.Shape[0], r.terminated.Data = int64(n), bytesOf(t.Terminated)
	r.truncated.Shape[0], r.truncated.Data = int64(n), bytesOf(t.Truncated)
	r.step.FinalObservation, r.step.FinalInfo = nil, nil
	if k := len(t.Finished); k > 0 {
		if r.finalObservation == nil {
			r.finalObservation, r.finalInfo = NewTensors(r.leaves.Observation), NewTensors(r.leaves.Info)
		}
		Fill(r.finalObservation, t.Final.Observation, k)
		Fill(r.finalInfo, t.Final.Info, k)
		r.step.FinalObservation, r.step.FinalInfo = r.finalObservation, r.finalInfo
	}
	return &r.step
}

// Reset fills the answer to a reset; seeds are those that the server drew.
func (r *Reply) Reset(nextIndex uint64, b *env.Batch, seeds []uint64) proto.Message {
	n := len(b.Reward)
	r.reset.NextIndex, r.reset.Seeds = nextIndex, seeds
	Fill(r.observation, b.Observation, n)
	Fill(r.info, b.Info, n)
	return &r.reset
}

// Clear drops the memory that the messages share.
func (r *Reply) Clear() {
	Clear(r.observation, r.leaves.Observation)
	Clear(r.info, r.leaves.Info)
	r.reward.Data, r.terminated.Data, r.truncated.Data = nil, nil, nil
	r.reset.Seeds = nil
	if r.finalObservation != nil {
		Clear(r.finalObservation, r.leaves.Observation)
		Clear(r.finalInfo, r.leaves.Info)
	}
}
