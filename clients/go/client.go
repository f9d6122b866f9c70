package client

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"connectrpc.com/connect"

	"trailblazer/api/env"
	trailblazerv1 "trailblazer/api/trailblazer/v1"
	"trailblazer/api/trailblazer/v1/trailblazerv1connect"
	"trailblazer/internal/wire"
)

// Client is a connection to a server.
type Client struct {
	options options
	address string
	base    string
	http    connect.HTTPClient
	rpc     trailblazerv1connect.EnvServiceClient
	idle    interface{ CloseIdleConnections() }
	// rpcOptions are those of every call.
	rpcOptions []connect.ClientOption
}

// Dial prepares calls to the server at http://host:port, https://host:port or
// unix:///path/to/socket; a bare host:port is taken as http. It connects with
// the first call.
func Dial(address string, opts ...Option) (*Client, error) {
	o := defaults()
	for _, option := range opts {
		option(&o)
	}
	base, transport, err := transportTo(address, &o)
	if err != nil {
		return nil, err
	}
	c := &Client{options: o, address: address, base: base, http: direct{transport}, idle: transport}
	if o.httpClient != nil {
		c.http, c.idle = o.httpClient, o.httpClient
	}
	c.rpcOptions = []connect.ClientOption{
		connect.WithAcceptCompression("gzip", nil, nil), // Not worth it for tensors.
		connect.WithInterceptors(&bearer{o.token}),
	}
	if o.maxMessageBytes > 0 {
		c.rpcOptions = append(c.rpcOptions, connect.WithReadMaxBytes(o.maxMessageBytes))
	}
	c.rpc = trailblazerv1connect.NewEnvServiceClient(c.http, base, c.rpcOptions...)
	return c, nil
}

// direct is a transport without the redirects and cookies of an http.Client.
type direct struct{ transport *http.Transport }

// Do implements connect.HTTPClient.
func (d direct) Do(r *http.Request) (*http.Response, error) { return d.transport.RoundTrip(r) }

func transportTo(address string, o *options) (base string, transport *http.Transport, err error) {
	if !strings.Contains(address, "://") && !strings.HasPrefix(address, "unix:") {
		address = "http://" + address
	}
	u, err := url.Parse(address)
	if err != nil {
		return "", nil, fmt.Errorf("server address: %w", err)
	}
	dialer := &net.Dialer{Timeout: 10 * time.Second}
	transport = &http.Transport{
		DialContext:         dialer.DialContext,
		MaxIdleConnsPerHost: 256,
		IdleConnTimeout:     90 * time.Second,
		TLSHandshakeTimeout: 10 * time.Second,
		TLSClientConfig:     o.tls,
		DisableCompression:  true,
		Protocols:           new(http.Protocols),
		HTTP2:               &http.HTTP2Config{MaxReadFrameSize: 1 << 20, SendPingTimeout: 30 * time.Second, PingTimeout: 10 * time.Second},
	}
	switch u.Scheme {
	case "http", "https":
		if u.Host == "" {
			return "", nil, fmt.Errorf("server address %q has no host: write %s://host:port", address, u.Scheme)
		}
		base = u.Scheme + "://" + u.Host + u.Path
		transport.Proxy = http.ProxyFromEnvironment
	case "unix":
		path := u.Path
		if path == "" {
			path = u.Opaque
		}
		if path == "" {
			return "", nil, fmt.Errorf("server address %q has no path: write unix:///path/to/socket", address)
		}
		base = "http://localhost"
		transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, "unix", path)
		}
	default:
		return "", nil, fmt.Errorf("server address %q: write http://host:port, https://host:port or unix:///path", address)
	}
	// One protocol each: HTTP/1.1 is the fastest for single calls, and streams
	// need HTTP/2.
	switch {
	case !o.stream:
		transport.Protocols.SetHTTP1(true)
	case u.Scheme == "https":
		transport.Protocols.SetHTTP2(true)
	default:
		transport.Protocols.SetUnencryptedHTTP2(true)
	}
	return base, transport, nil
}

// Close drops the connections that rest. Sessions live on until they are
// closed or their lease runs out.
func (c *Client) Close() { c.idle.CloseIdleConnections() }

// List returns the server's catalog.
func (c *Client) List(ctx context.Context) ([]env.Environment, error) {
	response, err := retried(ctx, c, func(ctx context.Context) (*trailblazerv1.ListResponse, error) {
		return c.rpc.List(ctx, &trailblazerv1.ListRequest{})
	})
	if err != nil {
		return nil, err
	}
	environments := make([]env.Environment, len(response.GetEnvironments()))
	for i, e := range response.GetEnvironments() {
		environments[i] = wire.ToEnvironment(e)
	}
	return environments, nil
}

// Describe returns the spec that a Make with the same arguments would have.
func (c *Client) Describe(ctx context.Context, id, scenario string, config json.RawMessage) (*env.Spec, error) {
	response, err := retried(ctx, c, func(ctx context.Context) (*trailblazerv1.DescribeResponse, error) {
		return c.rpc.Describe(ctx, &trailblazerv1.DescribeRequest{EnvId: id, Scenario: scenario, ConfigJson: string(config)})
	})
	if err != nil {
		return nil, err
	}
	return wire.ToSpec(response.GetSpec())
}

// SessionInfo is what the server says of a session.
type SessionInfo struct {
	ID        string
	EnvID     string
	Scenario  string
	Label     string
	NumEnvs   int
	Autoreset env.AutoresetMode
	// Lease is how long the session outlives its last use; it ends at
	// ExpiresAt if there is none.
	Lease                time.Duration
	ExpiresAt, CreatedAt time.Time
	NextIndex            uint64
	ContentHash          string
}

// ListSessions returns the caller's own sessions.
func (c *Client) ListSessions(ctx context.Context) ([]SessionInfo, error) {
	response, err := retried(ctx, c, func(ctx context.Context) (*trailblazerv1.ListSessionsResponse, error) {
		return c.rpc.ListSessions(ctx, &trailblazerv1.ListSessionsRequest{})
	})
	if err != nil {
		return nil, err
	}
	sessions := make([]SessionInfo, len(response.GetSessions()))
	for i, s := range response.GetSessions() {
		sessions[i] = sessionInfo(s)
	}
	return sessions, nil
}

// CloseSession ends one of the caller's sessions by its id. Ending one that is
// gone already is no error.
func (c *Client) CloseSession(ctx context.Context, id string) error {
	_, err := retried(ctx, c, func(ctx context.Context) (*trailblazerv1.CloseResponse, error) {
		return c.rpc.Close(ctx, &trailblazerv1.CloseRequest{SessionId: id})
	})
	return err
}

func sessionInfo(s *trailblazerv1.Session) SessionInfo {
	return SessionInfo{
		ID:          s.GetSessionId(),
		EnvID:       s.GetEnvId(),
		Scenario:    s.GetScenario(),
		Label:       s.GetLabel(),
		NumEnvs:     int(s.GetNumEnvs()),
		Autoreset:   wire.ToMode(s.GetAutoresetMode()),
		Lease:       s.GetLease().AsDuration(),
		ExpiresAt:   s.GetExpiresAt().AsTime(),
		CreatedAt:   s.GetCreatedAt().AsTime(),
		NextIndex:   s.GetNextIndex(),
		ContentHash: s.GetContentHash(),
	}
}

// bearer adds the token to calls.
type bearer struct{ token string }

// WrapUnary implements connect.Interceptor.
func (b *bearer) WrapUnary(next connect.UnaryFunc) connect.UnaryFunc {
	if b.token == "" {
		return next
	}
	return func(ctx context.Context, request connect.AnyRequest) (connect.AnyResponse, error) {
		request.Header().Set("Authorization", "Bearer "+b.token)
		return next(ctx, request)
	}
}

// WrapStreamingClient implements connect.Interceptor.
func (b *bearer) WrapStreamingClient(next connect.StreamingClientFunc) connect.StreamingClientFunc {
	if b.token == "" {
		return next
	}
	return func(ctx context.Context, spec connect.Spec) connect.StreamingClientConn {
		conn := next(ctx, spec)
		conn.RequestHeader().Set("Authorization", "Bearer "+b.token)
		return conn
	}
}

// WrapStreamingHandler implements connect.Interceptor.
func (b *bearer) WrapStreamingHandler(next connect.StreamingHandlerFunc) connect.StreamingHandlerFunc {
	return next
}
