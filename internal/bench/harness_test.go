package bench_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"trailblazer/api/env"
	"trailblazer/datasets/traj"
	"trailblazer/envserver/catalog"
	"trailblazer/internal/bench"
)

func newCatalog(t *testing.T) *catalog.Catalog {
	t.Helper()
	c, err := catalog.New(catalog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func suite(t *testing.T, name string) *bench.Suite {
	t.Helper()
	s, err := bench.FindSuite(name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func run(t *testing.T, name string, options bench.Options) *bench.Report {
	t.Helper()
	if options.Catalog == nil {
		options.Catalog = newCatalog(t)
	}
	r, err := bench.Run(t.Context(), suite(t, name), options)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func encode(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// agent is someone else's program: it acts in environments of its own, and what
// it does is recorded.
type agent struct {
	name             string // as it is recorded
	policy           string
	environment      string
	scenario, config string
	// seeds are those of resets; -1 stands for none.
	seeds []int64
	// policySeeds begin at policySeed.
	policySeed uint64
	// leave ends this episode, counted from 1, before its end.
	leave int
	// lie changes what is recorded of an episode, counted from 0.
	lie func(i int, e *traj.Episode)
}

// record lets agents act and keeps it in a data set.
func record(t *testing.T, c *catalog.Catalog, dir string, agents ...agent) {
	t.Helper()
	var w *traj.Writer
	for _, a := range agents {
		factory, err := c.Factory(a.environment, a.scenario, json.RawMessage(a.config))
		if err != nil {
			t.Fatal(err)
		}
		if w == nil {
			if w, err = traj.Create(dir, factory.Spec(), traj.Labels{}, traj.WriterOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.AddScenario(factory.Spec()); err != nil {
			t.Fatal(err)
		}
		a.act(t, c, factory, w)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func (a *agent) act(t *testing.T, c *catalog.Catalog, factory env.Factory, w *traj.Writer) {
	t.Helper()
	spec := factory.Spec()
	schema, err := traj.NewSchema(spec, traj.Labels{})
	if err != nil {
		t.Fatal(err)
	}
	builder, err := traj.NewBuilder(schema, spec)
	if err != nil {
		t.Fatal(err)
	}
	policy, err := c.Policy(a.policy, factory)
	if err != nil {
		t.Fatal(err)
	}
	e, err := factory.New(0, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	out, action := env.NewBatch(spec, 1), env.NewArrays(env.Leaves(spec.Action), 1)
	for i, s := range a.seeds {
		var seed *uint64
		if s >= 0 {
			seed = new(uint64(s))
		}
		out.Reward[0], out.Terminated[0], out.Truncated[0] = 0, false, false
		if err := e.Reset(seed, nil, out, 0); err != nil {
			t.Fatal(err)
		}
		policy.Reset(a.policySeed + uint64(i))
		builder.Start(out, 0)
		for step := 0; !out.Done(0) && !(i+1 == a.leave && step == 3); step++ {
			if err := policy.Act(out, 0, action); err != nil {
				t.Fatal(err)
			}
			if err := e.Step(action, out, 0); err != nil {
				t.Fatal(err)
			}
			builder.Step(action, 0, traj.Choice{}, out, 0)
		}
		if ender, ok := policy.(env.EpisodeEnder); ok && out.Done(0) {
			if err := ender.EndEpisode(out, 0); err != nil {
				t.Fatal(err)
			}
		}
		episode := builder.Finish()
		episode.Header.Policy, episode.Scenario, episode.ScenarioHash = a.name, spec.Scenario, spec.ContentHash
		if episode.Seeded = s >= 0; episode.Seeded {
			episode.Seed = uint64(s)
		}
		if a.lie != nil {
			a.lie(i, episode)
		}
		if _, err := w.Add(episode); err != nil {
			t.Fatal(err)
		}
	}
}

// row finds a policy's row.
func row(t *testing.T, s *bench.Scenario, policy string) *bench.Row {
	t.Helper()
	for i := range s.Rows {
		if s.Rows[i].Policy == policy {
			return &s.Rows[i]
		}
	}
	t.Fatalf("%s has no %s", s.Name, policy)
	return nil
}

func html(t *testing.T, r *bench.Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := bench.WriteHTML(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
