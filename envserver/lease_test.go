package envserver_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/types/known/durationpb"

	trailblazerv1 "trailblazer/api/trailblazer/v1"
	"trailblazer/envserver"
	"trailblazer/internal/testenv"
)

func TestLease(t *testing.T) {
	now := newClock()
	h := start(t, envserver.Options{Clock: now, DefaultLease: time.Minute, MaxLease: time.Hour})
	s := h.walk(t, 4)
	expires := func() time.Time {
		t.Helper()
		list, err := h.ListSessions(t.Context(), &trailblazerv1.ListSessionsRequest{})
		if err != nil || len(list.GetSessions()) != 1 {
			t.Fatalf("%v, %v", list, err)
		}
		return list.GetSessions()[0].GetExpiresAt().AsTime()
	}
	if got := expires().Sub(now.Now()); got != time.Minute {
		t.Errorf("lease is %v, want the default", got)
	}
	now.advance(40 * time.Second)
	if got := expires().Sub(now.Now()); got != 20*time.Second {
		t.Errorf("looking at the session changed its lease: %v are left", got)
	}
	s.step(t, s.pushed(1))
	if got := expires().Sub(now.Now()); got != time.Minute {
		t.Errorf("using the session did not renew its lease: %v are left", got)
	}
	renewed, err := h.RenewLease(t.Context(), &trailblazerv1.RenewLeaseRequest{SessionId: s.id, Lease: durationpb.New(100 * time.Hour)})
	if err != nil || renewed.GetSession().GetLease().AsDuration() != time.Hour {
		t.Errorf("a lease of 100 hours became %v, %v; want the maximum", renewed.GetSession().GetLease().AsDuration(), err)
	}
	now.advance(59 * time.Minute)
	s.step(t, s.pushed(1))

	// Over is over, whether or not the sweeper has come by.
	now.mu.Lock()
	now.now = now.now.Add(time.Hour)
	now.mu.Unlock()
	_, err = s.Step(t.Context(), s.request(s.pushed(1)))
	wantCode(t, err, connect.CodeNotFound, "its lease ran out")
	if got := h.metric(t, "trailblazer_environments"); got != 4 {
		t.Errorf("%v environments before the sweep", got)
	}
	eventually(t, "the sweeper frees the session", func() bool {
		now.advance(time.Second)
		return h.metric(t, "trailblazer_environments") == 0
	})
	if got := h.metric(t, "trailblazer_leases_expired_total"); got != 1 {
		t.Errorf("%v leases ran out, want 1", got)
	}
}

// TestLeaseWhileStepping lets a step outlast its session's lease.
func TestLeaseWhileStepping(t *testing.T) {
	now := newClock()
	h := start(t, envserver.Options{Clock: now, DefaultLease: time.Second})
	s := h.walk(t, 1)
	entered, release := make(chan struct{}, 1), make(chan struct{})
	h.catalog.OnStep = func(int) { entered <- struct{}{}; <-release }
	done := make(chan error, 1)
	go func() {
		_, err := s.Step(t.Context(), s.request(s.pushed(1)))
		done <- err
	}()
	<-entered
	for range 5 {
		now.advance(time.Second)
		time.Sleep(time.Millisecond)
	}
	close(release)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	s.state(t)
}

func TestQuotas(t *testing.T) {
	h := start(t, envserver.Options{
		MaxSessions: 4, MaxEnvironments: 20, MaxOwnerSessions: 3, MaxOwnerEnvironments: 10, DefaultLease: 30 * time.Second,
		Tokens: []envserver.Token{envserver.NewToken("ann", "a"), envserver.NewToken("bob", "b")},
	})
	ann, bob := h.as(t, "a"), h.as(t, "b")
	full := func(h *harness, n uint32, text string) {
		t.Helper()
		_, err := h.Make(t.Context(), &trailblazerv1.MakeRequest{EnvId: testenv.Walk, NumEnvs: n})
		if err == nil {
			t.Fatal("more than allowed was made: want " + text)
		}
		wantCode(t, err, connect.CodeResourceExhausted, text)
		if after := detail[*trailblazerv1.RetryHint](t, err).GetRetryAfter().AsDuration(); after < time.Second || after > time.Minute {
			t.Errorf("retry after %v", after)
		}
		if got := connect.CodeOf(err); got == connect.CodeResourceExhausted {
			var coded *connect.Error
			if ok := asConnect(err, &coded); !ok || coded.Meta().Get("Retry-After") == "" {
				t.Error("no Retry-After")
			}
		}
	}
	full(ann, 11, `too many environments of owner "ann"`)
	first := ann.walk(t, 8)
	full(ann, 3, `too many environments of owner "ann"`)
	second := ann.walk(t, 1)
	third := ann.walk(t, 1)
	full(ann, 1, `too many sessions of owner "ann"`)
	bob.walk(t, 10)
	full(bob, 1, "too many")
	if _, err := ann.Close(t.Context(), &trailblazerv1.CloseRequest{SessionId: second.id}); err != nil {
		t.Fatal(err)
	}
	// A fork counts, too; a refused one leaves its origin alone.
	_, err := ann.Fork(t.Context(), &trailblazerv1.ForkRequest{SessionId: first.id})
	wantCode(t, err, connect.CodeResourceExhausted, "environments")
	first.step(t, first.pushed(1))
	if _, err := ann.Fork(t.Context(), &trailblazerv1.ForkRequest{SessionId: third.id}); err != nil {
		t.Errorf("fork within the limits: %v", err)
	}
	full(bob, 1, "too many")
}

// TestRequestID repeats Make and Fork.
func TestRequestID(t *testing.T) {
	h := start(t, envserver.Options{Tokens: []envserver.Token{envserver.NewToken("ann", "a"), envserver.NewToken("bob", "b")}})
	ann, bob := h.as(t, "a"), h.as(t, "b")
	request := &trailblazerv1.MakeRequest{EnvId: testenv.Walk, NumEnvs: 2, RequestId: "one"}
	var wg sync.WaitGroup
	ids := make([]string, 16)
	for i := range ids {
		wg.Go(func() {
			response, err := ann.Make(t.Context(), request)
			if err != nil {
				t.Error(err)
				return
			}
			ids[i] = response.GetSession().GetSessionId()
		})
	}
	wg.Wait()
	for _, id := range ids {
		if id != ids[0] {
			t.Fatalf("one request_id made %v", ids)
		}
	}
	other := &trailblazerv1.MakeRequest{EnvId: testenv.Walk, NumEnvs: 3, RequestId: "one"}
	_, err := ann.Make(t.Context(), other)
	wantField(t, err, "request_id")
	if response, err := bob.Make(t.Context(), other); err != nil || response.GetSession().GetSessionId() == ids[0] {
		t.Errorf("another owner's request_id: %v", err)
	}

	fork := &trailblazerv1.ForkRequest{SessionId: ids[0], RequestId: "two"}
	a, err := ann.Fork(t.Context(), fork)
	if err != nil {
		t.Fatal(err)
	}
	b, err := ann.Fork(t.Context(), fork)
	if err != nil || a.GetSession().GetSessionId() != b.GetSession().GetSessionId() {
		t.Errorf("a retried fork made another session: %v", err)
	}

	// A failed Make does not use its id up, and neither does a closed session.
	bad := &trailblazerv1.MakeRequest{EnvId: "nope", RequestId: "three"}
	_, err = ann.Make(t.Context(), bad)
	wantCode(t, err, connect.CodeNotFound, "known:")
	if d := detail[*trailblazerv1.NotFoundError](t, err); d.GetKind() != "environment" || len(d.GetKnown()) != 3 {
		t.Error(d)
	}
	if _, err := ann.Make(t.Context(), &trailblazerv1.MakeRequest{EnvId: testenv.Flat, RequestId: "three"}); err != nil {
		t.Error(err)
	}
	if _, err := ann.Close(t.Context(), &trailblazerv1.CloseRequest{SessionId: ids[0]}); err != nil {
		t.Fatal(err)
	}
	if response, err := ann.Make(t.Context(), request); err != nil || response.GetSession().GetSessionId() == ids[0] {
		t.Errorf("request_id of a closed session: %v", err)
	}
}

func TestMakeRefusals(t *testing.T) {
	h := start(t, envserver.Options{})
	for name, c := range map[string]struct {
		request *trailblazerv1.MakeRequest
		field   string
	}{
		"no id":          {&trailblazerv1.MakeRequest{}, "env_id"},
		"config no JSON": {&trailblazerv1.MakeRequest{EnvId: testenv.Walk, ConfigJson: "{"}, "config_json"},
		"unknown config": {&trailblazerv1.MakeRequest{EnvId: testenv.Walk, ConfigJson: `{"x":1}`}, "config"},
		"bad config":     {&trailblazerv1.MakeRequest{EnvId: testenv.Walk, ConfigJson: `{"steps":-1}`}, "config.steps"},
		"too many":       {&trailblazerv1.MakeRequest{EnvId: testenv.Walk, NumEnvs: 1<<20 + 1}, "num_envs"},
		"unknown mode":   {&trailblazerv1.MakeRequest{EnvId: testenv.Walk, AutoresetMode: 9}, "autoreset_mode"},
		"negative lease": {&trailblazerv1.MakeRequest{EnvId: testenv.Walk, Lease: durationpb.New(-time.Second)}, "lease"},
		"long label":     {&trailblazerv1.MakeRequest{EnvId: testenv.Walk, Label: fmt.Sprintf("%300d", 1)}, "label"},
	} {
		_, err := h.Make(t.Context(), c.request)
		if err == nil {
			t.Fatal(name + " was taken")
		}
		wantField(t, err, c.field)
	}
	_, err := h.Make(t.Context(), &trailblazerv1.MakeRequest{EnvId: testenv.Walk, Scenario: "nope"})
	wantCode(t, err, connect.CodeNotFound, "scenario")
	if got := h.metric(t, "trailblazer_sessions"); got != 0 {
		t.Errorf("%v sessions are open", got)
	}
	described, err := h.Describe(t.Context(), &trailblazerv1.DescribeRequest{EnvId: testenv.Plain})
	if err != nil || described.GetSpec().GetCanSnapshot() {
		t.Errorf("%v, %v", described.GetSpec().GetCanSnapshot(), err)
	}
}
