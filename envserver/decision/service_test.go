package decision_test

import (
	"context"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	"trailblazer/api/env"
	trailblazerv1 "trailblazer/api/trailblazer/v1"
	"trailblazer/envserver"
	"trailblazer/envserver/decision"
	"trailblazer/internal/testenv"
	"trailblazer/internal/wire"
)

// play plays episodes of n walks, whose lengths differ, with a served policy, and
// the same here; all actions must be the same.
func play(t *testing.T, h *harness, mate func() env.Policy, n, steps int, ask func(*seat, *trailblazerv1.ActRequest) *trailblazerv1.ActResponse) {
	t.Helper()
	s := h.open(t, uint32(n))
	factory, err := h.catalog.Factory(testenv.Walk, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(uint64(n), 3))
	envs, mates := make([]env.Env, n), make([]env.Policy, n)
	for i := range envs {
		if envs[i], err = factory.New(i, n); err != nil {
			t.Fatal(err)
		}
		mates[i] = mate()
	}
	shown, own := env.NewBatch(s.spec, n), env.NewArrays(s.leaves.Action, n)
	done := env.NewArrays(s.leaves.Action, n)
	_, follows := mates[0].(env.Follower)
	start, end, live := make([]bool, n), make([]bool, n), make([]bool, n)
	seeds := make([]uint64, n)
	for range steps {
		for i, e := range envs {
			start[i], end[i] = false, false
			switch {
			case !live[i] || random.IntN(20) == 0: // An episode may be left, too.
				seeds[i] = random.Uint64()
				if err := e.Reset(&seeds[i], nil, shown, i); err != nil {
					t.Fatal(err)
				}
				mates[i].Reset(seeds[i])
				start[i], live[i] = live[i], true
				shown.Reward[i] = 0
			default:
				done.CopyRow(i, own, i)
				if follows && random.IntN(3) == 0 {
					push := env.Row[float64](&done[0], i)
					push[0] = (push[0] + 1) / 2
					if err := mates[i].(env.Follower).Took(shown, i, done); err != nil {
						t.Fatal(err)
					}
				}
				if err := e.Step(done, shown, i); err != nil {
					t.Fatal(err)
				}
			}
			if end[i] = shown.Done(i); end[i] {
				if err := mates[i].(env.EpisodeEnder).EndEpisode(shown, i); err != nil {
					t.Fatal(err)
				}
				live[i] = false
				shown.Terminated[i], shown.Truncated[i] = false, false
			} else if err := mates[i].Act(shown, i, own); err != nil {
				t.Fatal(err)
			}
		}
		request := s.showing(shown)
		request.Start, request.End, request.Seeds = wire.FromBools(start), wire.FromBools(end), seeds
		request.Reward.Data = slices.Clone(floats(shown.Reward))
		if follows {
			request.Taken = wire.Copy(s.leaves.Action, done, n)
		}
		response := ask(s, request)
		s.next = response.GetNextIndex()
		for k, tensor := range response.GetAction() {
			if string(tensor.GetData()) != string(own[k].Data) {
				t.Fatalf("action %s differs from what the policy does here", own[k].Leaf.Path)
			}
		}
	}
}

func floats(values []float64) []byte {
	a := env.NewArrays([]env.Leaf{{DType: env.Float64}}, len(values))
	copy(env.All[float64](&a[0]), values)
	return a[0].Data
}

func TestServedPoliciesActAsTheyDoHere(t *testing.T) {
	for _, reward := range []bool{false, true} {
		alone := func() env.Policy { return &walker{reward: reward} }
		together := &crowd{}
		h := start(t, decision.Options{}, envserver.Options{}, rule(reward))
		crowded := start(t, decision.Options{}, envserver.Options{}, served("walker", func() env.Policy { return &joined{walker{reward: reward}, together} }))
		unary := func(s *seat, request *trailblazerv1.ActRequest) *trailblazerv1.ActResponse {
			response, err := s.Act(t.Context(), request)
			if err != nil {
				t.Fatal(err)
			}
			return response
		}
		play(t, h, alone, 1, 100, unary)
		play(t, h, alone, 5, 100, unary)
		play(t, crowded, alone, 5, 100, unary)

		following := func() env.Policy { return &follower{walker{reward: reward}} }
		followed := start(t, decision.Options{}, envserver.Options{}, served("follower", following))
		play(t, followed, following, 1, 100, unary)
		play(t, followed, following, 5, 100, unary)

		stream, err := h.ActStream(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		play(t, h, alone, 3, 50, func(_ *seat, request *trailblazerv1.ActRequest) *trailblazerv1.ActResponse {
			if err := stream.Send(&trailblazerv1.ActStreamRequest{Act: request}); err != nil {
				t.Fatal(err)
			}
			response, err := stream.Receive()
			if err != nil {
				t.Fatal(err)
			}
			return response.GetAct()
		})
		stream.CloseRequest()
		if _, err := stream.Receive(); !errors.Is(err, io.EOF) {
			t.Errorf("the stream ends with %v", err)
		}

		// Many at once, whose batches are what they happen to be.
		var group sync.WaitGroup
		for range 6 {
			group.Go(func() { play(t, crowded, alone, 2, 40, unary) })
		}
		group.Wait()
	}
}

func TestARetryActsOnce(t *testing.T) {
	h := start(t, decision.Options{}, envserver.Options{}, rule(false))
	s := h.open(t, 2)
	mate := &walker{}
	mate.Reset(5)
	ask := func() *trailblazerv1.ActResponse {
		t.Helper()
		first, err := s.Act(t.Context(), s.request())
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			again, err := s.Act(t.Context(), s.request())
			if err != nil || !proto.Equal(first, again) {
				t.Errorf("again: %v, %v, want %v", again, err, first)
			}
		}
		return first
	}
	own := env.NewArrays(s.leaves.Action, 2)
	for range 3 {
		response := ask()
		if err := mate.Act(env.NewBatch(s.spec, 2), 0, own); err != nil {
			t.Fatal(err)
		}
		if got := response.GetAction()[0].GetData()[:16]; string(got) != string(own[0].Bytes(0)) {
			t.Error("a retry acted again")
		}
		other := s.request()
		other.Seeds = []uint64{6}
		if _, err := s.Act(t.Context(), other); expected(t, err) != s.next+1 {
			t.Errorf("another call with a used index: %v", err)
		}
		s.next++
	}
	ahead := s.request()
	ahead.Index += 4
	if _, err := s.Act(t.Context(), ahead); expected(t, err) != s.next {
		t.Errorf("an index ahead: %v", err)
	}
}

// expected is the index that an error says to be.
func expected(t *testing.T, err error) uint64 {
	t.Helper()
	if connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("error %v, want FAILED_PRECONDITION", err)
	}
	return detail[*trailblazerv1.IndexError](t, err).GetExpectedIndex()
}

func detail[T proto.Message](t *testing.T, err error) (found T) {
	t.Helper()
	var coded *connect.Error
	if errors.As(err, &coded) {
		for _, d := range coded.Details() {
			if value, err := d.Value(); err == nil {
				if is, ok := value.(T); ok {
					return is
				}
			}
		}
	}
	t.Errorf("error %v has no detail %T", err, found)
	return found
}

func TestBadQuestionsAreNamedAndChangeNothing(t *testing.T) {
	h := start(t, decision.Options{}, envserver.Options{}, served("follower", func() env.Policy { return &follower{walker{reward: true}} }))
	s := h.open(t, 2)
	good, err := s.Act(t.Context(), s.request())
	if err != nil {
		t.Fatal(err)
	}
	s.next = good.GetNextIndex()
	taken := env.NewArrays(s.leaves.Action, 2)
	for field, spoil := range map[string]func(*trailblazerv1.ActRequest){
		"observation":          func(r *trailblazerv1.ActRequest) { r.Observation = r.Observation[1:] },
		"observation[1].shape": func(r *trailblazerv1.ActRequest) { r.Observation[1].Shape[0] = 3 },
		"observation.position": func(r *trailblazerv1.ActRequest) { copy(r.Observation[0].Data, floats([]float64{math.NaN()})) },
		"observation.last":     func(r *trailblazerv1.ActRequest) { r.Observation[1].Data[0] = 9 },
		"info":                 func(r *trailblazerv1.ActRequest) { r.Info = nil },
		"info.steps":           func(r *trailblazerv1.ActRequest) { r.Info[0].Data[7] = 255 },
		"reward":               func(r *trailblazerv1.ActRequest) { r.Reward = nil },
		"reward[1]":            func(r *trailblazerv1.ActRequest) { copy(r.Reward.Data[8:], floats([]float64{math.Inf(1)})) },
		"start":                func(r *trailblazerv1.ActRequest) { r.Start = wire.FromBools([]bool{true}) },
		"end[0]": func(r *trailblazerv1.ActRequest) {
			r.Start, r.End = wire.FromBools([]bool{true, false}), wire.FromBools([]bool{true, false})
		},
		"seeds": func(r *trailblazerv1.ActRequest) { r.Seeds = []uint64{1, 2, 3} },
		"taken": func(r *trailblazerv1.ActRequest) { r.Taken = wire.Copy(s.leaves.Action, taken, 2)[:1] },
		"taken.push": func(r *trailblazerv1.ActRequest) {
			r.Taken = wire.Copy(s.leaves.Action, taken, 2)
			copy(r.Taken[0].Data, floats([]float64{math.NaN()}))
		},
		// The first has done something else, and the second what its policy refuses.
		"taken.push[0]": func(r *trailblazerv1.ActRequest) {
			r.Taken = wire.Copy(s.leaves.Action, taken, 2)
			copy(r.Taken[0].Data, floats([]float64{0.125, 0, -0.5, 0}))
		},
	} {
		request := s.request()
		spoil(request)
		_, err := s.Act(t.Context(), request)
		if connect.CodeOf(err) != connect.CodeInvalidArgument {
			t.Errorf("%s: %v", field, err)
			continue
		}
		if d := detail[*trailblazerv1.FieldError](t, err); !strings.HasPrefix(d.GetField(), field) || d.GetRemedy() == "" {
			t.Errorf("%s: the error is of %q, remedy %q", field, d.GetField(), d.GetRemedy())
		}
	}
	mate, own := &walker{reward: true}, env.NewArrays(s.leaves.Action, 2)
	mate.Reset(5)
	for range 2 {
		if err := mate.Act(env.NewBatch(s.spec, 2), 0, own); err != nil {
			t.Fatal(err)
		}
	}
	after, err := s.Act(t.Context(), s.request())
	if err != nil || string(after.GetAction()[0].GetData()[:16]) != string(own[0].Bytes(0)) {
		t.Errorf("after refused calls: %v; the policy's memory has changed", err)
	}
}

func TestOpening(t *testing.T) {
	plans := served("planner", func() env.Policy { return &planner{} })
	h := start(t, decision.Options{}, envserver.Options{}, rule(true), plans)
	list, err := h.ListPolicies(t.Context(), &trailblazerv1.ListPoliciesRequest{})
	if err != nil || len(list.GetPolicies()) != 2 || list.GetPolicies()[0].GetName() != "walker" {
		t.Fatalf("listed %v, %v", list, err)
	}
	described, err := h.DescribePolicy(t.Context(), &trailblazerv1.DescribePolicyRequest{Policy: "walker", ConfigJson: `{"steps": 3}`})
	if err != nil {
		t.Fatal(err)
	}
	if in := described.GetInputs(); !in.GetInfo() || !in.GetReward() || !in.GetEnd() || described.GetSpec().GetMaxEpisodeSteps() != 3 {
		t.Errorf("described as %v", described)
	}
	for name, request := range map[string]*trailblazerv1.OpenPolicyRequest{
		"policy":      {Policy: "planner"},
		"env_id":      {EnvId: testenv.Flat},
		"config_json": {ConfigJson: "{"},
		"config":      {ConfigJson: `{"stepz": 3}`},
	} {
		_, err := h.OpenPolicy(t.Context(), request)
		if connect.CodeOf(err) != connect.CodeInvalidArgument || detail[*trailblazerv1.FieldError](t, err).GetField() != name {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := h.OpenPolicy(t.Context(), &trailblazerv1.OpenPolicyRequest{Policy: "nobody"}); connect.CodeOf(err) != connect.CodeNotFound ||
		!slices.Equal(detail[*trailblazerv1.NotFoundError](t, err).GetKnown(), []string{"walker", "planner"}) {
		t.Errorf("an unknown policy: %v", err)
	}
	for _, policies := range [][]decision.Policy{nil, {rule(false), rule(false)}, {{Name: "nowhere"}}} {
		if _, err := decision.New(h.catalog, policies, decision.Options{}); err == nil {
			t.Errorf("%v are served", policies)
		}
	}
	if _, err := decision.New(h.catalog, []decision.Policy{plans}, decision.Options{MaxBatch: -1}); err == nil {
		t.Error("a negative batch is accepted")
	}
}

func TestSeatsEndWithTheirLease(t *testing.T) {
	hand := &clock{now: time.Unix(1_000_000, 0)}
	h := start(t, decision.Options{Clock: hand, MaxSeats: 2, MaxEnvironments: 4, MaxLease: time.Hour}, envserver.Options{}, rule(false))
	s := h.open(t, 3)
	h.open(t, 1)
	_, err := h.OpenPolicy(t.Context(), &trailblazerv1.OpenPolicyRequest{})
	if connect.CodeOf(err) != connect.CodeResourceExhausted || detail[*trailblazerv1.RetryHint](t, err).GetRetryAfter().AsDuration() <= 0 {
		t.Errorf("a third seat: %v", err)
	}
	hand.advance(9 * time.Minute)
	response, err := s.Act(t.Context(), s.request()) // Renews it.
	if err != nil {
		t.Fatal(err)
	}
	s.next = response.GetNextIndex()
	hand.advance(9 * time.Minute)
	if _, err := s.Act(t.Context(), s.request()); err != nil {
		t.Errorf("a seat that is used: %v", err)
	}
	// The other's is over, so there is room for one environment, not for two.
	if _, err := h.OpenPolicy(t.Context(), &trailblazerv1.OpenPolicyRequest{NumEnvs: 2}); connect.CodeOf(err) != connect.CodeResourceExhausted {
		t.Errorf("too many environments: %v", err)
	}
	long, err := h.OpenPolicy(t.Context(), &trailblazerv1.OpenPolicyRequest{Lease: durationpb.New(5 * time.Hour)})
	if err != nil || long.GetLease().AsDuration() != time.Hour {
		t.Errorf("a lease beyond the most: %v, %v", long.GetLease(), err)
	}
	hand.advance(10 * time.Minute)
	if _, err := s.Act(t.Context(), s.request()); connect.CodeOf(err) != connect.CodeNotFound || detail[*trailblazerv1.NotFoundError](t, err).GetKind() != "seat" {
		t.Errorf("a seat whose lease is over: %v", err)
	}
	for range 2 {
		if _, err := h.ClosePolicy(t.Context(), &trailblazerv1.ClosePolicyRequest{SeatId: long.GetSeatId()}); err != nil {
			t.Error(err)
		}
	}
	if text := h.metrics(t); !strings.Contains(text, "trailblazer_policy_seats 0\n") || !strings.Contains(text, "trailblazer_policy_decisions_total 6\n") {
		t.Errorf("metrics:\n%s", text)
	}
}

func (h *harness) metrics(t *testing.T) string {
	t.Helper()
	response, err := http.Get(h.url + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestSeatsBelongToTheirOwners(t *testing.T) {
	h := start(t, decision.Options{MaxOwnerSeats: 1}, envserver.Options{Tokens: []envserver.Token{envserver.NewToken("ann", "a"), envserver.NewToken("bob", "b")}}, rule(false))
	as := func(token string) context.Context {
		ctx, info := connect.NewClientContext(t.Context())
		info.RequestHeader().Set("Authorization", "Bearer "+token)
		return ctx
	}
	if _, err := h.OpenPolicy(t.Context(), &trailblazerv1.OpenPolicyRequest{}); connect.CodeOf(err) != connect.CodeUnauthenticated {
		t.Errorf("without a token: %v", err)
	}
	mine, err := h.OpenPolicy(as("a"), &trailblazerv1.OpenPolicyRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.OpenPolicy(as("a"), &trailblazerv1.OpenPolicyRequest{}); connect.CodeOf(err) != connect.CodeResourceExhausted {
		t.Errorf("a second seat: %v", err)
	}
	if _, err := h.OpenPolicy(as("b"), &trailblazerv1.OpenPolicyRequest{}); err != nil {
		t.Errorf("another's first: %v", err)
	}
	if _, err := h.Act(as("b"), &trailblazerv1.ActRequest{SeatId: mine.GetSeatId()}); connect.CodeOf(err) != connect.CodeNotFound {
		t.Errorf("another's seat: %v", err)
	}
}

func TestABrokenPolicyClosesItsSeatAlone(t *testing.T) {
	group := &crowd{}
	h := start(t, decision.Options{}, envserver.Options{}, served("walker", func() env.Policy { return &joined{crowd: group} }))
	s, other := h.open(t, 1), h.open(t, 1)
	for name, broken := range map[string]func([]env.Turn){
		"panic": func([]env.Turn) { panic("oh") },
		"error": func(turns []env.Turn) { turns[0].Policy = failing{turns[0].Policy} },
	} {
		group.broken = broken
		if _, err := s.Act(t.Context(), s.request()); connect.CodeOf(err) != connect.CodeInternal {
			t.Errorf("%s: %v", name, err)
		}
		group.broken = nil
		if _, err := s.Act(t.Context(), s.request()); connect.CodeOf(err) != connect.CodeNotFound {
			t.Errorf("%s: the seat lives on: %v", name, err)
		}
		s = h.open(t, 1)
	}
	if _, err := other.Act(t.Context(), other.request()); err != nil {
		t.Errorf("another's seat: %v", err)
	}
}

type failing struct{ env.Policy }

func (failing) Act(*env.Batch, int, env.Arrays) error { return errors.New("no idea") }

func TestADeadlineInTheQueueChangesNothing(t *testing.T) {
	group := &crowd{entered: make(chan int), leave: make(chan struct{})}
	h := start(t, decision.Options{}, envserver.Options{}, served("walker", func() env.Policy { return &joined{crowd: group} }))
	busy, waiting := h.open(t, 1), h.open(t, 1)
	done := make(chan error, 1)
	go func() {
		_, err := busy.Act(t.Context(), busy.request())
		done <- err
	}()
	<-group.entered
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := waiting.Act(ctx, waiting.request()); connect.CodeOf(err) != connect.CodeDeadlineExceeded {
		t.Errorf("while another is decided for: %v", err)
	}
	group.leave <- struct{}{}
	if err := <-done; err != nil {
		t.Error(err)
	}
	go func() {
		_, err := waiting.Act(t.Context(), waiting.request())
		done <- err
	}()
	// The server may have heard of the deadline later than the client.
	for range 2 {
		select {
		case <-group.entered:
			group.leave <- struct{}{}
			continue
		case err := <-done:
			if err != nil {
				t.Errorf("after a deadline: %v", err)
			}
		}
		return
	}
	if err := <-done; err != nil {
		t.Errorf("after a deadline: %v", err)
	}
}
