package online_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trailblazer/api/env"
	"trailblazer/api/env/vector"
	"trailblazer/datasets/traj"
	"trailblazer/envserver/catalog"
	"trailblazer/trainer/checkpoint"
	"trailblazer/trainer/kernel"
	"trailblazer/trainer/model"
	"trailblazer/trainer/online"
	"trailblazer/trainer/rl"
	"trailblazer/trainer/train"
)

func check(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// stage is where tests play: the catalog's own data.
type stage struct {
	catalog *catalog.Catalog
	pool    *vector.Pool
	// around stands between experts and whoever asks them; nil for nothing.
	around func(env.Expert) env.Expert
	// vector stands between environments and whoever plays them; nil for nothing.
	vector func(env.Vector) env.Vector
	// server is where a run believes that it plays.
	server string
}

func newStage(tb testing.TB) *stage {
	c, err := catalog.New(catalog.Options{})
	check(tb, err)
	s := &stage{catalog: c, pool: vector.NewPool(2)}
	tb.Cleanup(s.pool.Close)
	return s
}

// kept keeps the environments that are made, for experts.
type kept struct {
	env.Factory
	made []env.Env
}

func (k *kept) New(index, count int) (env.Env, error) {
	e, err := k.Factory.New(index, count)
	k.made = append(k.made, e)
	return e, err
}

func (s *stage) world(_ context.Context, p online.Played, n int) (*online.World, error) {
	settings, err := s.catalog.Settings(p.Environment, p.Expert)
	if err != nil {
		return nil, err
	}
	switch {
	case len(settings) == 0:
		settings = p.Config
	case len(p.Config) > 0:
		if settings, err = train.Overlay(settings, p.Config); err != nil {
			return nil, err
		}
	}
	factory, err := s.catalog.Factory(p.Environment, p.Scenario, settings)
	if err != nil {
		return nil, err
	}
	k := &kept{Factory: factory}
	var v env.Vector
	v, err = vector.New(k, n, env.Disabled, s.pool)
	if s.vector != nil {
		v = s.vector(v)
	}
	if err != nil || p.Expert == "" {
		return &online.World{World: rl.World{Vector: v}}, err
	}
	expert, err := s.catalog.Expert(p.Expert, factory)
	if err != nil {
		return nil, err
	}
	w := &online.World{World: rl.World{Vector: v}, Labels: traj.Labels{Expert: expert.Name, Value: expert.Value, Advantage: expert.Advantage}}
	w.LookBack, w.Remember = expert.LooksBack, expert.Remembers
	for i := range n {
		one, err := expert.New(k.made[i])
		if err != nil {
			return nil, err
		}
		if s.around != nil {
			one = s.around(one)
		}
		w.Experts = append(w.Experts, one)
	}
	return w, nil
}

// small is a preset at the size of a toy, changed by JSON.
func small(tb testing.TB, preset, change string) *online.Config {
	tb.Helper()
	c, err := online.Preset(preset)
	check(tb, err)
	c.Copies = min(c.Copies, 2)
	c.Environments = max(2, len(c.Curriculum.Mixture)) * c.Copies
	c.Normalise, c.SaveSeconds, c.Validation.Every, c.LogEvery = 4, 1e9, 2, 1
	if strings.HasPrefix(c.Scenario, "abr/fit") { // They need real data.
		c.Scenario = "abr/train"
	}
	if g := &c.Curriculum.Gap; g.Every > 0 {
		g.Every, g.Candidates, g.Episodes = 1, 3, 1
	}
	for i := range c.Stages {
		s := &c.Stages[i]
		s.Iterations, s.Steps = 2, min(s.Steps, 6)
		s.Updates, s.Batch, s.Minibatch, s.Epochs = 2, 8, 8, min(s.Epochs, 2)
	}
	if c.Environment == "trailblazer/CJS-v0" {
		c.EnvironmentConfig = json.RawMessage(`{"arrivals": {"jobs": 3}}`)
	}
	raw, err := train.Overlay(c.JSON(), json.RawMessage(change))
	check(tb, err)
	c, err = online.ParseConfig(raw)
	check(tb, err)
	return c
}

// player scores a model by one of its weights.
type player struct{}

func (p *player) By() string { return "a game" }

func (p *player) Evaluate(_ context.Context, m *model.Model) ([]checkpoint.TaskPoint, float64, error) {
	return nil, float64(m.Params().Params()[0].Value[0]), nil
}

// trainIn begins a run, or goes on with it, until it is over or stop says so
// after an iteration.
func trainIn(ctx context.Context, tb testing.TB, s *stage, dir string, c *online.Config, workers int, stop func(online.Progress) bool) error {
	tb.Helper()
	compute, err := kernel.NewCompute(kernel.Options{Backend: "go", Workers: workers})
	check(tb, err)
	t, err := online.Open(ctx, dir, &online.Setup{Config: c, World: s.world, Server: s.server, Compute: compute})
	if err != nil {
		return err
	}
	defer t.Close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	return t.Train(ctx, &player{}, func(p online.Progress) {
		if stop != nil && stop(p) {
			cancel()
		}
	})
}

// result is what a run has left that does not tell the time.
func result(tb testing.TB, dir string) (weights, state string) {
	tb.Helper()
	model, err := os.ReadFile(filepath.Join(dir, "model.safetensors"))
	check(tb, err)
	points, err := checkpoint.ReadMetrics(dir)
	check(tb, err)
	for i := range points {
		points[i].Seconds, points[i].DataStepsPerSecond = 0, 0
	}
	text, err := json.Marshal(points)
	check(tb, err)
	return string(model), string(text)
}
