package client

import (
	"context"

	"connectrpc.com/connect"

	trailblazerv1 "trailblazer/api/trailblazer/v1"
	"trailblazer/api/trailblazer/v1/trailblazerv1connect"
)

// stream sends a session's resets and steps over one StepStream, opened when
// first needed and again after each error.
type stream struct {
	rpc    *connect.Client[trailblazerv1.StepStreamRequest, streamReply]
	open   *connect.BidiStreamForClientSimple[trailblazerv1.StepStreamRequest, streamReply]
	cancel context.CancelFunc

	// What calls reuse.
	request trailblazerv1.StepStreamRequest
	step    trailblazerv1.StepStreamRequest_Step
}

func newStream(c *Client, options []connect.ClientOption) *stream {
	return &stream{rpc: connect.NewClient[trailblazerv1.StepStreamRequest, streamReply](
		c.http, c.base+trailblazerv1connect.EnvServiceStepStreamProcedure, options...)}
}

// call sends a request and waits for its reply. When the context ends, so does
// the stream.
func (s *stream) call(ctx context.Context, request *trailblazerv1.StepStreamRequest) (*streamReply, error) {
	if s.open == nil {
		base, cancel := context.WithCancel(context.Background())
		opened, err := s.rpc.CallBidiStreamSimple(base)
		if err != nil {
			cancel()
			return nil, err
		}
		s.open, s.cancel = opened, cancel
	}
	open, cancel := s.open, s.cancel
	stop := context.AfterFunc(ctx, func() {
		cancel()
		// net/http sees that only when the request's body is not waited for.
		_ = open.CloseRequest()
	})
	defer stop()
	// A failed Send says io.EOF; Receive says why.
	_ = s.open.Send(request)
	reply, err := s.open.Receive()
	if err == nil {
		return reply, nil
	}
	s.drop()
	return nil, err
}

// drop ends the stream.
func (s *stream) drop() {
	if s.open == nil {
		return
	}
	_ = s.open.CloseRequest()
	s.cancel()
	_ = s.open.CloseResponse()
	s.open, s.cancel = nil, nil
}
