package envserver

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"connectrpc.com/connect"

	trailblazerv1 "trailblazer/api/trailblazer/v1"
)

// stepStream answers StepStream: resets and steps, one after the other. An
// error ends the stream; the session goes on.
func (s *service) stepStream(ctx context.Context, stream *connect.BidiStream[trailblazerv1.StepStreamRequest, streamReply]) error {
	control := callOf(ctx).control
	if !s.streams.add(control, func() { _ = control.SetReadDeadline(time.Unix(1, 0)) }) {
		return errStopping
	}
	defer s.streams.remove(control)
	for {
		request, err := stream.Receive()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			if s.streams.ending() && ctx.Err() == nil {
				return errStopping
			}
			return err
		}
		r, err := s.streamReply(ctx, request)
		if err != nil {
			return err
		}
		if err := stream.Send(r); err != nil {
			return err
		}
	}
}

func (s *service) streamReply(ctx context.Context, request *trailblazerv1.StepStreamRequest) (*streamReply, error) {
	switch request := request.GetRequest().(type) {
	case *trailblazerv1.StepStreamRequest_Step:
		r, err := s.stepReply(ctx, request.Step)
		if err != nil {
			return nil, err
		}
		return &streamReply{reply: r, message: &trailblazerv1.StepStreamResponse{
			Response: &trailblazerv1.StepStreamResponse_Step{Step: r.message.(*trailblazerv1.StepResponse)},
		}}, nil
	case *trailblazerv1.StepStreamRequest_Reset_:
		r, err := s.resetReply(ctx, request.Reset_)
		if err != nil {
			return nil, err
		}
		return &streamReply{reply: r, message: &trailblazerv1.StepStreamResponse{
			Response: &trailblazerv1.StepStreamResponse_Reset_{Reset_: r.message.(*trailblazerv1.ResetResponse)},
		}}, nil
	}
	return nil, errEmptyRequest
}

var errEmptyRequest = connect.NewError(connect.CodeInvalidArgument, errors.New("the request is empty: send a step or a reset"))

// streamReply is a reply inside the message of a stream.
type streamReply struct {
	reply   *reply
	message *trailblazerv1.StepStreamResponse
}

// streamSet is the streams that are open, so that stopping can wake those
// that rest.
type streamSet struct {
	mu    sync.Mutex
	open  map[*http.ResponseController]func()
	ended bool
}

// add reports whether a new stream may begin. Where the server stops, end is
// called.
func (s *streamSet) add(control *http.ResponseController, end func()) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return false
	}
	if s.open == nil {
		s.open = make(map[*http.ResponseController]func())
	}
	s.open[control] = end
	return true
}

func (s *streamSet) remove(control *http.ResponseController) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, control)
}

// end ends all streams. What those of EnvService have read already, they
// answer.
func (s *streamSet) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	for _, end := range s.open {
		end()
	}
}

func (s *streamSet) ending() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ended
}
