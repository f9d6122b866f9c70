package envserver_test

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"

	trailblazerv1 "trailblazer/api/trailblazer/v1"
	"trailblazer/envserver"
	"trailblazer/internal/testenv"
)

func TestSnapshotRestoreFork(t *testing.T) {
	h := start(t, envserver.Options{})
	s := h.walk(t, 3)
	s.step(t, s.pushed(0.5))
	saved := s.state(t)
	hash := sha256.Sum256(saved.GetState())
	if saved.GetStateHash() != hex.EncodeToString(hash[:]) {
		t.Error("the hash is not the state's SHA-256")
	}
	forked, err := h.Fork(t.Context(), &trailblazerv1.ForkRequest{SessionId: s.id, Environments: []uint32{2, 0, 2, 1}, Label: "fork"})
	if err != nil {
		t.Fatal(err)
	}
	if f := forked.GetSession(); f.GetNumEnvs() != 4 || f.GetNextIndex() != 0 || f.GetLabel() != "fork" || f.GetSessionId() == s.id {
		t.Errorf("fork is %v", f)
	}
	first := s.step(t, s.pushed(0.25))
	second := s.step(t, s.pushed(0.75))

	restored, err := h.Restore(t.Context(), &trailblazerv1.RestoreRequest{SessionId: s.id, State: saved.GetState()})
	if err != nil {
		t.Fatal(err)
	}
	if restored.GetNextIndex() != s.next || restored.GetStateHash() != saved.GetStateHash() {
		t.Errorf("restored to index %d, hash %s", restored.GetNextIndex(), restored.GetStateHash())
	}
	// The reply to the step before belongs to another past.
	s.next--
	_, err = s.Step(t.Context(), s.request(s.pushed(0.75)))
	wantCode(t, err, connect.CodeFailedPrecondition, "")
	s.next++
	for _, want := range []*trailblazerv1.StepResponse{first, second} {
		x := 0.25
		if want == second {
			x = 0.75
		}
		got := s.step(t, s.pushed(x))
		if !equalTensors(got.GetObservation(), want.GetObservation()) || !equalTensors(got.GetInfo(), want.GetInfo()) || !proto.Equal(got.GetReward(), want.GetReward()) {
			t.Error("a restored session goes another way")
		}
	}

	// The fork goes its own way, from where it was made.
	fork := &session{harness: h, id: forked.GetSession().GetSessionId(), spec: s.spec, leaves: s.leaves, n: 4}
	reply := fork.step(t, fork.pushed(0.25))
	row := len(first.GetObservation()[0].GetData()) / 3
	for k, i := range []int{2, 0, 2, 1} {
		if string(reply.GetObservation()[0].GetData()[k*row:(k+1)*row]) != string(first.GetObservation()[0].GetData()[i*row:(i+1)*row]) {
			t.Errorf("copy %d does not go the way of environment %d", k, i)
		}
	}
	_, err = h.Fork(t.Context(), &trailblazerv1.ForkRequest{SessionId: s.id, Environments: []uint32{0, 3}})
	wantField(t, err, "environments[1]")
}

func TestBadStates(t *testing.T) {
	h := start(t, envserver.Options{})
	s := h.walk(t, 3)
	s.step(t, s.pushed(0.5))
	last := s.step(t, s.pushed(0.25))
	saved := s.state(t)
	state := saved.GetState()
	flipped := append([]byte(nil), state...)
	flipped[len(flipped)-8] ^= 0xff // Deep inside the last environment's own state.
	shorter := h.walk(t, 2).state(t).GetState()
	otherMode := h.make(t, &trailblazerv1.MakeRequest{EnvId: testenv.Walk, NumEnvs: 3})
	otherMode.reset(t)
	otherContent := h.make(t, &trailblazerv1.MakeRequest{EnvId: testenv.Flat, NumEnvs: 3, AutoresetMode: trailblazerv1.AutoresetMode_AUTORESET_MODE_DISABLED})
	otherContent.reset(t)
	for name, bad := range map[string][]byte{
		"garbage": []byte("garbage"), "truncated": state[:len(state)-1], "too long": append(state[:len(state):len(state)], 0),
		"corrupt inside": flipped, "other length": shorter, "other mode": otherMode.state(t).GetState(), "other content": otherContent.state(t).GetState(),
	} {
		_, err := h.Restore(t.Context(), &trailblazerv1.RestoreRequest{SessionId: s.id, State: bad})
		if err == nil {
			t.Fatalf("%s: was taken", name)
		}
		wantField(t, err, "state")
		if got := s.state(t).GetStateHash(); got != saved.GetStateHash() {
			t.Errorf("%s: the state has changed", name)
		}
	}
	_, err := h.Restore(t.Context(), &trailblazerv1.RestoreRequest{SessionId: s.id})
	wantField(t, err, "state")
	s.next--
	if again := s.step(t, s.pushed(0.25)); !proto.Equal(again, last) {
		t.Error("a refused restore spoilt the reply that a retry gets")
	}

	plain := h.make(t, &trailblazerv1.MakeRequest{EnvId: testenv.Plain})
	plain.reset(t)
	_, err = h.Snapshot(t.Context(), &trailblazerv1.SnapshotRequest{SessionId: plain.id})
	wantCode(t, err, connect.CodeUnimplemented, "no snapshots")
	if got := detail[*trailblazerv1.StateError](t, err).GetReason(); got != trailblazerv1.StateReason_STATE_REASON_NO_SNAPSHOT {
		t.Error(got)
	}
	_, err = h.Restore(t.Context(), &trailblazerv1.RestoreRequest{SessionId: plain.id, State: state})
	if code := connect.CodeOf(err); code != connect.CodeUnimplemented && code != connect.CodeInvalidArgument {
		t.Error(err)
	}
	_, err = h.Fork(t.Context(), &trailblazerv1.ForkRequest{SessionId: plain.id})
	wantCode(t, err, connect.CodeUnimplemented, "")
	plain.step(t, plain.action())
}

// TestLateRestore refuses a restore that comes after the step that followed it.
func TestLateRestore(t *testing.T) {
	h := start(t, envserver.Options{})
	s := h.walk(t, 2)
	saved := s.state(t)
	request := &trailblazerv1.RestoreRequest{SessionId: s.id, State: saved.GetState(), Index: proto.Uint64(s.next)}
	for range 2 { // A retry is the same as one.
		if _, err := h.Restore(t.Context(), request); err != nil {
			t.Fatal(err)
		}
	}
	s.step(t, s.pushed(0.5))
	moved := s.state(t).GetStateHash()
	_, err := h.Restore(t.Context(), request)
	wantCode(t, err, connect.CodeFailedPrecondition, "")
	if got := detail[*trailblazerv1.IndexError](t, err).GetExpectedIndex(); got != s.next {
		t.Errorf("expected index is %d, want %d", got, s.next)
	}
	if s.state(t).GetStateHash() != moved {
		t.Error("a refused restore changed the session")
	}
	request.Index = nil
	if _, err := h.Restore(t.Context(), request); err != nil {
		t.Errorf("restore whatever has happened: %v", err)
	}
	if s.state(t).GetStateHash() == moved {
		t.Error("a restore without an index did nothing")
	}
}
