package catalog

import (
	"encoding/json"
	"errors"
	"math"
	"slices"
	"sync"
	"testing"

	"trailblazer/abrsim/abrenv"
	"trailblazer/abrsim/policy/genet"
	"trailblazer/api/env"
	"trailblazer/ccemu/ccenv"
	"trailblazer/internal/testdata"
	"trailblazer/sparksim/policy/decima"
	"trailblazer/sparksim/sparkenv"
)

var _ env.Catalog = (*Catalog)(nil)

func open(t testing.TB, dir string) *Catalog {
	t.Helper()
	c, err := New(Options{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestListing(t *testing.T) {
	for _, source := range []string{abrenv.SourceBuiltIn, abrenv.SourceReal} {
		t.Run(source, func(t *testing.T) {
			dir := ""
			if source == abrenv.SourceReal {
				dir = testdata.Dir(t)
			}
			c := open(t, dir)
			list := c.Environments()
			ids := []string{}
			for _, e := range list {
				ids = append(ids, e.ID)
				if len(e.Policies) == 0 {
					t.Errorf("%s has no policies", e.ID)
				}
				checkListing(t, c, e, source)
			}
			if !slices.Equal(ids, []string{abrenv.ID, sparkenv.ID, ccenv.ID}) {
				t.Errorf("lists %q", ids)
			}
		})
	}
}

func checkListing(t *testing.T, c *Catalog, e env.Environment, source string) {
	t.Helper()
	if _, err := c.Factory(e.ID, "", e.DefaultConfig); err != nil {
		t.Errorf("the default configuration is refused: %v", err)
	}
	for _, s := range e.Scenarios {
		if s.Unavailable == "" && s.DataSource != source || s.Description == "" {
			t.Errorf("%s: data source %q, description %q", s.Name, s.DataSource, s.Description)
		}
		f, err := c.Factory(e.ID, s.Name, nil)
		if (err == nil) != (s.Unavailable == "") {
			t.Errorf("%s: listed as unavailable %q, making it says %v", s.Name, s.Unavailable, err)
		}
		var field *env.FieldError
		if err != nil && !errors.As(err, &field) {
			t.Errorf("%s: %v is no FieldError", s.Name, err)
		}
		if err == nil && f.Spec().Scenario != s.Name {
			t.Errorf("%s: the spec says %s", s.Name, f.Spec().Scenario)
		}
	}
}

func TestFactoriesAreShared(t *testing.T) {
	c := open(t, "")
	first, err := c.Factory(abrenv.ID, "abr/train", nil)
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for _, config := range []string{"", "{}", `{"qoe": {"kind": "linear", "rebuffer_penalty": 4.3}}`, `{"player": {"rtt_ms": 80}, "max_steps": 0}`} {
		group.Go(func() {
			same, err := c.Factory(abrenv.ID, "abr/train", json.RawMessage(config))
			if err != nil || same != first {
				t.Errorf("config %s makes another factory (%v)", config, err)
			}
		})
	}
	group.Wait()
	other, err := c.Factory(abrenv.ID, "abr/train", json.RawMessage(`{"max_steps": 3}`))
	if err != nil || other == first {
		t.Errorf("another config makes the same factory (%v)", err)
	}
}

func TestCacheIsBounded(t *testing.T) {
	c := cache[env.Factory]{most: mostFactories}
	built := 0
	build := func() (env.Factory, error) { built++; return (*abrenv.Factory)(nil), nil }
	for i := range mostFactories + 5 {
		c.get(string(rune('a'+i)), build)
	}
	if c.recent.Len() != mostFactories || len(c.entries) != mostFactories {
		t.Errorf("holds %d factories, want %d", c.recent.Len(), mostFactories)
	}
	before := built
	c.get(string(rune('a'+mostFactories)), build)
	if built != before {
		t.Error("a recent factory was built again")
	}
	c.get("a", build)
	if built != before+1 {
		t.Error("a dropped factory was not built again")
	}
	if _, err := c.get(string(make([]byte, mostKeyBytes+1)), build); err != nil || c.recent.Len() != 1 {
		t.Errorf("a heavy factory leaves %d, error %v", c.recent.Len(), err)
	}
	failing := errors.New("no luck")
	if _, err := c.get("x", func() (env.Factory, error) { return nil, failing }); !errors.Is(err, failing) {
		t.Errorf("error %v", err)
	}
	if _, err := c.get("x", build); err != nil {
		t.Errorf("a failure is remembered: %v", err)
	}
}

func TestNotFound(t *testing.T) {
	c := open(t, "")
	var missing *env.NotFoundError
	if _, err := c.Factory("trailblazer/XYZ-v0", "", nil); !errors.As(err, &missing) || missing.Kind != "environment" {
		t.Errorf("unknown environment: %v", err)
	}
	if _, err := c.Factory(abrenv.ID, "abr/none", nil); !errors.As(err, &missing) || missing.Kind != "scenario" {
		t.Errorf("unknown scenario: %v", err)
	}
	if _, err := New(Options{DataDir: "no/such/directory"}); err == nil {
		t.Error("a missing data directory is accepted")
	}
}

// settings are those that the policies of environments need.
var settings = map[string]json.RawMessage{ccenv.ID: json.RawMessage(`{"packets": true}`)}

func TestPolicies(t *testing.T) {
	for _, source := range []string{abrenv.SourceBuiltIn, abrenv.SourceReal} {
		t.Run(source, func(t *testing.T) {
			dir := ""
			if source == abrenv.SourceReal {
				dir = testdata.Dir(t)
			}
			c := open(t, dir)
			for _, e := range c.Environments() {
				factory, err := c.Factory(e.ID, "", settings[e.ID])
				if err != nil {
					t.Fatal(err)
				}
				for _, name := range e.Policies {
					_, isDecima := decima.ModeOf(name)
					_, isGenet := genet.ModeOf(name)
					needsData := isDecima || isGenet
					p, err := c.Policy(name, factory)
					if needsData && dir == "" {
						var field *env.FieldError
						if !errors.As(err, &field) || field.Field != "policy" {
							t.Errorf("%s without data: %v", name, err)
						}
						continue
					}
					if err != nil || p == nil {
						t.Errorf("%s: %v", name, err)
					}
					if p, err := c.PolicyFor(name, factory.Spec()); err != nil || p == nil {
						t.Errorf("%s for a remote environment: %v", name, err)
					}
				}
				var missing *env.NotFoundError
				if _, err := c.Policy("clairvoyant-cat", factory); !errors.As(err, &missing) || missing.Kind != "policy" || !slices.Equal(missing.Known, e.Policies) {
					t.Errorf("unknown policy: %v", err)
				}
			}
		})
	}
	c := open(t, "")
	factory, err := c.Factory(abrenv.ID, "abr/ood1", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Policy("mpc-tuned:factor=0", factory); err == nil {
		t.Error("bad parameters are accepted")
	}
}

// TestPrivilegedPolicyNeedsTheSameData: a policy that knows more than it is shown is
// refused where the scenario has other content than the remote environments.
func TestPrivilegedPolicyNeedsTheSameData(t *testing.T) {
	c := open(t, "")
	// Stand in for a planner: every policy of this family is privileged.
	c.families[0].describe = func() []PolicyDescription { return []PolicyDescription{{Name: "planner", Privileged: true}} }
	factory, err := c.Factory(abrenv.ID, "abr/ood1", json.RawMessage(`{"observation": {"layout": "dict"}}`))
	if err != nil {
		t.Fatal(err)
	}
	var given env.Factory
	c.families[0].policy = func(_ string, _ *env.Spec, f env.Factory) (env.Policy, error) { given = f; return nil, nil }
	if _, err := c.PolicyFor("planner", factory.Spec()); err != nil || given != factory {
		t.Errorf("with the same data: %v, given the same factory: %v", err, given == factory)
	}
	elsewhere := *factory.Spec()
	elsewhere.ContentHash = "0123456789abcdef"
	var mismatch *MismatchError
	if _, err := c.PolicyFor("planner", &elsewhere); !errors.As(err, &mismatch) || mismatch.There != elsewhere.ContentHash {
		t.Errorf("with other data: %v, want a MismatchError", err)
	}
	elsewhere.Scenario = "abr/genet-synthetic"
	var field *env.FieldError
	if _, err := c.PolicyFor("planner", &elsewhere); !errors.As(err, &field) {
		t.Errorf("without the data: %v, want a FieldError", err)
	}
	elsewhere.ID = "trailblazer/XYZ-v0"
	var missing *env.NotFoundError
	if _, err := c.PolicyFor("planner", &elsewhere); !errors.As(err, &missing) {
		t.Errorf("unknown environment: %v", err)
	}
}

// TestPublishedScores plays the reference's policies from end to end: data
// directory, scenario, environment, policy.
func TestPublishedScores(t *testing.T) {
	c := open(t, testdata.Dir(t))
	for _, test := range []struct {
		scenario, policy string
		want             float64
	}{
		{"abr/default-test", "bba", 0.7641513827696078},
		{"abr/default-test", "mpc", 0.8484549686275232},
		{"abr/ood2", "bba", 0.586737987687765},
		{"abr/ood2", "mpc", 0.6309436397166197},
		{"abr/default-test", "genet-greedy", 0.827490959530295},
		{"abr/ood2", "genet-greedy", 0.6511433368358089},
	} {
		t.Run(test.scenario+"/"+test.policy, func(t *testing.T) {
			factory, err := c.Factory(abrenv.ID, test.scenario, nil)
			if err != nil {
				t.Fatal(err)
			}
			p, err := c.Policy(test.policy, factory)
			if err != nil {
				t.Fatal(err)
			}
			// Means are summed in another order than the reference's.
			if got := meanReward(t, factory, p); math.Abs(got-test.want) > 1e-12 {
				t.Errorf("mean QoE %v, want %v", got, test.want)
			}
		})
	}
}

// meanReward plays a sequential scenario once, in order.
func meanReward(t *testing.T, factory env.Factory, p env.Policy) float64 {
	t.Helper()
	e, err := factory.New(0, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	out := env.NewBatch(e.Spec(), 1)
	action := env.NewArrays(env.Leaves(e.Spec().Action), 1)
	sum, steps := 0.0, 0
	for episode := range factory.(*abrenv.Factory).Episodes() {
		if err := e.Reset(nil, nil, out, 0); err != nil {
			t.Fatal(err)
		}
		out.Reward[0], out.Terminated[0], out.Truncated[0] = 0, false, false
		p.Reset(uint64(episode))
		for !out.Done(0) {
			if err := p.Act(out, 0, action); err != nil {
				t.Fatal(err)
			}
			if err := e.Step(action, out, 0); err != nil {
				t.Fatal(err)
			}
			sum += out.Reward[0]
			steps++
		}
		if ender, ok := p.(env.EpisodeEnder); ok {
			if err := ender.EndEpisode(out, 0); err != nil {
				t.Fatal(err)
			}
		}
	}
	return sum / float64(steps)
}
