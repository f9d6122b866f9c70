package experience

import (
	"context"
	"errors"
	"fmt"

	"connectrpc.com/connect"

	"trailblazer/api/env"
	trailblazerv1 "trailblazer/api/trailblazer/v1"
	"trailblazer/datasets/traj"
	"trailblazer/envserver"
)

// Append implements trailblazerv1connect.DatasetServiceHandler. Each episode is
// in the journal before the next is read.
func (s *Service) Append(ctx context.Context, stream *connect.ClientStream[trailblazerv1.AppendRequest]) (*trailblazerv1.AppendResponse, error) {
	response := new(trailblazerv1.AppendResponse)
	if !stream.Receive() {
		return response, s.ended(ctx, stream, response)
	}
	open := stream.Msg().GetOpen()
	if open == nil {
		return nil, &env.FieldError{Field: "open", Value: "missing", Remedy: "say in the first message what the episodes are appended to"}
	}
	spec, err := s.specOf(open)
	if err != nil {
		return nil, err
	}
	if open.GetSplit() != "" {
		if err := traj.CheckSplit(open.GetSplit()); err != nil {
			return nil, err
		}
	}
	owner := envserver.Owner(ctx)
	writer, release, err := s.store.Of(owner).Writer(open.GetDataset(), spec)
	if err != nil {
		return nil, coded(err)
	}
	defer release()
	maker, err := newMaker(writer.Schema(), spec, open.GetSplit())
	if err != nil {
		return nil, err
	}
	call := s.calls.find(callKey{owner, open.GetDataset(), open.GetCall()})
	for n := 0; stream.Receive(); n++ {
		message := stream.Msg().GetEpisode()
		if message == nil {
			return nil, kept(response, &env.FieldError{Field: "episode", Value: "missing", Remedy: "send one in every message after the first"})
		}
		episode, err := maker.episode(message)
		if err == nil {
			err = add(writer, call, n, episode, response)
		}
		if err != nil {
			return nil, kept(response, coded(fmt.Errorf("episode %d of this call (source %q): %w", n, message.GetSource(), err)))
		}
	}
	return response, s.ended(ctx, stream, response)
}

// add keeps one episode and counts it.
func add(writer *traj.Writer, call *adding, place int, episode *traj.Episode, response *trailblazerv1.AppendResponse) error {
	added, err := call.add(writer, place, episode)
	switch {
	case added:
		response.Episodes++
		response.Steps += int64(episode.Header.Steps)
	case err == nil:
		response.Duplicates++
	}
	return err
}

// ended says why a stream brings no further message; nil for its proper end.
func (s *Service) ended(ctx context.Context, stream *connect.ClientStream[trailblazerv1.AppendRequest], response *trailblazerv1.AppendResponse) error {
	err := stream.Err()
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if err == nil {
		return nil
	}
	return kept(response, err)
}

// kept adds to an error what was kept before it.
func kept(response *trailblazerv1.AppendResponse, err error) error {
	n := response.GetEpisodes() + response.GetDuplicates()
	var coded *connect.Error
	if !errors.As(err, &coded) {
		return fmt.Errorf("%w; the %d episodes before it are kept", err, n)
	}
	told := connect.NewError(coded.Code(), fmt.Errorf("%w; the %d episodes before it are kept", coded.Unwrap(), n))
	for _, detail := range coded.Details() {
		told.AddDetail(detail)
	}
	return told
}
