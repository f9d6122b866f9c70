package client_test

import (
	"context"
	"fmt"
	"math"
	"net"
	"net/http"
	"slices"
	"testing"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"

	"trailblazer/abrsim/abrenv"
	"trailblazer/api/env"
	trailblazerv1 "trailblazer/api/trailblazer/v1"
	"trailblazer/api/trailblazer/v1/trailblazerv1connect"
	client "trailblazer/clients/go"
	"trailblazer/envserver"
	"trailblazer/envserver/catalog"
	"trailblazer/internal/testenv"
	"trailblazer/internal/wire"
)

// benchmarked is an environment to measure: ABR, and one that costs next to
// nothing, whose vectors show what serving alone takes.
type benchmarked struct {
	name    string
	factory env.Factory
	catalog env.Catalog
	options client.MakeOptions
}

func benchmarkedEnvironments(b *testing.B) []benchmarked {
	abr, err := catalog.New(catalog.Options{})
	if err != nil {
		b.Fatal(err)
	}
	list := []benchmarked{
		{name: "abr", catalog: abr, options: client.MakeOptions{Env: abrenv.ID, Scenario: "abr/train"}},
		{name: "flat", catalog: &testenv.Catalog{}, options: client.MakeOptions{Env: testenv.Flat, Config: []byte(`{"steps":48}`)}},
	}
	for i := range list {
		if list[i].factory, err = list[i].catalog.Factory(list[i].options.Env, list[i].options.Scenario, list[i].options.Config); err != nil {
			b.Fatal(err)
		}
	}
	return list
}

// BenchmarkServed steps vectors through the client and a server over TCP, and
// beside each moves the same bytes with no session, no environment and no
// client of ours (echo): what is left of its rate is the price of the server.
func BenchmarkServed(b *testing.B) {
	for _, e := range benchmarkedEnvironments(b) {
		for _, n := range []int{1, 16, 256, 4096} {
			b.Run(fmt.Sprintf("%s/%d/echo", e.name, n), func(b *testing.B) { e.echo(b, n) })
			b.Run(fmt.Sprintf("%s/%d/unary", e.name, n), func(b *testing.B) { e.served(b, n) })
			b.Run(fmt.Sprintf("%s/%d/stream", e.name, n), func(b *testing.B) { e.served(b, n, client.WithStream()) })
		}
	}
}

func (e *benchmarked) served(b *testing.B, n int, opts ...client.Option) {
	c := serve(b, e.catalog, envserver.Options{}, opts...)
	options := e.options
	options.NumEnvs = n
	v, err := c.MakeVec(b.Context(), options)
	if err != nil {
		b.Fatal(err)
	}
	defer v.Close()
	if _, err := v.Reset(env.ResetOptions{Seeds: []uint64{1}}); err != nil {
		b.Fatal(err)
	}
	action := env.NewArrays(env.Leaves(v.Spec().Action), n)
	for i, choices := 0, env.All[int64](&action[0]); i < n; i++ {
		choices[i] = int64(i % 6)
	}
	timed(b, n, func() {
		if _, err := v.Step(action); err != nil {
			b.Fatal(err)
		}
	})
}

func (e *benchmarked) echo(b *testing.B, n int) {
	leaves := wire.LeavesOf(e.factory.Spec())
	reply := wire.NewReply(leaves)
	response := proto.Clone(reply.Step(1, leaves.NewTransition(n, env.NextStep))).(*trailblazerv1.StepResponse)
	address := listenEcho(b, echo{response: response})
	rpc := trailblazerv1connect.NewEnvServiceClient(http.DefaultClient, address, connect.WithAcceptCompression("gzip", nil, nil))

	action := wire.NewTensors(leaves.Action)
	wire.Fill(action, env.NewArrays(leaves.Action, n), n)
	request := &trailblazerv1.StepRequest{SessionId: fmt.Sprintf("%032d", 1), Action: action}
	timed(b, n, func() {
		request.Index++
		if _, err := rpc.Step(context.Background(), request); err != nil {
			b.Fatal(err)
		}
	})
}

type echo struct {
	trailblazerv1connect.UnimplementedEnvServiceHandler
	response *trailblazerv1.StepResponse
}

func (e echo) Step(context.Context, *trailblazerv1.StepRequest) (*trailblazerv1.StepResponse, error) {
	return e.response, nil
}

func listenEcho(b *testing.B, service trailblazerv1connect.EnvServiceHandler) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle(trailblazerv1connect.NewEnvServiceHandler(service, connect.WithCompressMinBytes(math.MaxInt)))
	server := &http.Server{Handler: mux}
	go server.Serve(listener)
	b.Cleanup(func() { server.Close() })
	return "http://" + listener.Addr().String()
}

// timed runs calls of n environments and reports their rate and latencies.
func timed(b *testing.B, n int, call func()) {
	for range 20 {
		call()
	}
	took := make([]time.Duration, 0, 1<<20)
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		begin := time.Now()
		call()
		took = append(took, time.Since(begin))
	}
	b.StopTimer()
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "steps/s")
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Nanoseconds())/1e3, "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds())/1e3, "p99-µs")
}
