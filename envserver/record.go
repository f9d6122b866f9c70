package envserver

import (
	"context"
	"errors"
	"fmt"

	"connectrpc.com/connect"

	"trailblazer/api/env"
	trailblazerv1 "trailblazer/api/trailblazer/v1"
)

// record begins the recording that a request asks for, if it does.
func (s *Server) record(ctx context.Context, sess *session, to *trailblazerv1.Recording) (err error) {
	if to == nil {
		return nil
	}
	if s.options.Recorder == nil {
		return &env.FieldError{Field: "record.dataset", Value: fmt.Sprintf("%q", to.GetDataset()),
			Remedy: "this server keeps no data sets: start it with --datasets DIR, or leave record out"}
	}
	sess.recording, err = s.options.Recorder.Record(sess.vector, env.RecordOptions{
		Owner: Owner(ctx), Dataset: to.GetDataset(), Policy: to.GetPolicy(), Split: to.GetSplit(), Source: sess.id,
	})
	var field *env.FieldError
	switch {
	case errors.As(err, &field):
		return &env.FieldError{Field: "record." + field.Field, Value: field.Value, Remedy: field.Remedy}
	case err != nil:
		return connect.NewError(connect.CodeFailedPrecondition, err)
	}
	return nil
}

// ready refuses a call before it changes anything, while what the session did
// earlier can't be written.
func (s *session) ready() error {
	if s.recording == nil {
		return nil
	}
	if err := s.recording.Ready(); err != nil {
		return &recordError{err}
	}
	return nil
}

// endRecording ends the recording, if there is one. The caller has entered the
// session, or nobody else knows it.
func (s *session) endRecording() error {
	if s.recording == nil {
		return nil
	}
	recording := s.recording
	s.recording = nil
	if err := recording.Close(); err != nil {
		return &recordError{err}
	}
	return nil
}
