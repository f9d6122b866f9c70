package client_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"connectrpc.com/connect"

	"trailblazer/api/env"
	client "trailblazer/clients/go"
	"trailblazer/envserver"
	"trailblazer/internal/testenv"
)

// badLine is a server behind a line that loses things.
type badLine struct {
	*client.Client
	catalog *testenv.Catalog
	// Each call takes the next entry: 'k' keeps it whole, 'q' loses the
	// request, 'r' loses the reply, 'u' answers that the server is
	// unavailable. When they run out, all is well.
	plan  atomic.Pointer[string]
	calls atomic.Int64
}

func overBadLine(t *testing.T, options ...client.Option) *badLine {
	t.Helper()
	line := &badLine{catalog: &testenv.Catalog{}}
	server, err := envserver.New(line.catalog, envserver.Options{})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fate := byte('k')
		if plan := line.plan.Load(); plan != nil {
			if i := int(line.calls.Add(1)) - 1; i < len(*plan) {
				fate = (*plan)[i]
			}
		}
		switch fate {
		case 'q':
			panic(http.ErrAbortHandler)
		case 'u':
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		case 'r':
			w = cutWriter{w}
		}
		server.Handler().ServeHTTP(w, r)
	}))
	web.Config.Protocols = new(http.Protocols)
	web.Config.Protocols.SetHTTP1(true)
	web.Config.Protocols.SetUnencryptedHTTP2(true)
	web.Start()
	t.Cleanup(func() { web.Close(); server.Close() })
	if line.Client, err = client.Dial(web.URL, options...); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(line.Client.Close)
	return line
}

// cutWriter cuts the connection where a reply would begin.
type cutWriter struct{ http.ResponseWriter }

func (cutWriter) Write([]byte) (int, error) { panic(http.ErrAbortHandler) }

func (w cutWriter) Flush() {}

func (l *badLine) lose(plan string) {
	l.calls.Store(0)
	l.plan.Store(&plan)
}

// TestRetries loses requests and replies of every kind of call. The results
// are those of a line that loses nothing.
func TestRetries(t *testing.T) {
	play := func(t *testing.T, plan string, options ...client.Option) (seen []byte, steps int64) {
		line := overBadLine(t, options...)
		var count atomic.Int64
		line.catalog.OnStep = func(int) { count.Add(1) }
		line.lose(plan)
		v, err := line.MakeVec(t.Context(), client.MakeOptions{Env: testenv.Walk, NumEnvs: 2})
		if err != nil {
			t.Fatal(err)
		}
		defer v.Close()
		show := func(b *env.Batch) {
			for k := range b.Observation {
				for i := range 2 {
					seen = append(seen, b.Observation[k].Bytes(i)...)
				}
			}
		}
		line.lose(plan)
		batch, err := v.Reset(env.ResetOptions{Seeds: []uint64{4}})
		if err != nil {
			t.Fatal(err)
		}
		show(batch)
		action := env.NewArrays(env.Leaves(v.Spec().Action), 2)
		for range 4 {
			line.lose(plan)
			transition, err := v.Step(action)
			if err != nil {
				t.Fatal(err)
			}
			show(&transition.Batch)
		}
		line.lose(plan)
		state, err := v.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		line.lose(plan)
		fork, err := v.Fork([]int{1})
		if err != nil {
			t.Fatal(err)
		}
		line.lose(plan)
		if err := fork.Close(); err != nil {
			t.Fatal(err)
		}
		line.lose(plan)
		if batch, err = v.Restore(state); err != nil {
			t.Fatal(err)
		}
		show(batch)
		line.lose("")
		sessions, err := line.ListSessions(t.Context())
		if err != nil || len(sessions) != 1 {
			t.Errorf("%d sessions are open, want 1: %v", len(sessions), err)
		}
		return seen, count.Load()
	}
	want, wantSteps := play(t, "")
	if wantSteps != 8 {
		t.Fatalf("%d steps, want 8", wantSteps)
	}
	for _, plan := range []string{"q", "r", "u", "rr", "qrq", "rur"} {
		t.Run(plan, func(t *testing.T) {
			if got, steps := play(t, plan); string(got) != string(want) || steps != wantSteps {
				t.Errorf("%d steps, want %d; same results: %v", steps, wantSteps, string(got) == string(want))
			}
		})
		t.Run("stream/"+plan, func(t *testing.T) {
			if got, steps := play(t, plan, client.WithStream()); string(got) != string(want) || steps != wantSteps {
				t.Errorf("%d steps, want %d; same results: %v", steps, wantSteps, string(got) == string(want))
			}
		})
	}
}

// TestLostForGood loses more than is retried. What follows is an error that
// says what to do, and a reset goes on.
func TestLostForGood(t *testing.T) {
	line := overBadLine(t, client.WithRetries(1))
	v, err := line.MakeVec(t.Context(), client.MakeOptions{Env: testenv.Walk})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Reset(env.ResetOptions{}); err != nil {
		t.Fatal(err)
	}
	action := env.NewArrays(env.Leaves(v.Spec().Action), 1)
	line.lose("rr")
	if _, err := v.Step(action); err == nil || !strings.Contains(err.Error(), "no answer from the server at http://127.0.0.1") {
		t.Fatalf("got %v", err)
	}
	if got := line.calls.Load(); got != 2 {
		t.Errorf("%d tries, want 2", got)
	}
	env.Row[int64](&action[1], 0)[0] = 2
	var index *client.IndexError
	if _, err := v.Step(action); !errors.As(err, &index) || index.Expected != 2 {
		t.Errorf("another step after a lost one: %v", err)
	}
	if _, err := v.Reset(env.ResetOptions{}); err != nil {
		t.Errorf("reset after a lost step: %v", err)
	}
	if _, err := v.Step(action); err != nil {
		t.Error(err)
	}
}

// TestDeadline calls a server that accepts and never answers.
func TestDeadline(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	for _, options := range [][]client.Option{nil, {client.WithStream()}} {
		c, err := client.Dial(listener.Addr().String(), append(options, client.WithTimeout(50*time.Millisecond))...)
		if err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		_, err = c.List(t.Context())
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "50ms") {
			t.Errorf("got %v", err)
		}
		if took := time.Since(begin); took > time.Second {
			t.Errorf("gave up after %v", took)
		}
		c.Close()
	}
}

// TestDeadlineOfStep lets one step hang. The call gives up, and the session
// goes on when the step is done.
func TestDeadlineOfStep(t *testing.T) {
	for _, options := range [][]client.Option{nil, {client.WithStream()}} {
		line := overBadLine(t, append(options, client.WithTimeout(50*time.Millisecond))...)
		v, err := line.MakeVec(t.Context(), client.MakeOptions{Env: testenv.Walk})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := v.Reset(env.ResetOptions{}); err != nil {
			t.Fatal(err)
		}
		release := make(chan struct{})
		line.catalog.OnStep = func(int) { <-release }
		action := env.NewArrays(env.Leaves(v.Spec().Action), 1)
		if _, err := v.Step(action); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		close(release)
		// The same step again gets the reply, whether it was done or not.
		for try := 0; ; try++ {
			_, err := v.Step(action)
			if err == nil {
				break
			}
			if try == 20 {
				t.Fatal(err)
			}
		}
		sessions, err := line.ListSessions(t.Context())
		if err != nil || sessions[0].NextIndex != 2 {
			t.Errorf("next index is %d, want 2: %v", sessions[0].NextIndex, err)
		}
		if err := v.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestErrors checks that errors are what they were on the server.
func TestErrors(t *testing.T) {
	c := serve(t, &testenv.Catalog{}, envserver.Options{MaxEnvironments: 4})
	var notFound *env.NotFoundError
	var field *env.FieldError
	var limit *client.LimitError
	if _, err := c.Make(t.Context(), client.MakeOptions{Env: "nope"}); !errors.As(err, &notFound) || notFound.Kind != "environment" || len(notFound.Known) != 3 {
		t.Errorf("unknown environment: %v", err)
	}
	if _, err := c.Make(t.Context(), client.MakeOptions{}); !errors.As(err, &field) || field.Field != "env_id" {
		t.Errorf("no environment: %v", err)
	}
	if _, err := c.Make(t.Context(), client.MakeOptions{Env: testenv.Walk, Config: []byte(`{"steps":0}`)}); !errors.As(err, &field) || field.Field != "config.steps" {
		t.Errorf("bad configuration: %v", err)
	}
	if _, err := c.MakeVec(t.Context(), client.MakeOptions{Env: testenv.Walk, NumEnvs: 5}); !errors.As(err, &limit) || limit.RetryAfter < time.Second || !strings.Contains(err.Error(), "too many environments") {
		t.Errorf("beyond the limit: %v", err)
	}
	v, err := c.MakeVec(t.Context(), client.MakeOptions{Env: testenv.Plain})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Snapshot(); !errors.Is(err, env.ErrNoSnapshot) {
		t.Errorf("snapshot: %v", err)
	}
	if err := c.CloseSession(t.Context(), v.SessionID()); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Reset(env.ResetOptions{}); !errors.As(err, &notFound) || notFound.Kind != "session" {
		t.Errorf("a session that is gone: %v", err)
	}
	if err := v.Close(); err != nil {
		t.Error(err)
	}
	if _, err := v.Reset(env.ResetOptions{}); !errors.Is(err, env.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	if _, ok := must(c.Make(t.Context(), client.MakeOptions{Env: testenv.Plain})).(env.Snapshotter); ok {
		t.Error("an environment without snapshots looks like one with")
	}
}

func must(e env.Env, err error) env.Env {
	if err != nil {
		panic(err)
	}
	return e
}

func TestNoServer(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	c, err := client.Dial(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.List(t.Context()); err == nil || !strings.Contains(err.Error(), "is it running?") {
		t.Errorf("got %v", err)
	}
}

func TestAddresses(t *testing.T) {
	for _, bad := range []string{"ftp://x", "http://", "unix://", "http://a b"} {
		if _, err := client.Dial(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
	socket := filepath.Join(t.TempDir(), "s")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	server, err := envserver.New(&testenv.Catalog{}, envserver.Options{Tokens: []envserver.Token{envserver.NewToken("ann", "secret")}})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, listener) }()
	for _, address := range []string{"unix://" + socket, "unix:" + socket} {
		for _, options := range [][]client.Option{nil, {client.WithStream()}} {
			c, err := client.Dial(address, append(options, client.WithToken("secret"))...)
			if err != nil {
				t.Fatal(err)
			}
			e, err := c.Make(t.Context(), client.MakeOptions{Env: testenv.Walk, Label: "mine"})
			if err != nil {
				t.Fatal(err)
			}
			if err := e.Reset(nil, nil, env.NewBatch(e.Spec(), 1), 0); err != nil {
				t.Error(err)
			}
			sessions, err := c.ListSessions(t.Context())
			if err != nil || len(sessions) != 1 || sessions[0].Label != "mine" {
				t.Errorf("%v, %v", sessions, err)
			}
			e.Close()
			c.Close()
		}
	}
	stranger, err := client.Dial("unix://"+socket, client.WithToken("guess"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stranger.List(t.Context()); connect.CodeOf(err) != connect.CodeUnauthenticated {
		t.Errorf("got %v", err)
	}
	stranger.Close()
	cancel()
	if err := <-served; err != nil {
		t.Error(err)
	}
}

// TestForeignServer talks to web servers that are none of ours.
func TestForeignServer(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"not found": http.NotFound,
		"a page":    func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>hello</html>") },
		"another body": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/proto")
			fmt.Fprint(w, "garbage")
		},
	} {
		web := httptest.NewServer(handler)
		c, err := client.Dial(web.URL)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Make(t.Context(), client.MakeOptions{Env: testenv.Walk}); err == nil {
			t.Errorf("%s: no error", name)
		}
		c.Close()
		web.Close()
	}
}
