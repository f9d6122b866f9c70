package client

import (
	"context"
	"crypto/rand"
	"fmt"

	"connectrpc.com/connect"

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
	calls  *caller
	closed bool

	next uint64
	// unsure says that the outcome of the last call is not known, so that the
	// server's index may be ahead by one.
	unsure bool

	// What calls reuse.
	patience patience
	checker  *env.Checker
	request  trailblazerv1.StepRequest
	action   []*trailblazerv1.Tensor
	receiver *wire.Receiver
	scratch  struct{ observation, info env.Arrays }
}

func newVector(c *Client, spec *env.Spec, leaves *wire.Leaves, session *trailblazerv1.Session) *Vector {
	v := &Vector{client: c, spec: spec, leaves: leaves, info: sessionInfo(session), next: session.GetNextIndex()}
	v.checker = env.NewChecker("action", leaves.Action)
	v.action = wire.NewTensors(leaves.Action)
	v.request.SessionId = v.info.ID
	v.request.Action = v.action
	v.receiver = wire.NewReceiver(leaves, v.info.NumEnvs, v.info.Autoreset)
	v.calls = newCaller(c, v.receiver)
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
	t := v.receiver.Transition()
	for i := range t.Reward {
		if options.Mask == nil || options.Mask[i] {
			t.Reward[i], t.Terminated[i], t.Truncated[i] = 0, false, false
		}
	}
	return v.show(response.GetObservation(), response.GetInfo())
}

func (v *Vector) sendReset(request *trailblazerv1.ResetRequest) (*trailblazerv1.ResetResponse, error) {
	response, err := call(v, func(ctx context.Context) (*trailblazerv1.ResetResponse, error) {
		return v.calls.reset(ctx, request)
	})
	v.note(err)
	return response, err
}

// Step implements env.Vector.
func (v *Vector) Step(action env.Arrays) (*env.Transition, error) {
	if v.closed {
		return nil, env.ErrClosed
	}
	if err := v.checker.CheckShape(action, v.Len()); err != nil {
		return nil, err
	}
	wire.Fill(v.action, action, v.Len())
	v.request.Index = v.next
	next, err := call(v, func(ctx context.Context) (uint64, error) {
		return v.calls.step(ctx, &v.request)
	})
	wire.Clear(v.action, v.leaves.Action)
	v.note(err)
	if err != nil {
		return nil, err
	}
	v.next = next
	return v.receiver.Transition(), nil
}

// call makes a call under the client's deadline, with retries.
func call[T any](v *Vector, do func(context.Context) (T, error)) (T, error) {
	ctx := v.patience.begin(v.client.options.timeout)
	defer v.patience.end()
	return retry(ctx, v.client, do)
}

// note keeps in mind whether the last call's outcome is known.
func (v *Vector) note(err error) { v.unsure = err != nil && (v.unsure || lost(err)) }

// show takes over what environments show after a reset.
func (v *Vector) show(observation, info []*trailblazerv1.Tensor) (*env.Batch, error) {
	n := v.Len()
	t := v.receiver.Transition()
	var err error
	if v.scratch.observation, err = wire.Decode(v.scratch.observation, "observation", observation, v.leaves.Observation, n); err != nil {
		return nil, malformed(err)
	}
	if v.scratch.info, err = wire.Decode(v.scratch.info, "info", info, v.leaves.Info, n); err != nil {
		return nil, malformed(err)
	}
	for i := range n {
		t.Observation.CopyRow(i, v.scratch.observation, i)
		t.Info.CopyRow(i, v.scratch.info, i)
	}
	return &t.Batch, nil
}

func malformed(err error) error {
	return fmt.Errorf("the server's reply does not fit its spec: %w", err)
}

// Snapshot implements env.Vector.
func (v *Vector) Snapshot() ([]byte, error) {
	if v.closed {
		return nil, env.ErrClosed
	}
	response, err := call(v, func(ctx context.Context) (*trailblazerv1.SnapshotResponse, error) {
		return v.client.rpc.Snapshot(ctx, &trailblazerv1.SnapshotRequest{SessionId: v.info.ID})
	})
	return response.GetState(), err
}

// Restore implements env.Vector.
func (v *Vector) Restore(state []byte) (*env.Batch, error) {
	if v.closed {
		return nil, env.ErrClosed
	}
	request := &trailblazerv1.RestoreRequest{SessionId: v.info.ID, State: state}
	if !v.unsure {
		request.Index = &v.next
	}
	response, err := call(v, func(ctx context.Context) (*trailblazerv1.RestoreResponse, error) {
		return v.client.rpc.Restore(ctx, request)
	})
	if err != nil {
		return nil, err
	}
	v.next, v.unsure = response.GetNextIndex(), false
	t := v.receiver.Transition()
	clear(t.Reward)
	clear(t.Terminated)
	clear(t.Truncated)
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
	response, err := call(v, func(ctx context.Context) (*trailblazerv1.ForkResponse, error) {
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

// Close implements env.Vector. Where the session is recorded and the server
// can't write what it did, the session stays open, so that closing it can be
// tried again.
func (v *Vector) Close() error {
	if v.closed {
		return nil
	}
	v.calls.drop()
	err := v.client.CloseSession(context.Background(), v.info.ID)
	v.closed = connect.CodeOf(err) != connect.CodeFailedPrecondition
	return err
}
