package client

import (
	"context"
	"time"

	"connectrpc.com/connect"
)

// Connection is what it takes to call the server's other services as a Client
// calls its own: over the same transport, with the same token.
type Connection struct {
	HTTP    connect.HTTPClient
	Address string // Of the server, for generated clients.
	Options []connect.ClientOption
	// Timeout is how long an answer may take.
	Timeout time.Duration
}

// Connection returns how the client reaches its server.
func (c *Client) Connection() Connection {
	return Connection{HTTP: c.http, Address: c.base, Options: c.rpcOptions, Timeout: c.options.timeout}
}

// Call makes a unary call of another service under the client's deadline, again
// where it failed on the way. The call must be safe to repeat.
func Call[T any](ctx context.Context, c *Client, do func(context.Context) (T, error)) (T, error) {
	return retried(ctx, c, do)
}

// Explain rebuilds the Go error that an RPC error's details stand for.
func (c *Client) Explain(ctx context.Context, err error) error { return c.explain(ctx, err) }

// OnTheWay reports whether a call failed on its way to the server or back, or
// the server was not available, so that a retry may succeed.
func OnTheWay(err error) bool { return onTheWay(err) }
