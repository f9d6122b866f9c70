package online

import (
	"context"
	"encoding/json"
	"fmt"

	"trailblazer/internal/draw"
	"trailblazer/internal/splitmix"
	"trailblazer/trainer/rl"
)

// gapStream sets the draws of searches apart from others of the same seed.
const gapStream = 0x67617073

// found is what searches of a curriculum of gaps have found.
type found struct {
	// Searched is the iteration before which the last search was; -1 for none.
	Searched int `json:"searched"`
	// Settings are those that were found, the oldest first, and Gaps by how much
	// the rule was ahead there, in the mean return of an episode.
	Settings []setting `json:"settings,omitempty"`
	Gaps     []float64 `json:"gaps,omitempty"`
}

// search looks for the setting in which the model is the furthest behind the
// rule, if a search is due before this iteration. It changes nothing where it
// fails.
func (l *loop) search(ctx context.Context, iteration int) error {
	g := &l.config.Curriculum.Gap
	if !g.on() || iteration == 0 || iteration%g.Every != 0 || l.state.Found.Searched == iteration {
		return nil
	}
	seed := splitmix.Mix(l.config.Seed, uint64(iteration))
	tried := &candidates{drawn: drawn{first: seed >> 25, draws: l.config.Curriculum.Draws, done: l.drawn.done}}
	random := draw.New(seed, gapStream)
	for range g.Candidates {
		tried.settings = append(tried.settings, tried.any(random))
	}
	rule, err := l.play(ctx, tried, g, 1)
	if err != nil {
		return fmt.Errorf("curriculum: %s: %w", g.Baseline, err)
	}
	model, err := l.play(ctx, tried, g, 0)
	if err != nil {
		return fmt.Errorf("curriculum: %w", err)
	}
	best := 0
	for i := range rule {
		if rule[i]-model[i] > rule[best]-model[best] {
			best = i
		}
	}
	f := &l.state.Found
	f.Searched = iteration
	f.Settings, f.Gaps = append(f.Settings, tried.settings[best]), append(f.Gaps, rule[best]-model[best])
	return nil
}

// candidates are episodes in settings, which take turns.
type candidates struct {
	drawn
	settings []setting
}

// Draw implements rl.Episodes: all settings have the same seeds.
func (c *candidates) Draw(episode uint64) (uint64, json.RawMessage) {
	n := uint64(len(c.settings))
	return c.first + episode/n, c.options(c.settings[episode%n])
}

// play returns the mean return in each setting of the rule, whose probability to
// act is 1, or of the model, for which it is 0: both take the best action that
// they know.
func (l *loop) play(ctx context.Context, tried *candidates, g *Gap, rule float64) ([]float64, error) {
	c := l.config
	p := Played{Environment: c.Environment, Scenario: c.Scenario, Config: c.EnvironmentConfig}
	if rule > 0 {
		p.Expert = g.Baseline
	}
	world, err := l.setup.World(ctx, p, g.Candidates)
	if err != nil {
		return nil, err
	}
	defer world.Vector.Close()
	actor, err := rl.NewActor(l.model, l.features(), world.Vector.Spec(), g.Candidates)
	if err != nil {
		return nil, err
	}
	collector, err := rl.NewCollector(&world.World, actor, tried, rl.CollectOptions{Seed: c.Seed, Beta: rule})
	if err != nil {
		return nil, err
	}
	means := make([]float64, g.Candidates)
	for range g.Episodes {
		e, err := collector.Collect(ctx)
		if err != nil {
			return nil, err
		}
		for _, one := range e.Episodes {
			means[one.Number%uint64(len(means))] += one.Return / float64(g.Episodes)
		}
	}
	return means, nil
}
