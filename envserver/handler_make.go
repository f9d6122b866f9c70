package envserver

import (
	"context"
	"errors"
	"hash/maphash"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	"trailblazer/api/env/vector"
	trailblazerv1 "trailblazer/api/trailblazer/v1"
	"trailblazer/internal/wire"
)

// Make implements trailblazerv1connect.EnvServiceHandler.
func (s *service) Make(ctx context.Context, request *trailblazerv1.MakeRequest) (*trailblazerv1.MakeResponse, error) {
	n := max(int(request.GetNumEnvs()), 1)
	mode := wire.ToMode(request.GetAutoresetMode())
	reserved, sess, err := s.sessions.reserve(ctx, callOf(ctx).owner, n, request.GetRequestId(), s.hashMake(request))
	if err != nil {
		return nil, err
	}
	if reserved != nil {
		defer reserved.cancel()
		h, err := s.find(request.GetEnvId(), request.GetScenario(), request.GetConfigJson())
		if err != nil {
			return nil, err
		}
		v, err := vector.New(h.factory, n, mode, s.pool)
		if err != nil {
			return nil, err
		}
		sess = s.newSession(h, v, request.GetLease(), request.GetLabel())
		sess.neverSeeded = true
		if err := s.record(ctx, sess, request.GetRecord()); err != nil {
			v.Close()
			return nil, err
		}
		if err := s.admit(ctx, reserved, sess); err != nil {
			return nil, err
		}
	}
	callOf(ctx).session = sess.id
	return &trailblazerv1.MakeResponse{
		Session: sess.describe(),
		Spec:    wire.FromSpec(sess.shared.spec, sess.shared.canSnapshot),
	}, nil
}

// newSession wraps a vector.
func (s *Server) newSession(h *shared, v *vector.Local, lease *durationpb.Duration, label string) *session {
	now := s.options.Clock.Now()
	sess := &session{
		id:      NewID(),
		label:   label,
		shared:  h,
		n:       v.Len(),
		mode:    v.Autoreset(),
		created: now.UnixNano(),
		lock:    make(chan struct{}, 1),
		vector:  v,
	}
	sess.lease.Store(int64(s.cut(asDuration(lease))))
	sess.touch(now)
	return sess
}

// admit puts a new session into the table, unless its maker has gone and can't
// ask for it again.
func (s *Server) admit(ctx context.Context, reserved *reservation, sess *session) error {
	err := ctx.Err()
	if err == nil || reserved.request != nil {
		err = reserved.commit(sess)
	}
	if err != nil {
		sess.vector.Close()
		err = errors.Join(err, sess.endRecording())
	}
	return err
}

func (s *Server) hashMake(request *trailblazerv1.MakeRequest) uint64 {
	var h maphash.Hash
	h.SetSeed(s.hashSeed)
	hashTexts(&h, "make", request.GetEnvId(), request.GetScenario(), request.GetConfigJson(), request.GetLabel())
	hashNumber(&h, uint64(request.GetNumEnvs()))
	hashNumber(&h, uint64(request.GetAutoresetMode()))
	hashNumber(&h, uint64(asDuration(request.GetLease())))
	hashTexts(&h, request.GetRecord().GetDataset(), request.GetRecord().GetPolicy(), request.GetRecord().GetSplit())
	return h.Sum64()
}

func asDuration(d *durationpb.Duration) time.Duration {
	if d == nil {
		return 0
	}
	return d.AsDuration()
}
