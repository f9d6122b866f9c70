package envserver

import (
	"context"
	"encoding/json"
	"errors"
	"hash/maphash"
	"strings"
	"sync/atomic"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"trailblazer/api/env"
	"trailblazer/api/env/vector"
	trailblazerv1 "trailblazer/api/trailblazer/v1"
	"trailblazer/internal/wire"
)

type tensor = trailblazerv1.Tensor

// session is a vector of environments under a lease.
type session struct {
	id      string
	owner   string
	label   string
	request *request // That made it, or nil.
	shared  *shared
	n       int
	mode    env.AutoresetMode
	created int64 // Unix nanoseconds, like expires.

	// lease is a time.Duration.
	lease, expires atomic.Int64
	// doomed asks whoever holds the session to close it.
	doomed atomic.Bool

	// lock holds one token while somebody works with the session and the
	// fields below. A channel, so that waiting for it can be given up.
	lock   chan struct{}
	closed bool
	vector *vector.Local
	// recording is nil in sessions that are not recorded.
	recording env.Recording
	// next is the index of the next reset or step; last is the one before it.
	// Others may read next at any time.
	next atomic.Uint64
	last lastCall
	// out is what the environments showed last; nil before the first reset.
	out *buffer
	// unseeded marks the environments that never got a seed; nil where none
	// has (neverSeeded) or all have.
	unseeded    []bool
	neverSeeded bool
}

// lastCall is what it takes to recognise a retry and to answer it.
type lastCall struct {
	kind callKind
	hash uint64
	// seeds are those that the server drew for a reset.
	seeds []uint64
}

type callKind uint8

const (
	noCall callKind = iota
	resetCall
	stepCall
)

// enter waits until the session is the caller's alone. Every enter that
// returns nil needs a leave.
func (s *session) enter(ctx context.Context) error {
	select {
	case s.lock <- struct{}{}:
	default:
		select {
		case s.lock <- struct{}{}:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	err := ctx.Err()
	if err == nil && s.closed {
		err = &goneError{"session", s.id}
	}
	if err != nil {
		<-s.lock
	}
	return err
}

// tryEnter is enter without waiting.
func (s *session) tryEnter() bool {
	select {
	case s.lock <- struct{}{}:
	default:
		return false
	}
	if s.closed {
		<-s.lock
		return false
	}
	return true
}

// touch renews the lease.
func (s *session) touch(now time.Time) { s.expires.Store(now.UnixNano() + s.lease.Load()) }

func (s *session) expired(now time.Time) bool { return now.UnixNano() >= s.expires.Load() }

// step answers a step and reports whether it was one, not a retry. The caller
// has entered the session.
func (s *session) step(request *trailblazerv1.StepRequest, seed maphash.Seed) (r *reply, stepped bool, err error) {
	hash := hashStep(seed, request)
	if s.isRetry(stepCall, request.GetIndex(), hash) {
		return s.reply(), false, nil
	}
	if err := s.checkIndex(request.GetIndex()); err != nil {
		return nil, false, err
	}
	action, free, err := s.shared.decodeAction(request.GetAction(), s.n)
	defer free()
	if err != nil {
		return nil, false, err
	}
	if err := s.ready(); err != nil {
		return nil, false, err
	}
	out := s.writable()
	if err := s.vector.StepInto(action, &out.Transition); err != nil {
		return nil, false, settle(err)
	}
	if s.recording != nil {
		s.recording.Step(action, &out.Transition)
	}
	s.out = out
	s.next.Add(1)
	s.last = lastCall{kind: stepCall, hash: hash}
	return s.reply(), true, nil
}

// reset answers a reset. The caller has entered the session.
func (s *session) reset(request *trailblazerv1.ResetRequest, seed maphash.Seed) (*reply, error) {
	hash := hashReset(seed, request)
	if s.isRetry(resetCall, request.GetIndex(), hash) {
		return s.reply(), nil
	}
	if err := s.checkIndex(request.GetIndex()); err != nil {
		return nil, err
	}
	options, drawn, err := s.resetOptions(request)
	if err != nil {
		return nil, err
	}
	if err := s.ready(); err != nil {
		return nil, err
	}
	out := s.writable()
	if s.out != nil && out != s.out {
		copyBatch(&out.Batch, &s.out.Batch)
	}
	if err := s.vector.ResetInto(options, &out.Batch); err != nil {
		return nil, settle(err)
	}
	if s.recording != nil {
		s.recording.Reset(&options, &out.Batch)
	}
	if len(options.Seeds) > 0 {
		s.markSeeded(options.Mask)
	}
	out.Finished = out.Finished[:0]
	s.out = out
	s.next.Add(1)
	s.last = lastCall{kind: resetCall, hash: hash, seeds: drawn}
	return s.reply(), nil
}

// resetOptions reads a request. The server draws a seed where an environment
// would start its first episode without one.
func (s *session) resetOptions(request *trailblazerv1.ResetRequest) (options env.ResetOptions, drawn []uint64, err error) {
	options.Seeds = request.GetSeeds()
	if request.GetMask() != nil {
		if options.Mask, err = wire.Bools("mask", request.GetMask(), s.n); err != nil {
			return options, nil, err
		}
	}
	if text := request.GetOptionsJson(); text != "" {
		if !json.Valid([]byte(text)) {
			return options, nil, &env.FieldError{Field: "options_json", Value: abbreviate(text), Remedy: "give a JSON object"}
		}
		options.Options = json.RawMessage(text)
	}
	if len(options.Seeds) == 0 && s.needsSeed(options.Mask) {
		drawn = []uint64{RandomSeed()}
		options.Seeds = drawn
	}
	return options, drawn, nil
}

// needsSeed reports whether one of the masked environments never got a seed
// and needs one. Where episodes have a fixed order, they start with the first.
func (s *session) needsSeed(mask []bool) bool {
	if s.shared.spec.Episodes > 0 {
		return false
	}
	if s.neverSeeded {
		return true
	}
	for i, unseeded := range s.unseeded {
		if unseeded && (mask == nil || mask[i]) {
			return true
		}
	}
	return false
}

func (s *session) markSeeded(mask []bool) {
	if mask == nil {
		s.neverSeeded, s.unseeded = false, nil
		return
	}
	if s.neverSeeded {
		s.neverSeeded = false
		s.unseeded = make([]bool, s.n)
		for i := range s.unseeded {
			s.unseeded[i] = true
		}
	}
	left := false
	for i := range s.unseeded {
		s.unseeded[i] = s.unseeded[i] && !mask[i]
		left = left || s.unseeded[i]
	}
	if !left {
		s.unseeded = nil
	}
}

// isRetry reports whether a call is the last one again.
func (s *session) isRetry(kind callKind, index, hash uint64) bool {
	return s.last.kind == kind && index+1 == s.next.Load() && s.last.hash == hash
}

func (s *session) checkIndex(index uint64) error {
	next := s.next.Load()
	if index == next {
		return nil
	}
	return &indexError{got: index, expected: next, reused: index+1 == next && s.last.kind != noCall}
}

// writable returns a buffer that no reply reads: the session's own as a rule.
func (s *session) writable() *buffer {
	if s.out != nil && s.out.readers.Load() == 0 {
		return s.out
	}
	return s.shared.newBuffer(s.n, s.mode)
}

// reply answers the last call.
func (s *session) reply() *reply {
	r := s.shared.newReply(s.out)
	if s.last.kind == stepCall {
		r.message = r.wire.Step(s.next.Load(), &s.out.Transition)
	} else {
		r.message = r.wire.Reset(s.next.Load(), &s.out.Batch, s.last.seeds)
	}
	return r
}

// restore goes back to a snapshot. The caller has entered the session.
func (s *session) restore(state []byte) error {
	if err := s.ready(); err != nil {
		return err
	}
	// A buffer of its own: where the state is refused, the last reply stays.
	out := s.shared.newBuffer(s.n, s.mode)
	if err := s.vector.RestoreInto(state, &out.Batch); err != nil {
		return settle(err)
	}
	if s.recording != nil {
		s.recording.Restore(&out.Batch)
	}
	s.out, s.last = out, lastCall{}
	s.neverSeeded, s.unseeded = false, nil
	return nil
}

// describe says what a caller may know.
func (s *session) describe() *trailblazerv1.Session {
	return &trailblazerv1.Session{
		SessionId:     s.id,
		EnvId:         s.shared.spec.ID,
		Scenario:      s.shared.spec.Scenario,
		NumEnvs:       uint32(s.n),
		AutoresetMode: wire.FromMode(s.mode),
		Lease:         durationpb.New(time.Duration(s.lease.Load())),
		ExpiresAt:     timestamppb.New(time.Unix(0, s.expires.Load())),
		CreatedAt:     timestamppb.New(time.Unix(0, s.created)),
		Label:         s.label,
		NextIndex:     s.next.Load(),
		ContentHash:   s.shared.spec.ContentHash,
	}
}

// settle returns an error of the vector, as a *brokenError unless it left the
// environments as they were.
func settle(err error) error {
	var (
		field    *env.FieldError
		notFound *env.NotFoundError
	)
	_, several := err.(interface{ Unwrap() []error }) // Going back failed, too.
	if !several && (errors.As(err, &field) || errors.As(err, &notFound) ||
		errors.Is(err, env.ErrNotReset) || errors.Is(err, env.ErrFinished) || errors.Is(err, env.ErrNoSnapshot)) {
		return err
	}
	return &brokenError{err}
}

// copyBatch copies all rows of a batch.
func copyBatch(dst, src *env.Batch) {
	for i := range src.Reward {
		dst.Observation.CopyRow(i, src.Observation, i)
		dst.Info.CopyRow(i, src.Info, i)
	}
	copy(dst.Reward, src.Reward)
	copy(dst.Terminated, src.Terminated)
	copy(dst.Truncated, src.Truncated)
}

// abbreviate cuts text to what fits an error message.
func abbreviate(text string) string {
	const longest = 64
	if len(text) > longest {
		return strings.ToValidUTF8(text[:longest], "") + "…"
	}
	return text
}
