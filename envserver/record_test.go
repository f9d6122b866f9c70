package envserver_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect"

	"trailblazer/api/env"
	trailblazerv1 "trailblazer/api/trailblazer/v1"
	"trailblazer/envserver"
	"trailblazer/internal/testenv"
	"trailblazer/internal/wire"
)

// tape is an env.Recorder that writes down what it is told.
type tape struct {
	mu    sync.Mutex
	lines []string
	full  error
}

func (t *tape) say(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lines = append(t.lines, fmt.Sprintf(format, args...))
}

// want fails unless the tape says so, and empties it.
func (t *tape) want(tb testing.TB, lines ...string) {
	tb.Helper()
	t.mu.Lock()
	defer t.mu.Unlock()
	if !slices.Equal(t.lines, lines) {
		tb.Errorf("recorded\n%s\nwant\n%s", strings.Join(t.lines, "\n"), strings.Join(lines, "\n"))
	}
	t.lines = nil
}

func (t *tape) fill(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.full = err
}

func (t *tape) Record(v env.Recordable, o env.RecordOptions) (env.Recording, error) {
	if o.Dataset == "taken" {
		return nil, &env.FieldError{Field: "dataset", Value: `"taken"`, Remedy: "give another name"}
	}
	if o.Dataset == "full" {
		return nil, errors.New("no space left on device")
	}
	t.say("record %s%s %s %s, %d %s", o.Owner, o.Dataset, o.Policy, o.Split, v.Len(), v.Autoreset())
	return track{t, v}, nil
}

type track struct {
	*tape
	vector env.Recordable
}

func (t track) Ready() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.full
}

func (t track) Reset(o *env.ResetOptions, shown *env.Batch) {
	t.say("reset %v %v %s, shows %d", o.Seeds, o.Mask, o.Options, shown.Observation.Len())
}

func (t track) Step(action env.Arrays, out *env.Transition) {
	t.say("step %v, finished %v", env.All[float64](&action[0]), out.Finished)
}

func (t track) Restore(shown *env.Batch) { t.say("restore, running %v", t.vector.Running(0)) }

func (t track) Close() error {
	t.say("close")
	return t.Ready()
}

// recorded makes a session of two walks that is recorded.
func (h *harness) recorded(t testing.TB, mode trailblazerv1.AutoresetMode) *session {
	t.Helper()
	return h.make(t, &trailblazerv1.MakeRequest{
		EnvId: testenv.Walk, NumEnvs: 2, AutoresetMode: mode, ConfigJson: `{"steps": 2}`,
		Record: &trailblazerv1.Recording{Dataset: "d", Policy: "me", Split: "test"},
	})
}

const sameStep = trailblazerv1.AutoresetMode_AUTORESET_MODE_SAME_STEP

func TestRecordedOnce(t *testing.T) {
	tape := &tape{}
	s := start(t, envserver.Options{Recorder: tape}).recorded(t, sameStep)
	tape.want(t, "record d me test, 2 SameStep")
	s.reset(t)
	first := s.request(s.pushed(0.5))
	s.step(t, first.GetAction())
	if _, err := s.Step(t.Context(), first); err != nil { // A retry.
		t.Fatal(err)
	}
	tape.want(t, "reset [7] [] , shows 2", "step [0.5 0.5 0.5 0.5], finished []")

	// What is refused is not recorded.
	if _, err := s.Step(t.Context(), s.request(s.pushed(2))); err == nil {
		t.Fatal("a push of 2 was taken")
	}
	if _, err := s.Step(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	tape.want(t)
	state := s.state(t).GetState()
	s.step(t, s.pushed(0.25))
	if _, err := s.Restore(t.Context(), &trailblazerv1.RestoreRequest{SessionId: s.id, State: state}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Restore(t.Context(), &trailblazerv1.RestoreRequest{SessionId: s.id, State: []byte("x")}); err == nil {
		t.Fatal("no state was restored")
	}
	reset, err := s.Reset(t.Context(), &trailblazerv1.ResetRequest{SessionId: s.id, Index: s.next, Mask: wire.FromBools([]bool{false, true}), OptionsJson: "{}"})
	if err != nil {
		t.Fatal(err)
	}
	tape.want(t, "step [0.25 0.25 0.25 0.25], finished [0 1]", "restore, running true", "reset [] [false true] {}, shows 2")

	// Forks are not recorded.
	forked, err := s.Fork(t.Context(), &trailblazerv1.ForkRequest{SessionId: s.id})
	if err != nil {
		t.Fatal(err)
	}
	fork := &session{harness: s.harness, id: forked.GetSession().GetSessionId(), spec: s.spec, leaves: s.leaves, n: 2}
	fork.step(t, fork.pushed(0.25))
	if _, err := s.Close(t.Context(), &trailblazerv1.CloseRequest{SessionId: fork.id}); err != nil {
		t.Fatal(err)
	}
	tape.want(t)
	s.next = reset.GetNextIndex()
	s.step(t, s.pushed(1))
	for range 2 {
		if _, err := s.Close(t.Context(), &trailblazerv1.CloseRequest{SessionId: s.id}); err != nil {
			t.Fatal(err)
		}
	}
	tape.want(t, "step [1 1 1 1], finished [0]", "close")
}

func TestRecordingsHaveOwners(t *testing.T) {
	tape := &tape{}
	h := start(t, envserver.Options{Recorder: tape, Tokens: []envserver.Token{envserver.NewToken("alice", "secret")}})
	h.EnvServiceClient = h.client(t, connect.WithInterceptors(bearer("secret")))
	h.make(t, &trailblazerv1.MakeRequest{EnvId: testenv.Walk, Record: &trailblazerv1.Recording{Dataset: "/d"}})
	tape.want(t, "record alice/d  , 1 NextStep")
}

// TestDrawnSeedsAreRecorded: a session that never got a seed gets a drawn one,
// which is as good as any.
func TestDrawnSeedsAreRecorded(t *testing.T) {
	tape := &tape{}
	s := start(t, envserver.Options{Recorder: tape}).recorded(t, sameStep)
	response, err := s.Reset(t.Context(), &trailblazerv1.ResetRequest{SessionId: s.id})
	if err != nil {
		t.Fatal(err)
	}
	tape.want(t, "record d me test, 2 SameStep", fmt.Sprintf("reset %v [] , shows 2", response.GetSeeds()))
}

func TestRecordingStopsTheSessionWhileItCannotBeWritten(t *testing.T) {
	tape := &tape{}
	s := start(t, envserver.Options{Recorder: tape}).recorded(t, sameStep)
	s.reset(t)
	tape.lines = nil
	state := s.state(t)
	tape.fill(errors.New("no space left on device"))
	refused := func(what string, err error) {
		t.Helper()
		wantCode(t, err, connect.CodeFailedPrecondition, "no space left on device; the server keeps what was recorded in memory")
		if got := s.state(t); got.GetStateHash() != state.GetStateHash() {
			t.Errorf("%s changed the state", what)
		}
	}
	_, err := s.Step(t.Context(), s.request(s.pushed(1)))
	refused("a step", err)
	_, err = s.Reset(t.Context(), &trailblazerv1.ResetRequest{SessionId: s.id, Index: s.next})
	refused("a reset", err)
	_, err = s.Restore(t.Context(), &trailblazerv1.RestoreRequest{SessionId: s.id, State: state.GetState()})
	refused("a restore", err)
	_, err = s.Close(t.Context(), &trailblazerv1.CloseRequest{SessionId: s.id})
	refused("closing", err)
	tape.want(t)

	tape.fill(nil)
	s.step(t, s.pushed(1))
	if _, err = s.Close(t.Context(), &trailblazerv1.CloseRequest{SessionId: s.id}); err != nil {
		t.Fatal(err)
	}
	tape.want(t, "step [1 1 1 1], finished []", "close")
}

// TestRecordingsEnd with their sessions, whatever ends these.
func TestRecordingsEnd(t *testing.T) {
	for name, end := range map[string]func(*testing.T, *session, *clock){
		"lease": func(t *testing.T, s *session, now *clock) {
			eventually(t, "the sweeper frees the session", func() bool {
				now.advance(time.Second)
				return s.metric(t, "trailblazer_environments") == 0
			})
		},
		"shutdown": func(_ *testing.T, s *session, _ *clock) { s.server.Close() },
		"panic": func(t *testing.T, s *session, _ *clock) {
			s.catalog.OnStep = func(int) { panic("boom") }
			_, err := s.Step(t.Context(), s.request(s.pushed(1)))
			wantCode(t, err, connect.CodeInternal, "boom")
		},
	} {
		t.Run(name, func(t *testing.T) {
			tape, now := &tape{}, newClock()
			h := start(t, envserver.Options{Recorder: tape, Clock: now, DefaultLease: time.Minute})
			s := h.recorded(t, trailblazerv1.AutoresetMode_AUTORESET_MODE_DISABLED)
			s.reset(t)
			s.step(t, s.pushed(1))
			tape.lines = nil
			end(t, s, now)
			tape.want(t, "close")
		})
	}
}

func TestMakeRefusesToRecord(t *testing.T) {
	request := &trailblazerv1.MakeRequest{EnvId: testenv.Walk, Record: &trailblazerv1.Recording{Dataset: "d"}}
	_, err := start(t, envserver.Options{}).Make(t.Context(), request)
	wantField(t, err, "record.dataset")
	wantCode(t, err, connect.CodeInvalidArgument, "--datasets")

	h := start(t, envserver.Options{Recorder: &tape{}, MaxSessions: 1})
	request.Record.Dataset = ""
	_, err = h.Make(t.Context(), request)
	wantField(t, err, "record.dataset")
	request.Record.Dataset = "taken"
	_, err = h.Make(t.Context(), request)
	wantField(t, err, "record.dataset")
	request.Record.Dataset = "full"
	_, err = h.Make(t.Context(), request)
	wantCode(t, err, connect.CodeFailedPrecondition, "no space left on device")

	// None of these left a session behind; and a request_id stands for its
	// recording, too.
	request.Record.Dataset, request.RequestId = "d", "r"
	if _, err := h.Make(t.Context(), request); err != nil {
		t.Fatal(err)
	}
	request.Record.Policy = "other"
	_, err = h.Make(t.Context(), request)
	wantField(t, err, "request_id")
}
