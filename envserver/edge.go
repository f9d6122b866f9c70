package envserver

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"buf.build/go/protovalidate"
	"connectrpc.com/connect"

	"trailblazer/api/env/vector"
	trailblazerv1 "trailblazer/api/trailblazer/v1"
)

// edge is the outermost interceptor: whatever goes wrong inside leaves as an
// RPC error, panics included.
type edge struct{ server *Server }

// WrapUnary implements connect.Interceptor.
func (e *edge) WrapUnary(next connect.UnaryFunc) connect.UnaryFunc {
	return func(ctx context.Context, request connect.AnyRequest) (response connect.AnyResponse, err error) {
		defer func() { err = e.leave(ctx, recover(), err) }()
		return next(ctx, request)
	}
}

// WrapStreamingClient implements connect.Interceptor.
func (e *edge) WrapStreamingClient(next connect.StreamingClientFunc) connect.StreamingClientFunc {
	return next
}

// WrapStreamingHandler implements connect.Interceptor.
func (e *edge) WrapStreamingHandler(next connect.StreamingHandlerFunc) connect.StreamingHandlerFunc {
	return func(ctx context.Context, conn connect.StreamingHandlerConn) (err error) {
		defer func() { err = e.leave(ctx, recover(), err) }()
		return next(ctx, conn)
	}
}

// leave makes an error of what was recovered from a panic, codes it, notes it
// for metrics and log, and logs the stack of a panic.
func (e *edge) leave(ctx context.Context, recovered any, err error) error {
	switch recovered {
	case nil:
	case http.ErrAbortHandler:
		panic(recovered) // net/http's own way to cut a connection.
	default:
		err = vector.NewPanicError(recovered)
	}
	call := callOf(ctx)
	call.answered = true
	if err == nil {
		return nil
	}
	var panicked *vector.PanicError
	if errors.As(err, &panicked) {
		e.server.options.Logger.Error().Str("procedure", call.procedure).Str("session", call.session).
			Bytes("stack", panicked.Stack).Msg(panicked.Error())
	}
	err = rpcError(named(err))
	call.err = err
	return err
}

// named adds a FieldError to an error of the edge validation, so that clients
// see one kind of error for every refused field.
func named(err error) error {
	var invalid *protovalidate.ValidationError
	var coded *connect.Error
	if !errors.As(err, &invalid) || !errors.As(err, &coded) || len(invalid.Violations) == 0 {
		return err
	}
	first := invalid.Violations[0]
	field := &trailblazerv1.FieldError{
		Field:  protovalidate.FieldPathString(first.Proto.GetField()),
		Remedy: first.Proto.GetMessage(),
	}
	if first.FieldValue.IsValid() {
		field.Value = abbreviate(fmt.Sprint(first.FieldValue.Interface()))
	}
	if detail, detailErr := connect.NewErrorDetail(field); detailErr == nil {
		coded.AddDetail(detail)
	}
	return coded
}
