package envserver

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash/maphash"

	"trailblazer/api/env"
	trailblazerv1 "trailblazer/api/trailblazer/v1"
	"trailblazer/internal/wire"
)

// Snapshot implements trailblazerv1connect.EnvServiceHandler.
func (s *service) Snapshot(ctx context.Context, request *trailblazerv1.SnapshotRequest) (*trailblazerv1.SnapshotResponse, error) {
	return with(ctx, s.Server, request.GetSessionId(), func(sess *session) (*trailblazerv1.SnapshotResponse, error) {
		state, err := sess.vector.Snapshot()
		if err != nil {
			return nil, err
		}
		return &trailblazerv1.SnapshotResponse{State: state, StateHash: stateHash(state)}, nil
	})
}

// Restore implements trailblazerv1connect.EnvServiceHandler.
func (s *service) Restore(ctx context.Context, request *trailblazerv1.RestoreRequest) (*trailblazerv1.RestoreResponse, error) {
	return with(ctx, s.Server, request.GetSessionId(), func(sess *session) (*trailblazerv1.RestoreResponse, error) {
		if request.Index != nil {
			if err := sess.checkIndex(request.GetIndex()); err != nil {
				return nil, err
			}
		}
		if err := sess.restore(request.GetState()); err != nil {
			return nil, err
		}
		leaves := sess.shared.leaves
		return &trailblazerv1.RestoreResponse{
			NextIndex:   sess.next.Load(),
			StateHash:   stateHash(request.GetState()),
			Observation: wire.Copy(leaves.Observation, sess.out.Observation, sess.n),
			Info:        wire.Copy(leaves.Info, sess.out.Info, sess.n),
		}, nil
	})
}

// Fork implements trailblazerv1connect.EnvServiceHandler.
func (s *service) Fork(ctx context.Context, request *trailblazerv1.ForkRequest) (*trailblazerv1.ForkResponse, error) {
	return with(ctx, s.Server, request.GetSessionId(), func(origin *session) (*trailblazerv1.ForkResponse, error) {
		if !origin.shared.canSnapshot {
			return nil, env.ErrNoSnapshot
		}
		environments, err := environmentsOf(request, origin.n)
		if err != nil {
			return nil, err
		}
		reserved, sess, err := s.sessions.reserve(ctx, origin.owner, len(environments), request.GetRequestId(), s.hashFork(request))
		if err != nil {
			return nil, err
		}
		if reserved != nil {
			defer reserved.cancel()
			v, err := origin.vector.ForkLocal(environments)
			if err != nil {
				return nil, err
			}
			sess = s.newSession(origin.shared, v, request.GetLease(), request.GetLabel())
			sess.inherit(origin, environments)
			if err := s.admit(ctx, reserved, sess); err != nil {
				return nil, err
			}
		}
		return &trailblazerv1.ForkResponse{Session: sess.describe()}, nil
	})
}

func environmentsOf(request *trailblazerv1.ForkRequest, n int) ([]int, error) {
	if len(request.GetEnvironments()) == 0 {
		all := make([]int, n)
		for i := range all {
			all[i] = i
		}
		return all, nil
	}
	environments := make([]int, len(request.GetEnvironments()))
	for k, i := range request.GetEnvironments() {
		if int(i) >= n {
			return nil, &env.FieldError{
				Field:  fmt.Sprintf("environments[%d]", k),
				Value:  fmt.Sprint(i),
				Remedy: fmt.Sprintf("give a number from 0 to %d", n-1),
			}
		}
		environments[k] = int(i)
	}
	return environments, nil
}

// inherit takes over what the origin knows of the environments that were
// copied from it.
func (s *session) inherit(origin *session, environments []int) {
	s.neverSeeded = origin.neverSeeded
	if origin.unseeded != nil {
		s.unseeded = make([]bool, s.n)
		for k, i := range environments {
			s.unseeded[k] = origin.unseeded[i]
		}
	}
	if origin.out == nil {
		return
	}
	s.out = s.shared.newBuffer(s.n, s.mode)
	for k, i := range environments {
		s.out.Observation.CopyRow(k, origin.out.Observation, i)
		s.out.Info.CopyRow(k, origin.out.Info, i)
	}
}

func (s *Server) hashFork(request *trailblazerv1.ForkRequest) uint64 {
	var h maphash.Hash
	h.SetSeed(s.hashSeed)
	hashTexts(&h, "fork", request.GetSessionId(), request.GetLabel())
	for _, i := range request.GetEnvironments() {
		hashNumber(&h, uint64(i))
	}
	hashNumber(&h, uint64(asDuration(request.GetLease())))
	return h.Sum64()
}

func stateHash(state []byte) string {
	hash := sha256.Sum256(state)
	return hex.EncodeToString(hash[:])
}
