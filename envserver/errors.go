package envserver

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	"trailblazer/api/env"
	trailblazerv1 "trailblazer/api/trailblazer/v1"
)

// indexError reports a reset or step out of order.
type indexError struct {
	got, expected uint64
	// reused says that the index is that of the last call, which was another.
	reused bool
}

func (e *indexError) Error() string {
	if e.reused {
		return fmt.Sprintf("index %d was already used by a call with other contents: send index %d", e.got, e.expected)
	}
	return fmt.Sprintf("index is %d: send index %d", e.got, e.expected)
}

// OutOfOrder returns the error of a call whose index is not the expected one;
// reused says that it is that of the last call, which was another.
func OutOfOrder(got, expected uint64, reused bool) error {
	return &indexError{got: got, expected: expected, reused: reused}
}

// limitError reports a quota that is used up.
type limitError struct {
	// What is limited ("sessions") and for whom ("owner x").
	what, of   string
	used, want int
	limit      int
	retryAfter time.Duration
}

func (e *limitError) Error() string {
	return fmt.Sprintf("too many %s of %s: %d open and %d asked for, %d allowed; close some or retry in %v", e.what, e.of, e.used, e.want, e.limit, e.retryAfter)
}

// goneError reports a session, or what else lives under a lease, that the caller
// doesn't have.
type goneError struct{ kind, id string }

func (e *goneError) Error() string {
	return fmt.Sprintf("no %s %q: it was closed, its lease ran out, or it is not yours; make a new one", e.kind, e.id)
}

// Gone returns the error of what lives under a lease, of a kind such as
// "session", and is not there or not the caller's.
func Gone(kind, id string) error { return &goneError{kind, id} }

// brokenError reports a fault inside an environment that may have left the
// session's environments half way between two states.
type brokenError struct{ cause error }

func (e *brokenError) Error() string {
	return fmt.Sprintf("%v; the session was closed, since its environments may have got out of step", e.cause)
}

func (e *brokenError) Unwrap() error { return e.cause }

// recordError reports that what a session did can't be written to its data
// set.
type recordError struct{ cause error }

func (e *recordError) Error() string {
	return fmt.Sprintf("%v; the server keeps what was recorded in memory: mend this there, then call again", e.cause)
}

func (e *recordError) Unwrap() error { return e.cause }

var errStopping = errors.New("the server is stopping: retry elsewhere or later")

// rpcError turns any error into one that carries an RPC code and the details
// that clients rebuild it from. It is the only place that does.
func rpcError(err error) error {
	var (
		coded    *connect.Error
		field    *env.FieldError
		notFound *env.NotFoundError
		gone     *goneError
		index    *indexError
		limit    *limitError
		broken   *brokenError
		record   *recordError
	)
	switch {
	case err == nil:
		return nil
	case errors.As(err, &broken):
		return connect.NewError(connect.CodeInternal, err)
	case errors.As(err, &record):
		return connect.NewError(connect.CodeFailedPrecondition, err)
	case errors.As(err, &coded):
		return coded
	case errors.As(err, &field):
		return detailed(connect.CodeInvalidArgument, err, &trailblazerv1.FieldError{Field: field.Field, Value: field.Value, Remedy: field.Remedy})
	case errors.As(err, &notFound):
		return detailed(connect.CodeNotFound, err, &trailblazerv1.NotFoundError{Kind: notFound.Kind, Name: notFound.Name, Known: notFound.Known})
	case errors.As(err, &gone):
		return detailed(connect.CodeNotFound, err, &trailblazerv1.NotFoundError{Kind: gone.kind, Name: gone.id})
	case errors.As(err, &index):
		return detailed(connect.CodeFailedPrecondition, err, &trailblazerv1.IndexError{ExpectedIndex: index.expected})
	case errors.As(err, &limit):
		return Exhausted(limit, limit.retryAfter)
	case errors.Is(err, env.ErrNotReset):
		return stateError(connect.CodeFailedPrecondition, err, trailblazerv1.StateReason_STATE_REASON_NOT_RESET)
	case errors.Is(err, env.ErrFinished):
		return stateError(connect.CodeFailedPrecondition, err, trailblazerv1.StateReason_STATE_REASON_FINISHED)
	case errors.Is(err, env.ErrClosed):
		return stateError(connect.CodeFailedPrecondition, err, trailblazerv1.StateReason_STATE_REASON_CLOSED)
	case errors.Is(err, env.ErrNoSnapshot):
		return stateError(connect.CodeUnimplemented, err, trailblazerv1.StateReason_STATE_REASON_NO_SNAPSHOT)
	case errors.Is(err, errStopping):
		return connect.NewError(connect.CodeUnavailable, err)
	case errors.Is(err, context.DeadlineExceeded):
		return connect.NewError(connect.CodeDeadlineExceeded, err)
	case errors.Is(err, context.Canceled):
		return connect.NewError(connect.CodeCanceled, err)
	}
	return connect.NewError(connect.CodeInternal, err)
}

func stateError(code connect.Code, err error, reason trailblazerv1.StateReason) error {
	return detailed(code, err, &trailblazerv1.StateError{Reason: reason})
}

// Exhausted returns the error of a limit that is reached, with a hint when to
// try again.
func Exhausted(err error, retryAfter time.Duration) error {
	coded := detailed(connect.CodeResourceExhausted, err, &trailblazerv1.RetryHint{RetryAfter: durationpb.New(retryAfter)})
	seconds := int64((retryAfter + time.Second - 1) / time.Second)
	coded.Meta().Set("Retry-After", strconv.FormatInt(seconds, 10))
	return coded
}

func detailed(code connect.Code, err error, detail proto.Message) *connect.Error {
	coded := connect.NewError(code, err)
	if d, detailErr := connect.NewErrorDetail(detail); detailErr == nil {
		coded.AddDetail(d)
	}
	return coded
}
