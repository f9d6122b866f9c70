package envserver_test

import (
	"context"
	"errors"
	"math"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"

	"trailblazer/api/env"
	trailblazerv1 "trailblazer/api/trailblazer/v1"
	"trailblazer/api/trailblazer/v1/trailblazerv1connect"
	"trailblazer/envserver"
	"trailblazer/internal/testenv"
	"trailblazer/internal/wire"
)

// harness is a server on a port of its own with a client that sends what a
// test tells it to, and nothing else.
type harness struct {
	trailblazerv1connect.EnvServiceClient
	server  *envserver.Server
	catalog *testenv.Catalog
	address string
	stop    func() error
}

func start(t testing.TB, options envserver.Options) *harness {
	t.Helper()
	h := &harness{catalog: &testenv.Catalog{}}
	var err error
	if h.server, err = envserver.New(h.catalog, options); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h.address = "http://" + listener.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- h.server.Serve(ctx, listener) }()
	h.stop = sync.OnceValue(func() error {
		cancel()
		return <-served
	})
	h.EnvServiceClient = h.client(t)
	t.Cleanup(func() {
		if err := h.stop(); err != nil {
			t.Error(err)
		}
		h.server.Close()
	})
	return h
}

// client returns a client with connections of its own.
func (h *harness) client(t testing.TB, options ...connect.ClientOption) trailblazerv1connect.EnvServiceClient {
	transport := &http.Transport{MaxIdleConnsPerHost: 256}
	t.Cleanup(transport.CloseIdleConnections)
	return trailblazerv1connect.NewEnvServiceClient(&http.Client{Transport: transport}, h.address, options...)
}

// http2 returns a client that can stream.
func (h *harness) http2(t testing.TB) trailblazerv1connect.EnvServiceClient {
	transport := &http.Transport{Protocols: new(http.Protocols)}
	transport.Protocols.SetUnencryptedHTTP2(true)
	t.Cleanup(transport.CloseIdleConnections)
	return trailblazerv1connect.NewEnvServiceClient(&http.Client{Transport: transport}, h.address)
}

// session is a session on a harness, with the index that comes next.
type session struct {
	*harness
	id     string
	spec   *env.Spec
	leaves *wire.Leaves
	n      int
	next   uint64
}

func (h *harness) make(t testing.TB, request *trailblazerv1.MakeRequest) *session {
	t.Helper()
	response, err := h.Make(t.Context(), request)
	if err != nil {
		t.Fatalf("make: %v", err)
	}
	spec, err := wire.ToSpec(response.GetSpec())
	if err != nil {
		t.Fatal(err)
	}
	return &session{harness: h, id: response.GetSession().GetSessionId(), spec: spec, leaves: wire.LeavesOf(spec), n: int(response.GetSession().GetNumEnvs())}
}

// walk makes a session of n walks without autoreset, and resets it.
func (h *harness) walk(t testing.TB, n uint32) *session {
	t.Helper()
	s := h.make(t, &trailblazerv1.MakeRequest{
		EnvId: testenv.Walk, NumEnvs: n, AutoresetMode: trailblazerv1.AutoresetMode_AUTORESET_MODE_DISABLED,
	})
	s.reset(t)
	return s
}

func (s *session) reset(t testing.TB) *trailblazerv1.ResetResponse {
	t.Helper()
	response, err := s.Reset(t.Context(), &trailblazerv1.ResetRequest{SessionId: s.id, Index: s.next, Seeds: []uint64{7}})
	if err != nil {
		t.Fatalf("reset: %v", err)
	}
	s.next = response.GetNextIndex()
	return response
}

// action returns tensors of zeros, for the caller to change.
func (s *session) action() []*trailblazerv1.Tensor {
	return wire.Copy(s.leaves.Action, env.NewArrays(s.leaves.Action, s.n), s.n)
}

// pushed is an action that pushes all walks by x.
func (s *session) pushed(x float64) []*trailblazerv1.Tensor {
	arrays := env.NewArrays(s.leaves.Action, s.n)
	for i, push := 0, env.All[float64](&arrays[0]); i < len(push); i++ {
		push[i] = x
	}
	for i, pace := 0, env.All[int64](&arrays[1]); i < len(pace); i++ {
		pace[i] = 1
	}
	return wire.Copy(s.leaves.Action, arrays, s.n)
}

func (s *session) request(action []*trailblazerv1.Tensor) *trailblazerv1.StepRequest {
	return &trailblazerv1.StepRequest{SessionId: s.id, Index: s.next, Action: action}
}

func (s *session) step(t testing.TB, action []*trailblazerv1.Tensor) *trailblazerv1.StepResponse {
	t.Helper()
	response, err := s.Step(t.Context(), s.request(action))
	if err != nil {
		t.Fatalf("step: %v", err)
	}
	s.next = response.GetNextIndex()
	return response
}

// state returns the session's snapshot.
func (s *session) state(t testing.TB) *trailblazerv1.SnapshotResponse {
	t.Helper()
	response, err := s.Snapshot(t.Context(), &trailblazerv1.SnapshotRequest{SessionId: s.id})
	if err != nil {
		t.Fatalf("snapshot: %v", err)
	}
	return response
}

// wantCode fails unless err has the code and its message the text.
func wantCode(t testing.TB, err error, code connect.Code, text string) {
	t.Helper()
	if connect.CodeOf(err) != code || err == nil {
		t.Fatalf("got %v, want code %v", err, code)
	}
	if !strings.Contains(err.Error(), text) {
		t.Fatalf("got %q, want it to say %q", err, text)
	}
}

// detail returns the error's detail of a kind.
func detail[T proto.Message](t testing.TB, err error) T {
	t.Helper()
	var coded *connect.Error
	if errors.As(err, &coded) {
		for _, d := range coded.Details() {
			if value, err := d.Value(); err == nil {
				if found, ok := value.(T); ok {
					return found
				}
			}
		}
	}
	t.Fatalf("%v has no detail of type %T", err, *new(T))
	panic("unreachable")
}

// wantField fails unless err refuses the field.
func wantField(t testing.TB, err error, field string) {
	t.Helper()
	wantCode(t, err, connect.CodeInvalidArgument, "")
	d := detail[*trailblazerv1.FieldError](t, err)
	if !strings.Contains(d.GetField(), field) {
		t.Fatalf("got field %q, want %q", d.GetField(), field)
	}
	if d.GetRemedy() == "" {
		t.Fatal("no remedy is given")
	}
}

// eventually fails unless ok becomes true within two seconds.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatal("not within 2s: " + what)
}

// clock is an envserver.Clock that stands still until it is moved.
type clock struct {
	mu      sync.Mutex
	now     time.Time
	waiters []waiter
}

type waiter struct {
	at   time.Time
	wake chan time.Time
}

func newClock() *clock { return &clock{now: time.Unix(1_000_000, 0)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) After(d time.Duration) <-chan time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	w := waiter{c.now.Add(d), make(chan time.Time, 1)}
	c.waiters = append(c.waiters, w)
	return w.wake
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	left := c.waiters[:0]
	for _, w := range c.waiters {
		if w.at.After(c.now) {
			left = append(left, w)
			continue
		}
		w.wake <- c.now
	}
	c.waiters = left
}

// open returns what /metrics says of a gauge or counter.
func (h *harness) metric(t testing.TB, name string) float64 {
	t.Helper()
	for line := range strings.Lines(h.get(t, "/metrics")) {
		if rest, ok := strings.CutPrefix(line, name+" "); ok {
			return parseFloat(t, strings.TrimSpace(rest))
		}
	}
	return math.NaN()
}
