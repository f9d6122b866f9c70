package envserver_test

import (
	"errors"
	"io"
	"testing"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"

	trailblazerv1 "trailblazer/api/trailblazer/v1"
	"trailblazer/envserver"
)

func stepMessage(request *trailblazerv1.StepRequest) *trailblazerv1.StepStreamRequest {
	return &trailblazerv1.StepStreamRequest{Request: &trailblazerv1.StepStreamRequest_Step{Step: request}}
}

// TestStream carries resets and steps, errors that end the stream and not the
// session, and retries across streams.
func TestStream(t *testing.T) {
	h := start(t, envserver.Options{})
	s := h.walk(t, 3)
	client := h.http2(t)
	stream, err := client.StepStream(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.Send(&trailblazerv1.StepStreamRequest{Request: &trailblazerv1.StepStreamRequest_Reset_{
		Reset_: &trailblazerv1.ResetRequest{SessionId: s.id, Index: s.next, Seeds: []uint64{1}}}}); err != nil {
		t.Fatal(err)
	}
	reply, err := stream.Receive()
	if err != nil || reply.GetReset_().GetNextIndex() != s.next+1 {
		t.Fatalf("%v, %v", reply, err)
	}
	s.next++
	var last *trailblazerv1.StepStreamResponse
	for range 5 { // Pipelined: all are sent before the first reply is read.
		if err := stream.Send(stepMessage(s.request(s.pushed(0.5)))); err != nil {
			t.Fatal(err)
		}
		s.next++
	}
	for i := range 5 {
		if last, err = stream.Receive(); err != nil {
			t.Fatal(err)
		}
		if got, want := last.GetStep().GetNextIndex(), s.next-4+uint64(i); got != want {
			t.Errorf("reply %d says next is %d, want %d", i, got, want)
		}
	}
	// A wrong index ends the stream.
	wrong := s.request(s.pushed(0.5))
	wrong.Index += 5
	if err := stream.Send(stepMessage(wrong)); err != nil {
		t.Fatal(err)
	}
	_, err = stream.Receive()
	wantCode(t, err, connect.CodeFailedPrecondition, "")
	if got := detail[*trailblazerv1.IndexError](t, err).GetExpectedIndex(); got != s.next {
		t.Errorf("expected index %d, want %d", got, s.next)
	}
	// A retry of the last step over a unary call gets the stream's reply.
	s.next--
	again := s.step(t, s.pushed(0.5))
	if !proto.Equal(again, last.GetStep()) {
		t.Error("the retry of a streamed step got another reply")
	}

	for name, message := range map[string]*trailblazerv1.StepStreamRequest{
		"empty":      {},
		"no session": stepMessage(&trailblazerv1.StepRequest{}),
		"bad action": stepMessage(s.request(s.pushed(9))),
	} {
		stream, err := client.StepStream(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := stream.Send(message); err != nil {
			t.Fatal(err)
		}
		if _, err = stream.Receive(); connect.CodeOf(err) != connect.CodeInvalidArgument {
			t.Errorf("%s: %v", name, err)
		}
	}
	s.step(t, s.pushed(0.5))

	// Ending the request side ends the stream well.
	stream, err = client.StepStream(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.CloseRequest(); err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Receive(); !errors.Is(err, io.EOF) {
		t.Errorf("a stream without requests ended with %v", err)
	}
}

// TestStreamRests keeps a stream open for longer than a request may take.
func TestStreamRests(t *testing.T) {
	h := start(t, envserver.Options{BodyTimeout: 50 * time.Millisecond, WriteTimeout: 50 * time.Millisecond, IdleTimeout: 50 * time.Millisecond})
	s := h.walk(t, 1)
	stream, err := h.http2(t).StepStream(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := stream.Send(stepMessage(s.request(s.pushed(1)))); err != nil {
			t.Fatal(err)
		}
		reply, err := stream.Receive()
		if err != nil {
			t.Fatal(err)
		}
		s.next = reply.GetStep().GetNextIndex()
		time.Sleep(120 * time.Millisecond)
	}
	stream.CloseRequest()
	stream.CloseResponse()
}
