package client

import (
	"crypto/tls"
	"net/http"
	"time"
)

// Option changes how Dial connects.
type Option func(*options)

type options struct {
	token           string
	timeout         time.Duration
	retries         int
	stream          bool
	maxMessageBytes int
	tls             *tls.Config
	httpClient      *http.Client
}

func defaults() options {
	return options{timeout: 30 * time.Second, retries: 3}
}

// WithToken sends a bearer token with every call.
func WithToken(token string) Option { return func(o *options) { o.token = token } }

// WithTimeout sets how long a call may take, retries included; the default is
// 30 seconds.
func WithTimeout(timeout time.Duration) Option { return func(o *options) { o.timeout = timeout } }

// WithRetries sets how often a call that failed on the way is tried again; the
// default is 3.
func WithRetries(retries int) Option { return func(o *options) { o.retries = retries } }

// WithStream sends resets and steps over one stream per session, on HTTP/2,
// instead of a request each on HTTP/1.1.
func WithStream() Option { return func(o *options) { o.stream = true } }

// WithMaxMessageBytes limits a message from the server; by default there is no
// limit.
func WithMaxMessageBytes(n int) Option { return func(o *options) { o.maxMessageBytes = n } }

// WithTLS sets how https:// servers are verified.
func WithTLS(config *tls.Config) Option { return func(o *options) { o.tls = config } }

// WithHTTPClient replaces the HTTP client, for tests and proxies.
func WithHTTPClient(c *http.Client) Option { return func(o *options) { o.httpClient = c } }
