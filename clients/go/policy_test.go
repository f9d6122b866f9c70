package client_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"trailblazer/abrsim/abrenv"
	"trailblazer/api/env"
	"trailblazer/ccemu/ccenv"
	client "trailblazer/clients/go"
	"trailblazer/envserver"
	"trailblazer/envserver/catalog"
	"trailblazer/envserver/decision"
	"trailblazer/internal/testrun"
	"trailblazer/sparksim/sparkenv"
)

// asked is a policy that is served, and what it acts in.
type asked struct {
	policy, id, scenario, config string
}

func askedPolicies() []asked {
	return []asked{
		{"mpc", abrenv.ID, "abr/ood1", ""},
		{"random", abrenv.ID, "abr/train", ""},
		{"robust-mpc", abrenv.ID, "abr/train", `{"observation": {"layout": "dict"}}`},
		{"weighted-fair", sparkenv.ID, "cjs/custom", ""},
		{"random", sparkenv.ID, "cjs/custom", ""},
		{"gcc", ccenv.ID, "cc/custom", `{"packets": true}`},
		{"oracle", ccenv.ID, "cc/custom", ""},
	}
}

// servePolicies lets a server answer for these rules, by the catalog's names.
func servePolicies(t testing.TB, c *catalog.Catalog, list []asked) string {
	t.Helper()
	var policies []decision.Policy
	for _, one := range list {
		name := one.policy
		if slices.ContainsFunc(policies, func(p decision.Policy) bool { return p.Name == name }) {
			continue
		}
		info, err := c.Describe(name)
		if err != nil {
			t.Fatal(err)
		}
		policies = append(policies, decision.Policy{Name: name, Description: info.Summary, Environments: info.Environments,
			New: func(spec *env.Spec) (env.Policy, error) { return c.PolicyFor(name, spec) }})
	}
	service, err := decision.New(c, policies, decision.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return listen(t, c, envserver.Options{Services: []envserver.Service{service.Mount()}})
}

func TestPoliciesActTheSameOverTheWire(t *testing.T) {
	c, err := catalog.New(catalog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	remote, err := client.Dial(servePolicies(t, c, askedPolicies()))
	if err != nil {
		t.Fatal(err)
	}
	defer remote.Close()
	for _, one := range askedPolicies() {
		t.Run(one.policy+" in "+one.scenario, func(t *testing.T) {
			factory, err := c.Factory(one.id, one.scenario, []byte(one.config))
			if err != nil {
				t.Fatal(err)
			}
			here, err := c.Policy(one.policy, factory)
			if err != nil {
				t.Fatal(err)
			}
			there, err := remote.Policy(t.Context(), client.PolicyOptions{Policy: one.policy, Env: one.id, Scenario: one.scenario, Config: []byte(one.config)})
			if err != nil {
				t.Fatal(err)
			}
			defer there.Close()
			playBoth(t, factory, here, there, 2)
		})
	}
}

// TestWhatWasDoneIsToldOverTheWire: to a model that looks back on actions.
func TestWhatWasDoneIsToldOverTheWire(t *testing.T) {
	c, err := catalog.New(catalog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	factory, err := c.Factory(abrenv.ID, "abr/train", nil)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "run")
	testrun.Write(t, dir, testrun.Options{Preset: "decision-transformer", Shrink: true, Seed: 2}, factory.Spec())
	name := dir + ":sample=1"
	here, err := c.Policy(name, factory)
	if err != nil {
		t.Fatal(err)
	}
	remote, err := client.Dial(servePolicies(t, c, []asked{{name, abrenv.ID, "abr/train", ""}}))
	if err != nil {
		t.Fatal(err)
	}
	defer remote.Close()
	there, err := remote.Policy(t.Context(), client.PolicyOptions{Env: abrenv.ID, Scenario: "abr/train"})
	if err != nil {
		t.Fatal(err)
	}
	defer there.Close()
	playBoth(t, factory, here, there, 4)
}

// playBoth plays episodes with one policy, and asks another what it would do.
func playBoth(t *testing.T, factory env.Factory, here, there env.Policy, episodes int) {
	t.Helper()
	e, err := factory.New(0, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	shown := env.NewBatch(e.Spec(), 1)
	action, other := env.NewArrays(env.Leaves(e.Spec().Action), 1), env.NewArrays(env.Leaves(e.Spec().Action), 1)
	before := env.NewArrays(env.Leaves(e.Spec().Action), 1)
	for k := range uint64(episodes) {
		if err := e.Reset(&k, nil, shown, 0); err != nil {
			t.Fatal(err)
		}
		shown.Reward[0], shown.Terminated[0], shown.Truncated[0] = 0, false, false
		here.Reset(k)
		there.Reset(k)
		for step := 0; !shown.Done(0); step++ {
			if err := errors.Join(here.Act(shown, 0, action), there.Act(shown, 0, other)); err != nil {
				t.Fatal(err)
			}
			for i := range action {
				if string(action[i].Bytes(0)) != string(other[i].Bytes(0)) {
					t.Fatalf("episode %d, step %d: %s differs over the wire", k, step, action[i].Leaf.Path)
				}
			}
			if follower, ok := here.(env.Follower); ok && step%3 == 1 {
				// The action of the step before, in the place of the chosen one.
				action.CopyRow(0, before, 0)
				if err := errors.Join(follower.Took(shown, 0, action), there.(env.Follower).Took(shown, 0, action)); err != nil {
					t.Fatal(err)
				}
			}
			before.CopyRow(0, action, 0)
			if err := e.Step(action, shown, 0); err != nil {
				t.Fatal(err)
			}
		}
		for _, p := range []env.Policy{here, there} {
			if ender, ok := p.(env.EpisodeEnder); ok {
				if err := ender.EndEpisode(shown, 0); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

func TestAskingForManyAtOnce(t *testing.T) {
	c, err := catalog.New(catalog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	remote, err := client.Dial(servePolicies(t, c, askedPolicies()))
	if err != nil {
		t.Fatal(err)
	}
	defer remote.Close()
	const n = 3
	seat, err := remote.Policy(t.Context(), client.PolicyOptions{Policy: "robust-mpc", Scenario: "abr/train", NumEnvs: n})
	if err != nil {
		t.Fatal(err)
	}
	factory, err := c.Factory(abrenv.ID, "abr/train", nil)
	if err != nil {
		t.Fatal(err)
	}
	shown := env.NewBatch(seat.Spec(), n)
	own := env.NewArrays(env.Leaves(seat.Spec().Action), n)
	var mates []env.Policy
	for i := range uint64(n) {
		e, err := factory.New(0, 1)
		if err != nil {
			t.Fatal(err)
		}
		mate, err := c.Policy("robust-mpc", factory)
		if err != nil {
			t.Fatal(err)
		}
		mate.Reset(i)
		if err := errors.Join(e.Reset(&i, nil, shown, int(i)), mate.Act(shown, int(i), own)); err != nil {
			t.Fatal(err)
		}
		mates = append(mates, mate)
	}
	actions, err := seat.Ask(t.Context(), client.Question{Shown: shown, Seeds: []uint64{0}})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := env.All[int64](&actions[0]), env.All[int64](&own[0]); !slices.Equal(got, want) {
		t.Errorf("actions %v, want %v", got, want)
	}
	if err := seat.Act(shown, 0, own); err == nil {
		t.Error("a seat with three environments acts in one")
	}
	list, err := remote.Policies(t.Context())
	if err != nil || len(list) != 6 || seat.Info().Name != "robust-mpc" || seat.Len() != n || !seat.Inputs().Info {
		t.Errorf("%v, %v, %+v", list, err, seat.Info())
	}
	var missing *env.NotFoundError
	if _, err := remote.Policy(t.Context(), client.PolicyOptions{Policy: "nobody"}); !errors.As(err, &missing) || missing.Kind != "policy" {
		t.Errorf("an unknown policy: %v", err)
	}
	if err := errors.Join(seat.Close(), seat.Close()); err != nil {
		t.Error(err)
	}
	if _, err := seat.Ask(t.Context(), client.Question{Shown: shown}); !errors.Is(err, env.ErrClosed) {
		t.Errorf("a closed seat: %v", err)
	}
}

// TestALostAnswerIsMadeUpFor: where an answer comes too late, the next question
// is answered all the same, and the policy has seen both.
func TestALostAnswerIsMadeUpFor(t *testing.T) {
	c, err := catalog.New(catalog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	target, err := url.Parse(servePolicies(t, c, askedPolicies()))
	if err != nil {
		t.Fatal(err)
	}
	// A proxy that keeps an answer to itself.
	var keep atomic.Bool
	proxy := httputil.NewSingleHostReverseProxy(target)
	answered := make(chan struct{}, 1)
	proxy.ModifyResponse = func(r *http.Response) error {
		if keep.Swap(false) {
			answered <- struct{}{}
			<-r.Request.Context().Done()
		}
		return nil
	}
	proxy.ErrorHandler = func(http.ResponseWriter, *http.Request, error) {}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	web := &http.Server{Handler: proxy}
	go web.Serve(listener)
	defer web.Close()
	remote, err := client.Dial(listener.Addr().String(), client.WithRetries(0))
	if err != nil {
		t.Fatal(err)
	}
	defer remote.Close()
	seat, err := remote.Policy(t.Context(), client.PolicyOptions{Policy: "random", Env: abrenv.ID, Scenario: "abr/train"})
	if err != nil {
		t.Fatal(err)
	}
	factory, err := c.Factory(abrenv.ID, "abr/train", nil)
	if err != nil {
		t.Fatal(err)
	}
	mate, err := c.Policy("random", factory)
	if err != nil {
		t.Fatal(err)
	}
	e, err := factory.New(0, 1)
	if err != nil {
		t.Fatal(err)
	}
	shown, own := env.NewBatch(e.Spec(), 1), env.NewArrays(env.Leaves(e.Spec().Action), 1)
	seed := uint64(4)
	if err := e.Reset(&seed, nil, shown, 0); err != nil {
		t.Fatal(err)
	}
	mate.Reset(seed)
	for step := range 12 {
		if err := mate.Act(shown, 0, own); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		if step%3 == 1 {
			keep.Store(true)
			go func() {
				<-answered
				cancel()
			}()
		}
		got, err := seat.Ask(ctx, client.Question{Shown: shown, Seeds: []uint64{seed}})
		cancel()
		switch {
		case step%3 == 1 && err == nil:
			t.Fatal("an answer that was kept back has come")
		case step%3 != 1 && (err != nil || env.All[int64](&got[0])[0] != env.All[int64](&own[0])[0]):
			t.Fatalf("step %d: %v, %v; want %v", step, got, err, env.All[int64](&own[0]))
		}
		if err := e.Step(own, shown, 0); err != nil {
			t.Fatal(err)
		}
	}
}
