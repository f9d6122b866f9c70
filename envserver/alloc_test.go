package envserver

import (
	"testing"

	"trailblazer/api/env"
	trailblazerv1 "trailblazer/api/trailblazer/v1"
	"trailblazer/internal/testenv"
	"trailblazer/internal/wire"
)

// TestStepAllocations steps a session and encodes the reply: what that
// allocates must not depend on the number of environments.
func TestStepAllocations(t *testing.T) {
	if RaceEnabled {
		t.Skip("the race detector lets sync.Pools forget")
	}
	for _, id := range []string{testenv.Flat, testenv.Walk} {
		few, many := stepAllocations(t, id, 1), stepAllocations(t, id, 1024)
		t.Logf("%s: %v allocations for 1 environment, %v for 1,024", id, few, many)
		if many > few+1 {
			t.Errorf("%s: %v allocations for 1 environment, %v for 1,024", id, few, many)
		}
	}
}

func stepAllocations(t *testing.T, id string, n uint32) float64 {
	step := newStepper(t, id, n)
	for range 50 {
		step()
	}
	return testing.AllocsPerRun(100, step)
}

// newStepper makes a session and returns what steps it and encodes the reply.
func newStepper(t testing.TB, id string, n uint32) (step func()) {
	server, err := New(&testenv.Catalog{}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	calls := &service{Server: server}
	made, err := calls.Make(t.Context(), &trailblazerv1.MakeRequest{EnvId: id, NumEnvs: n})
	if err != nil {
		t.Fatal(err)
	}
	spec, err := wire.ToSpec(made.GetSpec())
	if err != nil {
		t.Fatal(err)
	}
	session := made.GetSession().GetSessionId()
	r, err := calls.resetReply(t.Context(), &trailblazerv1.ResetRequest{SessionId: session})
	if err != nil {
		t.Fatal(err)
	}
	buffer := encode(t, nil, r)
	leaves := env.Leaves(spec.Action)
	request := &trailblazerv1.StepRequest{SessionId: session, Action: wire.Copy(leaves, env.NewArrays(leaves, int(n)), int(n))}
	return func() {
		request.Index++
		r, err := calls.stepReply(t.Context(), request)
		if err != nil {
			t.Fatal(err)
		}
		buffer = encode(t, buffer, r)
	}
}

func encode(t testing.TB, buffer []byte, r *reply) []byte {
	buffer, err := binaryCodec{}.MarshalAppend(buffer[:0], r)
	if err != nil {
		t.Fatal(err)
	}
	return buffer
}
