package client_test

import (
	"context"
	"net"
	"testing"

	"trailblazer/api/env"
	client "trailblazer/clients/go"
	"trailblazer/envserver"
)

// serve starts a server on a port of its own and returns a client of it.
func serve(t testing.TB, catalog env.Catalog, options envserver.Options, opts ...client.Option) *client.Client {
	t.Helper()
	c, err := client.Dial(listen(t, catalog, options), opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// listen starts a server and returns its address.
func listen(t testing.TB, catalog env.Catalog, options envserver.Options) string {
	t.Helper()
	server, err := envserver.New(catalog, options)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, listener) }()
	t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
		server.Close()
	})
	return "http://" + listener.Addr().String()
}
