package envserver

import (
	"errors"
	"fmt"

	"connectrpc.com/connect"

	"trailblazer/api/env"
	trailblazerv1 "trailblazer/api/trailblazer/v1"
)

// record begins the recording that a request asks for, if it does.
func (s *Server) record(sess *session, to *trailblazerv1.Recording) (err error) {
	if to == nil {
		return nil
	}
	if s.options.Recorder == nil {
		return &env.FieldError{Field: "record.dataset", Value: fmt.Sprintf("%q", to.GetDataset()),
			Remedy: "this server keeps no data sets: start it with --datasets DIR, or leave record out"}
	}
	sess.recording, err = s.options.Recorder.Record(sess.vector, env.RecordOptions{
		Dataset: to.GetDataset(), Policy: to.GetPolicy(), Split: to.GetSplit(), Source: sess.id,
	})
	var field *env.FieldError
	if err != nil && !errors.As(err, &field) {
		return connect.NewError(connect.CodeFailedPrecondition, err)
	}
	return err
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
