package client

import (
	"context"
	"errors"
	"fmt"
	"time"

	"connectrpc.com/connect"

	"trailblazer/api/env"
	trailblazerv1 "trailblazer/api/trailblazer/v1"
)

// IndexError reports that another call of the session came in between, or that
// the outcome of the last one is not known: the server expects another index.
type IndexError struct{ Expected uint64 }

// Error names the index that the server expects.
func (e *IndexError) Error() string {
	return fmt.Sprintf("the server expects index %d: the session was used from elsewhere, or a call's reply was lost; reset to go on", e.Expected)
}

// LimitError reports a quota that is used up.
type LimitError struct {
	// RetryAfter is when the server expects to have room.
	RetryAfter time.Duration
	message    string
}

// Error returns what the server said.
func (e *LimitError) Error() string { return e.message }

// rpcError is an error of the server with the Go error that its details stand
// for.
type rpcError struct {
	rpc    *connect.Error
	domain error
}

// Error returns the server's message.
func (e *rpcError) Error() string { return e.rpc.Message() }

// Unwrap shows both errors to errors.Is and errors.As.
func (e *rpcError) Unwrap() []error { return []error{e.domain, e.rpc} }

// explain rebuilds the Go error from an RPC error's details.
func (c *Client) explain(ctx context.Context, err error) error {
	if context.Cause(ctx) == context.DeadlineExceeded {
		return connect.NewError(connect.CodeDeadlineExceeded, fmt.Errorf("no answer from the server at %s within %v: %w", c.address, c.options.timeout, context.DeadlineExceeded))
	}
	var coded *connect.Error
	if !errors.As(err, &coded) {
		return err
	}
	for _, detail := range coded.Details() {
		value, detailErr := detail.Value()
		if detailErr != nil {
			continue
		}
		if domain := domainError(value, coded); domain != nil {
			return &rpcError{rpc: coded, domain: domain}
		}
	}
	if coded.Code() == connect.CodeUnavailable && !connect.IsWireError(err) {
		return fmt.Errorf("no answer from the server at %s (is it running?): %w", c.address, err)
	}
	return err
}

func domainError(detail any, coded *connect.Error) error {
	switch d := detail.(type) {
	case *trailblazerv1.FieldError:
		return &env.FieldError{Field: d.GetField(), Value: d.GetValue(), Remedy: d.GetRemedy()}
	case *trailblazerv1.NotFoundError:
		return &env.NotFoundError{Kind: d.GetKind(), Name: d.GetName(), Known: d.GetKnown()}
	case *trailblazerv1.IndexError:
		return &IndexError{Expected: d.GetExpectedIndex()}
	case *trailblazerv1.RetryHint:
		return &LimitError{RetryAfter: d.GetRetryAfter().AsDuration(), message: coded.Message()}
	case *trailblazerv1.StateError:
		switch d.GetReason() {
		case trailblazerv1.StateReason_STATE_REASON_NOT_RESET:
			return env.ErrNotReset
		case trailblazerv1.StateReason_STATE_REASON_FINISHED:
			return env.ErrFinished
		case trailblazerv1.StateReason_STATE_REASON_CLOSED:
			return env.ErrClosed
		case trailblazerv1.StateReason_STATE_REASON_NO_SNAPSHOT:
			return env.ErrNoSnapshot
		}
	}
	return nil
}

func asIndexError(err error) (*IndexError, bool) {
	var index *IndexError
	return index, errors.As(err, &index)
}

// lost reports whether an error leaves open what the server did: it is neither
// an answer of the server nor known to have happened before the call was sent.
func lost(err error) bool {
	var coded *connect.Error
	return !errors.As(err, &coded) || !connect.IsWireError(coded) || coded.Code() == connect.CodeDeadlineExceeded || coded.Code() == connect.CodeCanceled
}
