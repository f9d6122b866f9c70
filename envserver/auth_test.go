package envserver_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"connectrpc.com/connect"

	trailblazerv1 "trailblazer/api/trailblazer/v1"
	"trailblazer/envserver"
	"trailblazer/internal/testenv"
)

// as returns the harness with a client that bears a token.
func (h *harness) as(t testing.TB, token string) *harness {
	owned := *h
	owned.EnvServiceClient = h.client(t, connect.WithInterceptors(bearer(token)))
	return &owned
}

func bearer(token string) connect.UnaryInterceptorFunc {
	return func(next connect.UnaryFunc) connect.UnaryFunc {
		return func(ctx context.Context, request connect.AnyRequest) (connect.AnyResponse, error) {
			request.Header().Set("Authorization", "Bearer "+token)
			return next(ctx, request)
		}
	}
}

func asConnect(err error, coded **connect.Error) bool { return errors.As(err, coded) }

func TestTokens(t *testing.T) {
	tokens, err := envserver.ReadTokens(strings.NewReader("# who may\n\nann: first\nann:second\nbob:third:with:colons\n"))
	if err != nil {
		t.Fatal(err)
	}
	h := start(t, envserver.Options{Tokens: tokens, ProtectMetrics: true})
	for _, token := range []string{"first", "second", "third:with:colons"} {
		if _, err := h.as(t, token).List(t.Context(), &trailblazerv1.ListRequest{}); err != nil {
			t.Errorf("token %q: %v", token, err)
		}
	}
	for _, token := range []string{"", "wrong", "first ann", "ann:first"} {
		_, err := h.as(t, token).List(t.Context(), &trailblazerv1.ListRequest{})
		wantCode(t, err, connect.CodeUnauthenticated, "Authorization: Bearer")
	}
	_, err = h.List(t.Context(), &trailblazerv1.ListRequest{})
	wantCode(t, err, connect.CodeUnauthenticated, "")
	if r := h.post(t, "/trailblazer.v1.EnvService/List", "{}", "Authorization", "Basic first"); r.StatusCode != http.StatusUnauthorized {
		t.Errorf("basic auth: %s", r.Status)
	}
	if page := h.get(t, "/metrics"); strings.Contains(page, "trailblazer_sessions") {
		t.Error("metrics without a token")
	}

	// What is another's is as good as not there.
	ann, bob := h.as(t, "first"), h.as(t, "third:with:colons")
	s := ann.walk(t, 2)
	if r, err := h.as(t, "second").ListSessions(t.Context(), &trailblazerv1.ListSessionsRequest{}); err != nil || len(r.GetSessions()) != 1 {
		t.Errorf("the same owner by another token: %v, %v", r, err)
	}
	if r, err := bob.ListSessions(t.Context(), &trailblazerv1.ListSessionsRequest{}); err != nil || len(r.GetSessions()) != 0 {
		t.Errorf("another owner sees %v, %v", r, err)
	}
	_, err = bob.Step(t.Context(), s.request(s.pushed(1)))
	wantCode(t, err, connect.CodeNotFound, "")
	_, err = bob.Snapshot(t.Context(), &trailblazerv1.SnapshotRequest{SessionId: s.id})
	wantCode(t, err, connect.CodeNotFound, "")
	_, err = bob.RenewLease(t.Context(), &trailblazerv1.RenewLeaseRequest{SessionId: s.id})
	wantCode(t, err, connect.CodeNotFound, "")
	_, err = bob.Fork(t.Context(), &trailblazerv1.ForkRequest{SessionId: s.id})
	wantCode(t, err, connect.CodeNotFound, "")
	if _, err := bob.Close(t.Context(), &trailblazerv1.CloseRequest{SessionId: s.id}); err != nil {
		t.Error(err)
	}
	s.step(t, s.pushed(1)) // It was not closed.
}

func TestBadTokenFiles(t *testing.T) {
	for _, file := range []string{"", "# nobody", "ann", "ann:", ":secret", "ann:a\nbob"} {
		if _, err := envserver.ReadTokens(strings.NewReader(file)); err == nil {
			t.Errorf("%q was taken", file)
		}
	}
}

func TestOptions(t *testing.T) {
	for name, options := range map[string]envserver.Options{
		"negative": {MaxSessions: -1}, "negative lease": {MaxLease: -1}, "key without certificate": {TLSKeyFile: "key.pem"},
	} {
		if _, err := envserver.New(&testenv.Catalog{}, options); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	if _, err := envserver.New(nil, envserver.Options{}); err == nil {
		t.Error("no catalog was taken")
	}
}
