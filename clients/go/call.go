package client

import (
	"context"
	"math/rand/v2"
	"time"

	"connectrpc.com/connect"
)

const (
	firstPause = 10 * time.Millisecond
	maxPause   = time.Second
)

// retried makes a call under the client's deadline, again where it failed on
// the way. The call must be safe to repeat. Its error is what the server's
// details say.
func retried[T any](ctx context.Context, c *Client, do func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, c.options.timeout)
	defer cancel()
	pause := firstPause
	for attempt := 0; ; attempt++ {
		result, err := do(ctx)
		if err == nil {
			return result, nil
		}
		if attempt >= c.options.retries || !onTheWay(err) || ctx.Err() != nil {
			return result, c.explain(err)
		}
		select {
		case <-time.After(pause/2 + rand.N(pause/2)):
		case <-ctx.Done():
			return result, c.explain(err)
		}
		pause = min(2*pause, maxPause)
	}
}

// onTheWay reports whether a call may not have reached the server, or its reply
// not us: what the server itself has said stands, except that it is not
// available.
func onTheWay(err error) bool {
	switch connect.CodeOf(err) {
	case connect.CodeUnavailable:
		return true
	case connect.CodeUnknown, connect.CodeInternal, connect.CodeCanceled, connect.CodeAborted, connect.CodeDataLoss:
		return !connect.IsWireError(err)
	}
	return false
}
