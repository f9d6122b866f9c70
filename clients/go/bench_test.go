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
	"trailblazer/api/env/vector"
	trailblazerv1 "trailblazer/api/trailblazer/v1"
	"trailblazer/api/trailblazer/v1/trailblazerv1connect"
	"trailblazer/ccemu/ccenv"
	client "trailblazer/clients/go"
	"trailblazer/envserver"
	"trailblazer/envserver/catalog"
	"trailblazer/internal/testenv"
	"trailblazer/internal/wire"
	"trailblazer/sparksim/sparkenv"
)

// benchmarked is an environment to measure: ABR, and one that costs next to
// nothing, whose vectors show what serving alone takes.
type benchmarked struct {
	name    string
	factory env.Factory
	catalog env.Catalog
	options client.MakeOptions
	widths  []int
	// act writes the actions that follow what a vector shows.
	act func(shown *env.Batch, action env.Arrays)
}

func benchmarkedEnvironments(b *testing.B) []benchmarked {
	built, err := catalog.New(catalog.Options{})
	if err != nil {
		b.Fatal(err)
	}
	wide := []int{1, 16, 256, 4096}
	list := []benchmarked{
		{name: "abr", catalog: built, options: client.MakeOptions{Env: abrenv.ID, Scenario: "abr/train"}, widths: wide, act: anyLevel},
		{name: "flat", catalog: &testenv.Catalog{}, options: client.MakeOptions{Env: testenv.Flat, Config: []byte(`{"steps":48}`)}, widths: wide, act: anyLevel},
		{name: "cjs", catalog: built, options: client.MakeOptions{Env: sparkenv.ID, Scenario: "cjs/default-test"}, widths: []int{1, 64}, act: firstStage},
		{name: "cc", catalog: built, options: client.MakeOptions{Env: ccenv.ID, Scenario: "cc/train"}, widths: []int{1, 256}, act: allThatIsThere},
	}
	for i := range list {
		if list[i].factory, err = list[i].catalog.Factory(list[i].options.Env, list[i].options.Scenario, list[i].options.Config); err != nil {
			b.Fatal(err)
		}
	}
	return list
}

// anyLevel chooses different levels for different environments.
func anyLevel(_ *env.Batch, action env.Arrays) {
	for i, choices := 0, env.All[int64](&action[0]); i < len(choices); i++ {
		choices[i] = int64(i % 6)
	}
}

// firstStage gives all executors to the first stage that could use them.
func firstStage(shown *env.Batch, action env.Arrays) {
	copy(env.All[int64](action.Find("executors")), env.All[int64](shown.Observation.Find("committable")))
}

// allThatIsThere predicts the true bandwidth.
func allThatIsThere(shown *env.Batch, action env.Arrays) {
	copy(env.All[float64](&action[0]), env.All[float64](shown.Info.Find("bottleneck_kbps")))
}

// payload is how many bytes of tensors a vector shows.
func payload(shown *env.Batch, n int) (bytes int) {
	for _, arrays := range []env.Arrays{shown.Observation, shown.Info} {
		for k := range arrays {
			for i := range n {
				bytes += len(arrays[k].Bytes(i))
			}
		}
	}
	return bytes + n*(8+1+1) // reward and flags
}

// BenchmarkServed steps vectors through the client and a server over TCP, and
// beside each moves the same bytes with no session, no environment and no
// client of ours (echo): what is left of its rate is the price of the server.
func BenchmarkServed(b *testing.B) {
	for _, e := range benchmarkedEnvironments(b) {
		for _, n := range e.widths {
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
	shown, err := v.Reset(env.ResetOptions{Seeds: []uint64{1}})
	if err != nil {
		b.Fatal(err)
	}
	action := env.NewArrays(env.Leaves(v.Spec().Action), n)
	bytes, calls := 0, 0
	timed(b, n, func() {
		e.act(shown, action)
		next, err := v.Step(action)
		if err != nil {
			b.Fatal(err)
		}
		shown = &next.Batch
		if calls++; calls%16 == 0 { // Sizes differ; a sample will do.
			bytes += 16 * payload(shown, n)
		}
	})
	b.ReportMetric(float64(bytes)/float64(calls*n), "B/step")
}

func (e *benchmarked) echo(b *testing.B, n int) {
	leaves := wire.LeavesOf(e.factory.Spec())
	reply := wire.NewReply(leaves)
	response := proto.Clone(reply.Step(1, e.typical(b, n))).(*trailblazerv1.StepResponse)
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

// typical is what a vector shows in the middle of its episodes.
func (e *benchmarked) typical(b *testing.B, n int) *env.Transition {
	v, err := vector.New(e.factory, n, env.NextStep, nil)
	if err != nil {
		b.Fatal(err)
	}
	shown, err := v.Reset(env.ResetOptions{Seeds: []uint64{1}})
	if err != nil {
		b.Fatal(err)
	}
	action := env.NewArrays(env.Leaves(e.factory.Spec().Action), n)
	for steps := 0; ; steps++ {
		e.act(shown, action)
		next, err := v.Step(action)
		if err != nil {
			b.Fatal(err)
		}
		if steps == 40 {
			return next
		}
		shown = &next.Batch
	}
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
