package wire

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"

	"trailblazer/api/env"
)

// Receiver reads StepResponses straight into a transition, in one copy and
// without allocating. It reads what proto.Unmarshal and Decode read.
type Receiver struct {
	leaves *Leaves
	n      int
	mode   env.AutoresetMode
	into   *env.Transition

	// Scratch.
	seen    counts
	tensor  TensorReader
	rows    [][]byte
	flags   env.Leaf
	numbers env.Leaf
}

// counts are the tensors that a message had so far.
type counts struct{ observation, info, reward, terminated, truncated, finalObservation, finalInfo int }

// NewReceiver makes a receiver of what n environments show.
func NewReceiver(leaves *Leaves, n int, mode env.AutoresetMode) *Receiver {
	return &Receiver{
		leaves: leaves, n: n, mode: mode,
		into:    leaves.NewTransition(n, mode),
		flags:   env.Leaf{DType: env.Bool},
		numbers: env.Leaf{DType: env.Float64},
	}
}

// Transition returns what was received last.
func (r *Receiver) Transition() *env.Transition { return r.into }

// The numbers of StepResponse's fields.
const (
	stepNextIndex        protowire.Number = 1
	stepObservation      protowire.Number = 2
	stepReward           protowire.Number = 3
	stepTerminated       protowire.Number = 4
	stepTruncated        protowire.Number = 5
	stepInfo             protowire.Number = 6
	stepFinalObservation protowire.Number = 7
	stepFinalInfo        protowire.Number = 8
)

var errWire = errors.New("not a message of this kind")

// Step reads an encoded StepResponse. After an error the transition's values
// are undefined.
func (r *Receiver) Step(data []byte) (nextIndex uint64, err error) {
	// The final rows can't be read before it is known how many there are, and
	// fields may come in any order.
	r.seen = counts{}
	for final := range 2 {
		if err := r.pass(data, final == 1, &nextIndex); err != nil {
			return 0, err
		}
		if final == 0 {
			r.countFinished()
			if r.seen.finalObservation == 0 && r.seen.finalInfo == 0 {
				break
			}
			r.seen.finalObservation, r.seen.finalInfo = 0, 0
		}
	}
	return nextIndex, r.complete()
}

// pass reads all fields: the final rows in the second pass, the others in the
// first.
func (r *Receiver) pass(data []byte, final bool, nextIndex *uint64) error {
	f := FieldsOf(data)
	for f.Next() {
		switch {
		case f.Number == stepNextIndex && f.Kind == protowire.VarintType:
			*nextIndex = f.Varint
		case f.Number >= stepObservation && f.Number <= stepFinalInfo && f.Kind == protowire.BytesType:
			if err := r.field(f.Number, f.Bytes, final); err != nil {
				return err
			}
		}
	}
	return f.Err()
}

// field reads one tensor.
func (r *Receiver) field(number protowire.Number, message []byte, final bool) error {
	if isFinal := number == stepFinalObservation || number == stepFinalInfo; isFinal != final {
		if isFinal {
			r.count(number)
		}
		return nil
	}
	k := r.count(number)
	if err := r.tensor.parse(message); err != nil {
		return err
	}
	t := r.into
	switch number {
	case stepObservation:
		return r.leaf("observation", r.leaves.Observation, t.Observation, k, r.n)
	case stepInfo:
		return r.leaf("info", r.leaves.Info, t.Info, k, r.n)
	case stepFinalObservation:
		return r.leaf("final_observation", r.leaves.Observation, t.Final.Observation, k, len(t.Finished))
	case stepFinalInfo:
		return r.leaf("final_info", r.leaves.Info, t.Final.Info, k, len(t.Finished))
	case stepReward:
		return r.single("reward", &r.numbers, bytesOf(t.Reward))
	case stepTerminated:
		return r.single("terminated", &r.flags, bytesOf(t.Terminated))
	}
	return r.single("truncated", &r.flags, bytesOf(t.Truncated))
}

// count returns how many tensors the field had before this one.
func (r *Receiver) count(number protowire.Number) int {
	n := r.seen.of(number)
	*n++
	return *n - 1
}

func (s *counts) of(number protowire.Number) *int {
	switch number {
	case stepObservation:
		return &s.observation
	case stepInfo:
		return &s.info
	case stepReward:
		return &s.reward
	case stepTerminated:
		return &s.terminated
	case stepTruncated:
		return &s.truncated
	case stepFinalObservation:
		return &s.finalObservation
	}
	return &s.finalInfo
}

// leaf copies the tensor to array k of dst.
func (r *Receiver) leaf(field string, leaves []env.Leaf, dst env.Arrays, k, n int) error {
	if k >= len(leaves) || k >= len(dst) {
		return checkCount(field, k+1, leaves[:min(len(leaves), len(dst))])
	}
	a := env.Array{Leaf: &leaves[k], Rows: r.rows}
	if err := r.tensor.view.wrap(&a, n); err != nil {
		err.Field = fmt.Sprintf("%s[%d].%s", field, k, err.Field)
		return err
	}
	if !leaves[k].Ragged {
		copy(dst[k].Data, a.Data)
		return nil
	}
	r.rows = a.Rows
	for i, row := range a.Rows {
		dst[k].Rows[i] = append(dst[k].Rows[i][:0], row...)
	}
	return nil
}

// single copies a tensor of one element per environment.
func (r *Receiver) single(field string, leaf *env.Leaf, dst []byte) error {
	a := env.Array{Leaf: leaf}
	if err := r.tensor.view.wrap(&a, r.n); err != nil {
		err.Field = field + "." + err.Field
		return err
	}
	copy(dst, a.Data)
	return nil
}

func (r *Receiver) countFinished() {
	t := r.into
	t.Finished = t.Finished[:0]
	if r.mode != env.SameStep {
		return
	}
	for i := range r.n {
		if t.Done(i) {
			t.Finished = append(t.Finished, i)
		}
	}
}

// complete reports what was missing.
func (r *Receiver) complete() error {
	if err := checkCount("observation", r.seen.observation, r.leaves.Observation); err != nil {
		return err
	}
	if err := checkCount("info", r.seen.info, r.leaves.Info); err != nil {
		return err
	}
	if r.seen.reward != 1 || r.seen.terminated != 1 || r.seen.truncated != 1 {
		return errWire
	}
	if len(r.into.Finished) == 0 {
		return nil
	}
	if err := checkCount("final_observation", r.seen.finalObservation, r.leaves.Observation); err != nil {
		return err
	}
	return checkCount("final_info", r.seen.finalInfo, r.leaves.Info)
}
