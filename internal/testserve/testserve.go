// Package testserve serves data sets to tests.
package testserve

import (
	"context"
	"net"
	"path/filepath"
	"sync"
	"testing"

	"trailblazer/api/env"
	"trailblazer/datasets/store"
	"trailblazer/envserver"
	"trailblazer/envserver/experience"
	"trailblazer/internal/testenv"
)

// Options say what is served.
type Options struct {
	// Dir holds the data sets; empty stands for a new directory.
	Dir string
	// Address is where to listen; empty stands for any port.
	Address string
	// Catalog is that of the environments; nil stands for the test ones.
	Catalog    env.Catalog
	Server     envserver.Options
	Experience experience.Options
	Store      store.Options
}

// Server is a server of data sets on a port of its own.
type Server struct {
	URL, Address, Dir string
	Store             *store.Store
	// Stop ends it, as the end of the test does.
	Stop func()
}

// Start begins to serve.
func Start(t testing.TB, o Options) *Server {
	t.Helper()
	if o.Dir == "" {
		o.Dir = filepath.Join(t.TempDir(), "sets")
	}
	if o.Address == "" {
		o.Address = "127.0.0.1:0"
	}
	if o.Catalog == nil {
		o.Catalog = new(testenv.Catalog)
	}
	sets, err := store.Open(o.Dir, o.Store)
	if err != nil {
		t.Fatal(err)
	}
	service, err := experience.New(sets, o.Catalog, o.Experience)
	if err != nil {
		t.Fatal(err)
	}
	o.Server.Services = append(o.Server.Services, service.Mount())
	server, err := envserver.New(o.Catalog, o.Server)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", o.Address)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, listener) }()
	stop := sync.OnceFunc(func() {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
		server.Close()
		if err := sets.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	address := listener.Addr().String()
	return &Server{URL: "http://" + address, Address: address, Dir: o.Dir, Store: sets, Stop: stop}
}
