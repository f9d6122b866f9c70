package client

import (
	"context"
	"errors"

	"connectrpc.com/connect"

	trailblazerv1 "trailblazer/api/trailblazer/v1"
	"trailblazer/api/trailblazer/v1/trailblazerv1connect"
	"trailblazer/internal/wire"
)

// caller sends a session's resets and steps, one by one or over a stream. The
// replies to steps are read straight into the session's receiver.
type caller struct {
	client *Client
	unary  *connect.Client[trailblazerv1.StepRequest, stepReply]
	stream *stream // nil for calls one by one.
}

func newCaller(c *Client, receiver *wire.Receiver) *caller {
	options := append([]connect.ClientOption{
		connect.WithCodec(codec{}),
		connect.WithResponseInitializer(func(_ connect.Spec, message any) error {
			switch m := message.(type) {
			case *stepReply:
				m.receiver = receiver
			case *streamReply:
				m.step.receiver = receiver
			}
			return nil
		}),
	}, c.rpcOptions...)
	calls := &caller{client: c}
	if c.options.stream {
		calls.stream = newStream(c, options)
	} else {
		calls.unary = connect.NewClient[trailblazerv1.StepRequest, stepReply](
			c.http, c.base+trailblazerv1connect.EnvServiceStepProcedure, options...)
	}
	return calls
}

// step sends a step and returns the index of the next call.
func (c *caller) step(ctx context.Context, request *trailblazerv1.StepRequest) (nextIndex uint64, err error) {
	if c.stream == nil {
		response, err := c.unary.CallUnary(ctx, connect.NewRequest(request))
		if err != nil {
			return 0, err
		}
		return response.Msg.nextIndex, nil
	}
	s := c.stream
	s.step.Step = request
	s.request.Request = &s.step
	reply, err := s.call(ctx, &s.request)
	if err != nil {
		return 0, err
	}
	if !reply.isStep {
		return 0, errOtherReply
	}
	return reply.step.nextIndex, nil
}

func (c *caller) reset(ctx context.Context, request *trailblazerv1.ResetRequest) (*trailblazerv1.ResetResponse, error) {
	if c.stream == nil {
		return c.client.rpc.Reset(ctx, request)
	}
	reply, err := c.stream.call(ctx, &trailblazerv1.StepStreamRequest{Request: &trailblazerv1.StepStreamRequest_Reset_{Reset_: request}})
	if err != nil {
		return nil, err
	}
	if reply.reset == nil {
		return nil, errOtherReply
	}
	return reply.reset, nil
}

// drop ends the stream, if there is one.
func (c *caller) drop() {
	if c.stream != nil {
		c.stream.drop()
	}
}

var errOtherReply = errors.New("the server answered another call")
