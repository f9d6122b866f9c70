package client

import (
	"context"

	"connectrpc.com/connect"

	trailblazerv1 "trailblazer/api/trailblazer/v1"
)

// stream sends a session's resets and steps over one StepStream, opened when
// first needed and again after each error.
type stream struct {
	client *Client
	open   *connect.BidiStreamForClientSimple[trailblazerv1.StepStreamRequest, trailblazerv1.StepStreamResponse]
	cancel context.CancelFunc
}

func (s *stream) step(ctx context.Context, request *trailblazerv1.StepRequest) (*trailblazerv1.StepResponse, error) {
	response, err := s.call(ctx, &trailblazerv1.StepStreamRequest{Request: &trailblazerv1.StepStreamRequest_Step{Step: request}})
	return response.GetStep(), err
}

func (s *stream) reset(ctx context.Context, request *trailblazerv1.ResetRequest) (*trailblazerv1.ResetResponse, error) {
	response, err := s.call(ctx, &trailblazerv1.StepStreamRequest{Request: &trailblazerv1.StepStreamRequest_Reset_{Reset_: request}})
	return response.GetReset_(), err
}

// call sends a request and waits for its reply. When the context ends, so does
// the stream.
func (s *stream) call(ctx context.Context, request *trailblazerv1.StepStreamRequest) (*trailblazerv1.StepStreamResponse, error) {
	if s.open == nil {
		base, cancel := context.WithCancel(context.Background())
		opened, err := s.client.rpc.StepStream(base)
		if err != nil {
			cancel()
			return nil, err
		}
		s.open, s.cancel = opened, cancel
	}
	stop := context.AfterFunc(ctx, s.cancel)
	defer stop()
	// A failed Send says io.EOF; Receive says why.
	_ = s.open.Send(request)
	response, err := s.open.Receive()
	if err != nil {
		s.drop()
		if ctx.Err() != nil {
			err = connect.NewError(connect.CodeDeadlineExceeded, ctx.Err())
		}
		return nil, err
	}
	return response, nil
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
