package envserver

import (
	"cmp"
	"context"
	"errors"
	"slices"

	trailblazerv1 "trailblazer/api/trailblazer/v1"
)

// RenewLease implements trailblazerv1connect.EnvServiceHandler. It does not
// wait for a step that is running.
func (s *service) RenewLease(ctx context.Context, request *trailblazerv1.RenewLeaseRequest) (*trailblazerv1.RenewLeaseResponse, error) {
	sess, err := s.sessions.get(callOf(ctx).owner, request.GetSessionId())
	if err != nil {
		return nil, err
	}
	callOf(ctx).session = sess.id
	if request.GetLease() != nil {
		sess.lease.Store(int64(s.cut(request.GetLease().AsDuration())))
	}
	sess.touch(s.options.Clock.Now())
	return &trailblazerv1.RenewLeaseResponse{Session: sess.describe()}, nil
}

// ListSessions implements trailblazerv1connect.EnvServiceHandler. It renews no
// lease.
func (s *service) ListSessions(ctx context.Context, _ *trailblazerv1.ListSessionsRequest) (*trailblazerv1.ListSessionsResponse, error) {
	sessions := s.sessions.list(callOf(ctx).owner)
	slices.SortFunc(sessions, func(a, b *session) int {
		return cmp.Or(cmp.Compare(a.created, b.created), cmp.Compare(a.id, b.id))
	})
	response := &trailblazerv1.ListSessionsResponse{Sessions: make([]*trailblazerv1.Session, len(sessions))}
	for i, sess := range sessions {
		response.Sessions[i] = sess.describe()
	}
	return response, nil
}

// Close implements trailblazerv1connect.EnvServiceHandler. It waits for a step
// that is running. A recorded session whose episodes can't be written stays
// open, so that closing it can be tried again.
func (s *service) Close(ctx context.Context, request *trailblazerv1.CloseRequest) (*trailblazerv1.CloseResponse, error) {
	response, err := with(ctx, s.Server, request.GetSessionId(), func(sess *session) (*trailblazerv1.CloseResponse, error) {
		if err := sess.ready(); err != nil {
			return nil, err
		}
		sess.doomed.Store(true)
		return &trailblazerv1.CloseResponse{}, sess.endRecording()
	})
	var gone *goneError
	if errors.As(err, &gone) {
		return &trailblazerv1.CloseResponse{}, nil
	}
	return response, err
}
