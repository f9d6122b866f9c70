package client

import (
	"context"
	"crypto/rand"
	"fmt"

	"trailblazer/api/env"
	trailblazerv1 "trailblazer/api/trailblazer/v1"
	"trailblazer/internal/wire"
)

// Vector is a session on a server, as an env.Vector. It is not safe for
// concurrent use.
type Vector struct {
	client *Client
	spec   *env.Spec
	leaves *wire.Leaves
	info   SessionInfo
	stream *stream
	closed bool

	next uint64
	// unsure says that the outcome of the last call is not known, so that the
	// server's index may be ahead by one.
	unsure bool

	// What calls reuse.
	step   trailblazerv1.StepRequest
	action []*trailblazerv1.Tensor
	result env.Transition
}

func newVector(c *Client, spec *env.Spec, leaves *wire.Leaves, session *trailblazerv1.Session) *Vector {
	v := &Vector{client: c, spec: spec, leaves: leaves, info: sessionInfo(session), next: session.GetNextIndex()}
	v.action = wire.NewTensors(leaves.Action)
	v.step.SessionId = v.info.ID
	v.step.Action = v.action
	if c.options.stream {
		v.stream = &stream{client: c}
	}
	return v
}

// Spec implements env.Vector.
func (v *Vector) Spec() *env.Spec { return v.spec }

// Len implements env.Vector.
func (v *Vector) Len() int { return v.info.NumEnvs }

// Autoreset implements env.Vector.
func (v *Vector) Autoreset() env.AutoresetMode { return v.info.Autoreset }

// SessionID returns the session's id on the server.
func (v *Vector) SessionID() string { return v.info.ID }

// Reset implements env.Vector.
func (v *Vector) Reset(options env.ResetOptions) (*env.Batch, error) {
	if v.closed {
		return nil, env.ErrClosed
	}
	if err := options.Check(v.Len()); err != nil {
		return nil, err
	}
	request := &trailblazerv1.ResetRequest{
		SessionId:   v.info.ID,
		Index:       v.next,
		Seeds:       options.Seeds,
		OptionsJson: string(options.Options),
	}
	if options.Mask != nil {
		request.Mask = wire.FromBools(options.Mask)
	}
	response, err := v.sendReset(request)
	if index, ok := asIndexError(err); ok && v.unsure {
		// The call whose reply was lost did happen; a reset makes up for it.
		request.Index = index.Expected
		response, err = v.sendReset(request)
	}
	if err != nil {
		return nil, err
	}
	v.next = response.GetNextIndex()
	return v.show(response.GetObservation(), response.GetInfo())
}

func (v *Vector) sendReset(request *trailblazerv1.ResetRequest) (*trailblazerv1.ResetResponse, error) {
	response, err := retried(context.Background(), v.client, func(ctx context.Context) (*trailblazerv1.ResetResponse, error) {
		if v.stream != nil {
			return v.stream.reset(ctx, request)
		}
		return v.client.rpc.Reset(ctx, request)
	})
	v.note(err)
	return response, err
}

// Step implements env.Vector.
func (v *Vector) Step(action env.Arrays) (*env.Transition, error) {
	if v.closed {
		return nil, env.ErrClosed
	}
	if err := env.NewChecker("action", v.leaves.Action).CheckShape(action, v.Len()); err != nil {
		return nil, err
	}
	wire.Fill(v.action, action, v.Len())
	v.step.Index = v.next
	response, err := retried(context.Background(), v.client, v.sendStep)
	wire.Clear(v.action, v.leaves.Action)
	v.note(err)
	if err != nil {
		return nil, err
	}
	v.next = response.GetNextIndex()
	return v.receive(response)
}

func (v *Vector) sendStep(ctx context.Context) (*trailblazerv1.StepResponse, error) {
	if v.stream != nil {
		return v.stream.step(ctx, &v.step)
	}
	return v.client.rpc.Step(ctx, &v.step)
}

// note keeps in mind whether the last call's outcome is known.
func (v *Vector) note(err error) { v.unsure = err != nil && (v.unsure || lost(err)) }

// show wraps what environments show after a reset.
func (v *Vector) show(observation, info []*trailblazerv1.Tensor) (*env.Batch, error) {
	n := v.Len()
	b := &v.result.Batch
	var err error
	if b.Observation, err = wire.Decode(b.Observation, "observation", observation, v.leaves.Observation, n); err != nil {
		return nil, malformed(err)
	}
	if b.Info, err = wire.Decode(b.Info, "info", info, v.leaves.Info, n); err != nil {
		return nil, malformed(err)
	}
	b.Reward, b.Terminated, b.Truncated = make([]float64, n), make([]bool, n), make([]bool, n)
	return b, nil
}

// receive wraps a step's reply without copying.
func (v *Vector) receive(response *trailblazerv1.StepResponse) (*env.Transition, error) {
	n := v.Len()
	t := &v.result
	var err error
	if t.Observation, err = wire.Decode(t.Observation, "observation", response.GetObservation(), v.leaves.Observation, n); err != nil {
		return nil, malformed(err)
	}
	if t.Info, err = wire.Decode(t.Info, "info", response.GetInfo(), v.leaves.Info, n); err != nil {
		return nil, malformed(err)
	}
	if t.Reward, err = wire.Float64s("reward", response.GetReward(), n); err != nil {
		return nil, malformed(err)
	}
	if t.Terminated, err = wire.Bools("terminated", response.GetTerminated(), n); err != nil {
		return nil, malformed(err)
	}
	if t.Truncated, err = wire.Bools("truncated", response.GetTruncated(), n); err != nil {
		return nil, malformed(err)
	}
	return t, v.receiveFinal(response)
}

func (v *Vector) receiveFinal(response *trailblazerv1.StepResponse) (err error) {
	t := &v.result
	t.Finished = t.Finished[:0]
	if v.Autoreset() == env.SameStep {
		for i := range v.Len() {
			if t.Done(i) {
				t.Finished = append(t.Finished, i)
			}
		}
	}
	if len(t.Finished) == 0 {
		t.Final = env.Final{}
		return nil
	}
	if t.Final.Observation, err = wire.Decode(t.Final.Observation, "final_observation", response.GetFinalObservation(), v.leaves.Observation, len(t.Finished)); err != nil {
		return malformed(err)
	}
	if t.Final.Info, err = wire.Decode(t.Final.Info, "final_info", response.GetFinalInfo(), v.leaves.Info, len(t.Finished)); err != nil {
		return malformed(err)
	}
	return nil
}

func malformed(err error) error {
	return fmt.Errorf("the server's reply does not fit its spec: %v", err)
}

// Snapshot implements env.Vector.
func (v *Vector) Snapshot() ([]byte, error) {
	if v.closed {
		return nil, env.ErrClosed
	}
	response, err := retried(context.Background(), v.client, func(ctx context.Context) (*trailblazerv1.SnapshotResponse, error) {
		return v.client.rpc.Snapshot(ctx, &trailblazerv1.SnapshotRequest{SessionId: v.info.ID})
	})
	return response.GetState(), err
}

// Restore implements env.Vector.
func (v *Vector) Restore(state []byte) (*env.Batch, error) {
	if v.closed {
		return nil, env.ErrClosed
	}
	response, err := retried(context.Background(), v.client, func(ctx context.Context) (*trailblazerv1.RestoreResponse, error) {
		return v.client.rpc.Restore(ctx, &trailblazerv1.RestoreRequest{SessionId: v.info.ID, State: state})
	})
	if err != nil {
		return nil, err
	}
	v.next, v.unsure = response.GetNextIndex(), false
	return v.show(response.GetObservation(), response.GetInfo())
}

// Fork implements env.Vector. The new vector is a session of its own.
func (v *Vector) Fork(environments []int) (env.Vector, error) {
	if v.closed {
		return nil, env.ErrClosed
	}
	request := &trailblazerv1.ForkRequest{SessionId: v.info.ID, RequestId: rand.Text(), Label: v.info.Label}
	for k, i := range environments {
		if i < 0 { // The message can't hold it; the server checks the rest.
			return nil, &env.FieldError{Field: fmt.Sprintf("environments[%d]", k), Value: fmt.Sprint(i), Remedy: fmt.Sprintf("give a number from 0 to %d", v.Len()-1)}
		}
		request.Environments = append(request.Environments, uint32(i))
	}
	response, err := retried(context.Background(), v.client, func(ctx context.Context) (*trailblazerv1.ForkResponse, error) {
		return v.client.rpc.Fork(ctx, request)
	})
	if err != nil {
		return nil, err
	}
	return newVector(v.client, v.spec, v.leaves, response.GetSession()), nil
}

// RenewLease keeps the session while it is not used.
func (v *Vector) RenewLease(ctx context.Context) error {
	_, err := retried(ctx, v.client, func(ctx context.Context) (*trailblazerv1.RenewLeaseResponse, error) {
		return v.client.rpc.RenewLease(ctx, &trailblazerv1.RenewLeaseRequest{SessionId: v.info.ID})
	})
	return err
}

// Close implements env.Vector.
func (v *Vector) Close() error {
	if v.closed {
		return nil
	}
	v.closed = true
	if v.stream != nil {
		v.stream.drop()
	}
	return v.client.CloseSession(context.Background(), v.info.ID)
}
