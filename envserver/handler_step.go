package envserver

import (
	"context"

	trailblazerv1 "trailblazer/api/trailblazer/v1"
)

// stepReply answers Step.
func (s *service) stepReply(ctx context.Context, request *trailblazerv1.StepRequest) (*reply, error) {
	return with(ctx, s.Server, request.GetSessionId(), func(sess *session) (*reply, error) {
		r, stepped, err := sess.step(request, s.hashSeed)
		if stepped {
			s.metrics.steps.Add(float64(sess.n))
		}
		return r, err
	})
}

// resetReply answers Reset.
func (s *service) resetReply(ctx context.Context, request *trailblazerv1.ResetRequest) (*reply, error) {
	return with(ctx, s.Server, request.GetSessionId(), func(sess *session) (*reply, error) {
		return sess.reset(request, s.hashSeed)
	})
}
