package client_test

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	client "trailblazer/clients/go"
	"trailblazer/envserver"
	"trailblazer/internal/testenv"
)

// secure serves over TLS with a certificate that only its pool knows.
func secure(t *testing.T) (*httptest.Server, *tls.Config) {
	t.Helper()
	server, err := envserver.New(&testenv.Catalog{}, envserver.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	over := httptest.NewTLSServer(server.Handler())
	t.Cleanup(over.Close)
	return over, over.Client().Transport.(*http.Transport).TLSClientConfig
}

func list(t *testing.T, address string, opts ...client.Option) error {
	t.Helper()
	c, err := client.Dial(address, append(opts, client.WithRetries(0))...)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	environments, err := c.List(t.Context())
	if err == nil && len(environments) != 3 {
		t.Errorf("%d environments, want 3", len(environments))
	}
	return err
}

func TestTLSIsVerified(t *testing.T) {
	server, trusted := secure(t)
	if err := list(t, server.URL); err == nil {
		t.Error("a server with an unknown certificate was trusted")
	}
	if err := list(t, server.URL, client.WithTLS(trusted)); err != nil {
		t.Errorf("a server with a known certificate: %v", err)
	}
}

func TestMessagesAreLimited(t *testing.T) {
	server, trusted := secure(t)
	if err := list(t, server.URL, client.WithTLS(trusted), client.WithMaxMessageBytes(1<<20)); err != nil {
		t.Errorf("with room: %v", err)
	}
	if err := list(t, server.URL, client.WithTLS(trusted), client.WithMaxMessageBytes(100)); err == nil {
		t.Error("a reply of more than 100 bytes was read")
	}
}

// counting counts requests on their way.
type counting struct {
	http.RoundTripper
	requests atomic.Int32
}

func (c *counting) RoundTrip(r *http.Request) (*http.Response, error) {
	c.requests.Add(1)
	return c.RoundTripper.RoundTrip(r)
}

func TestHTTPClientIsUsed(t *testing.T) {
	server, _ := secure(t)
	counted := &counting{RoundTripper: server.Client().Transport}
	if err := list(t, server.URL, client.WithHTTPClient(&http.Client{Transport: counted})); err != nil {
		t.Fatal(err)
	}
	if got := counted.requests.Load(); got != 1 {
		t.Errorf("%d requests went through the client's transport, want 1", got)
	}
}
