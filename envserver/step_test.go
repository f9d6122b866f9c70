package envserver_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"

	"trailblazer/api/env"
	trailblazerv1 "trailblazer/api/trailblazer/v1"
	"trailblazer/envserver"
	"trailblazer/internal/testenv"
	"trailblazer/internal/wire"
)

// TestExactlyOnce retries, repeats and reorders calls.
func TestExactlyOnce(t *testing.T) {
	s := start(t, envserver.Options{}).walk(t, 3)
	first := s.request(s.pushed(0.5))
	reply := s.step(t, first.GetAction())
	state := s.state(t).GetStateHash()

	again, err := s.Step(t.Context(), first)
	if err != nil || !proto.Equal(reply, again) {
		t.Fatalf("a retry got another reply: %v", err)
	}
	refused := func(what string, request *trailblazerv1.StepRequest, text string) {
		t.Helper()
		_, err := s.Step(t.Context(), request)
		if err == nil {
			t.Fatal(what + " was taken")
		}
		wantCode(t, err, connect.CodeFailedPrecondition, text)
		if got := detail[*trailblazerv1.IndexError](t, err).GetExpectedIndex(); got != s.next {
			t.Errorf("%s: expected index is said to be %d, want %d", what, got, s.next)
		}
	}
	other := proto.Clone(first).(*trailblazerv1.StepRequest)
	other.Action = s.pushed(-0.5)
	refused("another action with the last index", other, "index 1 was already used")
	ahead := s.request(s.pushed(0.5))
	ahead.Index++
	refused("a step ahead", ahead, "index is 3: send index 2")
	behind := s.request(s.pushed(0.5))
	behind.Index = 0
	refused("an old step", behind, "index is 0: send index 2")
	if _, err := s.Reset(t.Context(), &trailblazerv1.ResetRequest{SessionId: s.id, Index: first.GetIndex()}); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("a reset with a step's index: %v", err)
	}
	if got := s.state(t).GetStateHash(); got != state {
		t.Error("a refused call changed the state")
	}

	// A replayed reset gets its reply, too, the drawn seeds included.
	reset := &trailblazerv1.ResetRequest{SessionId: s.id, Index: s.next}
	a, err := s.Reset(t.Context(), reset)
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.Reset(t.Context(), reset)
	if err != nil || !proto.Equal(a, b) {
		t.Errorf("a retried reset got another reply: %v", err)
	}
	if len(a.GetSeeds()) != 0 {
		t.Errorf("the server drew seeds %v for environments that have some", a.GetSeeds())
	}
}

func TestDrawnSeeds(t *testing.T) {
	h := start(t, envserver.Options{})
	s := h.make(t, &trailblazerv1.MakeRequest{EnvId: testenv.Walk, NumEnvs: 3})
	first, err := s.Reset(t.Context(), &trailblazerv1.ResetRequest{SessionId: s.id})
	if err != nil || len(first.GetSeeds()) != 1 || first.GetSeeds()[0] >= 1<<53 {
		t.Fatalf("drawn seeds %v, %v", first.GetSeeds(), err)
	}
	// The same seeds give the same episode.
	twin := h.make(t, &trailblazerv1.MakeRequest{EnvId: testenv.Walk, NumEnvs: 3})
	second, err := twin.Reset(t.Context(), &trailblazerv1.ResetRequest{SessionId: twin.id, Seeds: first.GetSeeds()})
	if err != nil || !equalTensors(first.GetObservation(), second.GetObservation()) {
		t.Errorf("the drawn seeds do not repeat the episode: %v", err)
	}
	// By mask, whoever has none gets one.
	masked := h.make(t, &trailblazerv1.MakeRequest{EnvId: testenv.Walk, NumEnvs: 3})
	for i, want := range []struct {
		mask  []bool
		seeds int
	}{{[]bool{true, false, false}, 1}, {[]bool{true, false, false}, 0}, {[]bool{false, true, true}, 1}, {nil, 0}} {
		request := &trailblazerv1.ResetRequest{SessionId: masked.id, Index: uint64(i)}
		if want.mask != nil {
			request.Mask = wire.FromBools(want.mask)
		}
		response, err := masked.Reset(t.Context(), request)
		if err != nil || len(response.GetSeeds()) != want.seeds {
			t.Errorf("reset %d drew %v, want %d seeds: %v", i, response.GetSeeds(), want.seeds, err)
		}
	}
}

func equalTensors(a, b []*trailblazerv1.Tensor) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !proto.Equal(a[i], b[i]) {
			return false
		}
	}
	return true
}

// TestBadActions sends every kind of malformed action. None may move a single
// environment.
func TestBadActions(t *testing.T) {
	s := start(t, envserver.Options{}).walk(t, 4)
	state := s.state(t).GetStateHash()
	row := func(k int, write func(a *env.Array)) []*trailblazerv1.Tensor {
		arrays := env.NewArrays(s.leaves.Action, s.n)
		write(&arrays[k])
		return wire.Copy(s.leaves.Action, arrays, s.n)
	}
	changed := func(change func(a []*trailblazerv1.Tensor)) []*trailblazerv1.Tensor {
		action := s.action()
		change(action)
		return action
	}
	for name, c := range map[string]struct {
		action []*trailblazerv1.Tensor
		field  string
	}{
		"NaN":                 {row(0, func(a *env.Array) { env.Row[float64](a, 3)[1] = math.NaN() }), "action"},
		"infinite":            {row(0, func(a *env.Array) { env.Row[float64](a, 3)[1] = math.Inf(1) }), "action"},
		"above its bound":     {row(0, func(a *env.Array) { env.Row[float64](a, 2)[0] = 1.5 }), "action"},
		"no such choice":      {row(1, func(a *env.Array) { env.Row[int64](a, 3)[0] = 3 }), "action"},
		"negative choice":     {row(1, func(a *env.Array) { env.Row[int64](a, 0)[0] = -1 }), "action"},
		"no action":           {nil, "action"},
		"a leaf missing":      {s.action()[:1], "action"},
		"a leaf too many":     {append(s.action(), s.action()[0]), "action"},
		"wrong dtype":         {changed(func(a []*trailblazerv1.Tensor) { a[0].Dtype = trailblazerv1.DataType_DATA_TYPE_FLOAT32 }), "action[0].dtype"},
		"unknown dtype":       {changed(func(a []*trailblazerv1.Tensor) { a[0].Dtype = 99 }), "action[0].dtype"},
		"no dtype":            {changed(func(a []*trailblazerv1.Tensor) { a[0].Dtype = 0 }), "action[0].dtype"},
		"too few rows":        {changed(func(a []*trailblazerv1.Tensor) { a[0].Shape[0] = 3; a[0].Data = a[0].Data[:48] }), "action[0].shape"},
		"too many rows":       {changed(func(a []*trailblazerv1.Tensor) { a[0].Shape[0] = 5; a[0].Data = append(a[0].Data, make([]byte, 16)...) }), "action[0].shape"},
		"wrong shape":         {changed(func(a []*trailblazerv1.Tensor) { a[0].Shape = []int64{4, 1, 2} }), "action[0].shape"},
		"transposed":          {changed(func(a []*trailblazerv1.Tensor) { a[0].Shape = []int64{2, 4} }), "action[0].shape"},
		"no shape":            {changed(func(a []*trailblazerv1.Tensor) { a[0].Shape = nil }), "action[0].shape"},
		"negative shape":      {changed(func(a []*trailblazerv1.Tensor) { a[0].Shape[0] = -4 }), "action[0].shape"},
		"nine dimensions":     {changed(func(a []*trailblazerv1.Tensor) { a[0].Shape = make([]int64, 9) }), "action[0].shape"},
		"huge shape":          {changed(func(a []*trailblazerv1.Tensor) { a[0].Shape[1] = math.MaxInt64 }), "action[0].shape"},
		"truncated data":      {changed(func(a []*trailblazerv1.Tensor) { a[0].Data = a[0].Data[:63] }), "action[0].data"},
		"too much data":       {changed(func(a []*trailblazerv1.Tensor) { a[0].Data = append(a[0].Data, 0) }), "action[0].data"},
		"no data":             {changed(func(a []*trailblazerv1.Tensor) { a[1].Data = nil }), "action[1].data"},
		"offsets where dense": {changed(func(a []*trailblazerv1.Tensor) { a[0].RowOffsets = []int64{0, 1, 2, 3, 4} }), "action[0].row_offsets"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := s.Step(t.Context(), s.request(c.action))
			wantField(t, err, c.field)
			if got := s.state(t).GetStateHash(); got != state {
				t.Error("the state has changed")
			}
		})
	}
	s.step(t, s.pushed(1)) // The index was not used up.
}

func TestBadResets(t *testing.T) {
	s := start(t, envserver.Options{}).walk(t, 4)
	for name, c := range map[string]struct {
		request *trailblazerv1.ResetRequest
		field   string
	}{
		"two seeds for four": {&trailblazerv1.ResetRequest{Seeds: []uint64{1, 2}}, "seeds"},
		"short mask":         {&trailblazerv1.ResetRequest{Mask: wire.FromBools([]bool{true})}, "mask.shape"},
		"mask of twos": {&trailblazerv1.ResetRequest{Mask: &trailblazerv1.Tensor{
			Dtype: trailblazerv1.DataType_DATA_TYPE_BOOL, Shape: []int64{4}, Data: []byte{0, 1, 2, 0}}}, "mask.data[2]"},
		"mask of int8": {&trailblazerv1.ResetRequest{Mask: &trailblazerv1.Tensor{
			Dtype: trailblazerv1.DataType_DATA_TYPE_INT8, Shape: []int64{4}, Data: make([]byte, 4)}}, "mask.dtype"},
		"options no JSON": {&trailblazerv1.ResetRequest{OptionsJson: "{"}, "options_json"},
		"unknown option":  {&trailblazerv1.ResetRequest{OptionsJson: `{"speed":9}`}, "options"},
	} {
		c.request.SessionId, c.request.Index = s.id, s.next
		_, err := s.Reset(t.Context(), c.request)
		if err == nil {
			t.Fatal(name + " was taken")
		}
		wantField(t, err, c.field)
	}
	s.step(t, s.pushed(1))
}

func TestOrderOfCalls(t *testing.T) {
	h := start(t, envserver.Options{})
	s := h.make(t, &trailblazerv1.MakeRequest{
		EnvId: testenv.Walk, ConfigJson: `{"steps":2}`, AutoresetMode: trailblazerv1.AutoresetMode_AUTORESET_MODE_DISABLED,
	})
	_, err := s.Step(t.Context(), s.request(s.action()))
	wantCode(t, err, connect.CodeFailedPrecondition, "never reset")
	if got := detail[*trailblazerv1.StateError](t, err).GetReason(); got != trailblazerv1.StateReason_STATE_REASON_NOT_RESET {
		t.Error(got)
	}
	s.reset(t)
	s.step(t, s.action())
	s.step(t, s.action())
	_, err = s.Step(t.Context(), s.request(s.action()))
	wantCode(t, err, connect.CodeFailedPrecondition, "episode has ended")
	if got := detail[*trailblazerv1.StateError](t, err).GetReason(); got != trailblazerv1.StateReason_STATE_REASON_FINISHED {
		t.Error(got)
	}

	for _, id := range []string{"", "nope"} {
		_, err = h.Step(t.Context(), &trailblazerv1.StepRequest{SessionId: id, Action: s.action()})
		if id == "" {
			wantField(t, err, "session_id")
			continue
		}
		wantCode(t, err, connect.CodeNotFound, "make a new one")
		if d := detail[*trailblazerv1.NotFoundError](t, err); d.GetKind() != "session" || d.GetName() != id {
			t.Error(d)
		}
	}
	for range 2 { // The second time it is gone already.
		if _, err := h.Close(t.Context(), &trailblazerv1.CloseRequest{SessionId: s.id}); err != nil {
			t.Fatal(err)
		}
	}
	_, err = s.Step(t.Context(), s.request(s.action()))
	wantCode(t, err, connect.CodeNotFound, "")
}

// TestPanic lets one session's environment panic: the session is closed, the
// others go on.
func TestPanic(t *testing.T) {
	h := start(t, envserver.Options{})
	s, other := h.walk(t, 8), h.walk(t, 2)
	var armed atomic.Bool
	h.catalog.OnStep = func(index int) {
		if armed.Load() && index == 5 {
			panic("out of cheese")
		}
	}
	armed.Store(true)
	_, err := s.Step(t.Context(), s.request(s.pushed(1)))
	wantCode(t, err, connect.CodeInternal, "out of cheese")
	_, err = s.Step(t.Context(), s.request(s.pushed(1)))
	wantCode(t, err, connect.CodeNotFound, "")
	other.step(t, other.pushed(1))
	if got := h.metric(t, "trailblazer_environments"); got != 2 {
		t.Errorf("%v environments are open, want 2", got)
	}
}

// TestGivingUp lets a call's deadline pass while another holds the session.
func TestGivingUp(t *testing.T) {
	h := start(t, envserver.Options{})
	s := h.walk(t, 1)
	entered, release := make(chan struct{}, 8), make(chan struct{})
	h.catalog.OnStep = func(int) { entered <- struct{}{}; <-release }
	slow := make(chan error, 1)
	request := s.request(s.pushed(1))
	go func() {
		_, err := s.Step(context.Background(), request)
		slow <- err
	}()
	<-entered
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := h.client(t).Step(ctx, request)
	wantCode(t, err, connect.CodeDeadlineExceeded, "")
	// RenewLease and ListSessions do not wait for the step.
	if _, err := h.RenewLease(t.Context(), &trailblazerv1.RenewLeaseRequest{SessionId: s.id}); err != nil {
		t.Error(err)
	}
	close(release)
	if err := <-slow; err != nil {
		t.Error(err)
	}
	if reply, err := s.Step(t.Context(), request); err != nil || reply.GetNextIndex() != s.next+1 {
		t.Errorf("the step that went on: %v, %v", reply.GetNextIndex(), err)
	}
	if len(entered) != 0 {
		t.Error("the call that was given up stepped, too")
	}
}

// TestCutConnection cuts the connection while the step runs. The retry gets
// the reply of the one step that was done.
func TestCutConnection(t *testing.T) {
	h := start(t, envserver.Options{})
	s := h.walk(t, 2)
	before := s.state(t)
	entered, release := make(chan struct{}, 8), make(chan struct{})
	h.catalog.OnStep = func(int) { entered <- struct{}{}; <-release }
	request := s.request(s.pushed(1))
	ctx, cut := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := h.client(t).Step(ctx, request)
		done <- err
	}()
	<-entered
	cut()
	if err := <-done; err == nil {
		t.Fatal("the connection was not cut")
	}
	close(release)
	reply, err := s.Step(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	s.next = reply.GetNextIndex()
	after := s.state(t)

	// Done once, that is: a twin that is restored and steps once is equal.
	twin := h.walk(t, 2)
	if _, err := twin.Restore(t.Context(), &trailblazerv1.RestoreRequest{SessionId: twin.id, State: before.GetState()}); err != nil {
		t.Fatal(err)
	}
	if twinReply := twin.step(t, request.GetAction()); !equalTensors(twinReply.GetObservation(), reply.GetObservation()) {
		t.Error("the retry's reply is not that of one step")
	}
	if twin.state(t).GetStateHash() != after.GetStateHash() {
		t.Error("the session did not step exactly once")
	}
}

// TestPipelining lets many callers misuse one session at the same time: each
// reply must be that of its own index, whole.
func TestPipelining(t *testing.T) {
	h := start(t, envserver.Options{})
	s := h.make(t, &trailblazerv1.MakeRequest{EnvId: testenv.Flat, NumEnvs: 64, ConfigJson: `{"steps":1000000}`})
	s.reset(t)
	var wg sync.WaitGroup
	var ok atomic.Int64
	for range 8 {
		client := h.client(t)
		wg.Go(func() {
			for index := uint64(1); index < 60; index++ {
				reply, err := client.Step(context.Background(), &trailblazerv1.StepRequest{SessionId: s.id, Index: index, Action: s.action()})
				if err != nil {
					if connect.CodeOf(err) != connect.CodeFailedPrecondition {
						t.Error(err)
					}
					// Catch up with whoever is ahead.
					var coded *connect.Error
					if errors.As(err, &coded) && len(coded.Details()) > 0 {
						if d, _ := coded.Details()[0].Value(); d != nil {
							if e, isIndex := d.(*trailblazerv1.IndexError); isIndex && e.GetExpectedIndex() > index {
								index = e.GetExpectedIndex() - 1
							}
						}
					}
					continue
				}
				ok.Add(1)
				if err := wholeReply(s, reply, index); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if ok.Load() < 59 {
		t.Errorf("only %d steps were answered", ok.Load())
	}
}

// wholeReply checks that all rows of a reply stem from the same step: the
// first info counts steps on top of the low bits of a number that the first
// observations show, too.
func wholeReply(s *session, reply *trailblazerv1.StepResponse, index uint64) error {
	if reply.GetNextIndex() != index+1 {
		return fmt.Errorf("reply to %d says next is %d", index, reply.GetNextIndex())
	}
	observation, err := wire.Decode(nil, "observation", reply.GetObservation(), s.leaves.Observation, s.n)
	if err != nil {
		return err
	}
	info, err := wire.Decode(nil, "info", reply.GetInfo(), s.leaves.Info, s.n)
	if err != nil {
		return err
	}
	for i := range s.n {
		low := math.Mod(env.Row[float64](&info[0], i)[0]-float64(index), 1<<16)
		if got := float64(env.Row[float32](&observation[0], i)[0]); got != low {
			return fmt.Errorf("reply to %d, environment %d: observation %v does not go with info %v", index, i, got, low)
		}
	}
	return nil
}
