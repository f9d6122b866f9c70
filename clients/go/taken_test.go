package client_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"trailblazer/abrsim/abrenv"
	"trailblazer/api/env"
	client "trailblazer/clients/go"
	"trailblazer/envserver"
	"trailblazer/envserver/catalog"
	"trailblazer/envserver/decision"
)

// noter chooses the lowest level, and notes what it is told instead.
type noter struct {
	mu   sync.Mutex
	told []int64
}

func (*noter) Reset(uint64) {}

func (*noter) Act(_ *env.Batch, row int, action env.Arrays) error {
	env.Row[int64](&action[0], row)[0] = 0
	return nil
}

func (n *noter) Took(_ *env.Batch, row int, action env.Arrays) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.told = append(n.told, env.Row[int64](&action[0], row)[0])
	return nil
}

// TestWhatWasTakenIsToldOnce: a policy that was told in a call whose answer was
// lost is not told the same of the next step.
func TestWhatWasTakenIsToldOnce(t *testing.T) {
	c, err := catalog.New(catalog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var policy noter
	service, err := decision.New(c, []decision.Policy{{Name: "noter", Environments: []string{abrenv.ID},
		New: func(*env.Spec) (env.Policy, error) { return &policy, nil }}}, decision.Options{})
	if err != nil {
		t.Fatal(err)
	}
	target, err := url.Parse(listen(t, c, envserver.Options{Services: []envserver.Service{service.Mount()}}))
	if err != nil {
		t.Fatal(err)
	}
	var lose atomic.Bool
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ModifyResponse = func(*http.Response) error {
		if lose.Swap(false) {
			return errors.New("lost")
		}
		return nil
	}
	proxy.ErrorHandler = func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) }
	var drop atomic.Int32 // The request that does not get there, counted from 1.
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if drop.Add(-1) == 0 {
			panic(http.ErrAbortHandler)
		}
		proxy.ServeHTTP(w, r)
	}))
	defer web.Close()
	remote, err := client.Dial(web.URL, client.WithRetries(0))
	if err != nil {
		t.Fatal(err)
	}
	defer remote.Close()
	seat, err := remote.Policy(t.Context(), client.PolicyOptions{Scenario: "abr/train"})
	if err != nil {
		t.Fatal(err)
	}
	factory, err := c.Factory(abrenv.ID, "abr/train", nil)
	if err != nil {
		t.Fatal(err)
	}
	e, err := factory.New(0, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	shown, action := env.NewBatch(e.Spec(), 1), env.NewArrays(env.Leaves(e.Spec().Action), 1)
	seed := uint64(4)
	if err := e.Reset(&seed, nil, shown, 0); err != nil {
		t.Fatal(err)
	}
	const none = -1
	for i, step := range []struct {
		taken int64 // Before the question.
		lost  bool  // The answer.
		drop  int32
	}{
		{none, false, 0},
		{2, true, 0}, {none, false, 0},
		{3, true, 0}, {4, false, 0},
		{5, false, 1}, {none, false, 0},
		{1, true, 0}, {none, false, 2}, {none, false, 0},
		{2, false, 0},
	} {
		if step.taken != none {
			env.All[int64](&action[0])[0] = step.taken
			if err := seat.Took(shown, 0, action); err != nil {
				t.Fatal(err)
			}
		}
		lose.Store(step.lost)
		drop.Store(step.drop)
		if err := seat.Act(shown, 0, action); (err != nil) != (step.lost || step.drop > 0) {
			t.Fatalf("step %d: %v", i, err)
		}
		if err := e.Step(action, shown, 0); err != nil { // The next question is another one.
			t.Fatal(err)
		}
	}
	policy.mu.Lock()
	defer policy.mu.Unlock()
	if want := []int64{2, 3, 4, 5, 1, 2}; !slices.Equal(policy.told, want) {
		t.Errorf("told of %d, want %d", policy.told, want)
	}
}
