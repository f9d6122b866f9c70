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
	return retry(ctx, c, do)
}

// retry is retried under a deadline that the context has already.
func retry[T any](ctx context.Context, c *Client, do func(context.Context) (T, error)) (T, error) {
	pause := firstPause
	for attempt := 0; ; attempt++ {
		result, err := do(ctx)
		if err == nil {
			return result, nil
		}
		if attempt >= c.options.retries || !onTheWay(err) || ctx.Err() != nil {
			return result, c.explain(ctx, err)
		}
		select {
		case <-time.After(pause/2 + rand.N(pause/2)):
		case <-ctx.Done():
			return result, c.explain(ctx, err)
		}
		pause = min(2*pause, maxPause)
	}
}

// patience is a deadline that one call after the other uses again, since a
// context of its own for each call would cost more than many a step.
type patience struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	timer  *time.Timer
}

func (p *patience) begin(timeout time.Duration) context.Context {
	if p.ctx != nil {
		p.timer.Reset(timeout)
		return p.ctx
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	p.ctx, p.cancel = ctx, cancel
	p.timer = time.AfterFunc(timeout, func() { cancel(context.DeadlineExceeded) })
	return ctx
}

func (p *patience) end() {
	if !p.timer.Stop() { // It ran out.
		p.cancel(nil)
		p.ctx = nil
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
