package online

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"trailblazer/api/env"
	"trailblazer/datasets/traj"
	"trailblazer/internal/jsonconfig"
	"trailblazer/internal/parallel"
	"trailblazer/internal/splitmix"
	"trailblazer/trainer/rl"
	"trailblazer/trainer/train"
)

// Played says what a World plays.
type Played struct {
	// Environment is the versioned id, Scenario its scenario, empty for the
	// default one, and Config what is laid over the scenario's settings.
	Environment, Scenario string
	Config                json.RawMessage
	// Expert labels states; empty for nobody. Values says that it has to know what
	// an episode can bring.
	Expert string
	Values bool
}

// World is environments to learn in, and what their experts tell.
type World struct {
	rl.World
	// Labels say what the experts tell, as data sets say it.
	Labels traj.Labels
	// Remember says that experts carry something from one episode to the next.
	Remember bool
	// mixed is what it was joined from, whatever stands between it and those who
	// play by now; nil for one scenario.
	mixed *joined
}

// newWorld opens what a config plays, labelled by an expert. Whoever gets it closes
// its Vector.
func (s *Setup) newWorld(ctx context.Context, expert string) (*World, error) {
	w, err := s.open(ctx, expert)
	if err != nil {
		return nil, err
	}
	if err := s.Config.resumable(w, expert); err != nil {
		return nil, errors.Join(err, w.Vector.Close())
	}
	return w, nil
}

// resumable refuses experts who would lose, where a run is stopped, what they
// remember: it would go on with other labels.
func (c *Config) resumable(w *World, expert string) error {
	for i := range c.Stages {
		s := &c.Stages[i]
		if !s.asks() || c.expert(s) != expert {
			continue
		}
		if w.Remember {
			return jsonconfig.Refuse("config.expert", jsonconfig.Quote(expert), "name one that carries nothing from episode to episode: a run that is stopped would lose it")
		}
		if w.LookBack && s.Steps > 0 {
			return jsonconfig.Refuse("config.stages."+s.Name+".steps", fmt.Sprint(s.Steps), fmt.Sprintf("give 0, for whole episodes: the expert %q looks back on them, and a run that is stopped within one would go on with other labels", expert))
		}
	}
	return nil
}

// open opens the scenario, or the parts of the mixture beside one another.
func (s *Setup) open(ctx context.Context, expert string) (*World, error) {
	c := s.Config
	if !c.Labelled() {
		expert = ""
	}
	values := c.LeastValue != nil && expert != ""
	mixture := c.Curriculum.Mixture
	if len(mixture) == 0 {
		return s.World(ctx, Played{c.Environment, c.Scenario, c.EnvironmentConfig, expert, values}, c.Environments)
	}
	var parts []*World
	for i, groups := range shares(mixture, c.Environments/c.Copies) {
		p := &mixture[i]
		settings, err := c.settings(p)
		var w *World
		if err == nil {
			w, err = s.World(ctx, Played{c.Environment, cmp.Or(p.Scenario, c.Scenario), settings, expert, values}, groups*c.Copies)
		}
		if err != nil {
			for _, w := range parts {
				w.Vector.Close()
			}
			return nil, fmt.Errorf("part %s of the mixture: %w", p.Name, err)
		}
		parts = append(parts, w)
	}
	return join(parts)
}

// settings are what is laid over those of a part's scenario.
func (c *Config) settings(p *Part) (json.RawMessage, error) {
	nothing := func(raw json.RawMessage) bool { return len(raw) == 0 || string(raw) == "null" }
	switch {
	case nothing(p.EnvironmentConfig):
		return c.EnvironmentConfig, nil
	case nothing(c.EnvironmentConfig):
		return p.EnvironmentConfig, nil
	}
	return train.Overlay(c.EnvironmentConfig, p.EnvironmentConfig)
}

// try finds out whether there are the experts that stages have beside the
// config's, before anything is learned.
func (s *Setup) try(ctx context.Context) error {
	for i := range s.Config.Stages {
		stage := &s.Config.Stages[i]
		if s.Config.expert(stage) == s.Config.Expert {
			continue
		}
		w, err := s.newWorld(ctx, stage.Expert)
		if err != nil {
			return fmt.Errorf("stage %s: %w", stage.Name, err)
		}
		if err := w.Vector.Close(); err != nil {
			return err
		}
	}
	return nil
}

// shares are how many of some groups of environments each part has: at least one,
// and else by the parts' weights, by the largest remainders.
func shares(mixture []Part, groups int) []int {
	total := 0.0
	for i := range mixture {
		total += mixture[i].Weight
	}
	counts, left := make([]int, len(mixture)), groups
	remainders := make([]float64, len(mixture))
	for i := range mixture {
		exact := float64(groups) * mixture[i].Weight / total
		counts[i] = max(1, int(exact))
		remainders[i] = exact - float64(counts[i])
		left -= counts[i]
	}
	for ; left != 0; left += sign(-left) {
		// Parts that were given their least place have to be paid for by others.
		best := -1
		for i, r := range remainders {
			if left < 0 && counts[i] == 1 {
				continue
			}
			if best < 0 || left > 0 && r > remainders[best] || left < 0 && r < remainders[best] {
				best = i
			}
		}
		counts[best] += sign(left)
		remainders[best] -= float64(sign(left))
	}
	return counts
}

func sign(n int) int {
	if n < 0 {
		return -1
	}
	return 1
}

// living leaves out episodes that can bring too little: where the expert's value
// of the first state is less, the environment is reset again with another seed,
// the same for all who play the episode.
type living struct {
	env.Vector
	experts []env.Expert
	least   float64
	workers int
	action  env.Arrays
}

// mostDead is how many seeds are tried for one episode.
const mostDead = 200

func newLiving(w *World, least float64, workers int) *living {
	return &living{Vector: w.Vector, experts: w.Experts, least: least, workers: workers,
		action: env.NewArrays(env.Leaves(w.Vector.Spec().Action), w.Vector.Len())}
}

// alive leaves episodes out of a world that can bring too little, where the config
// says so and there is an expert who knows.
func (c *Config) alive(w *World, workers int) {
	if c.LeastValue != nil && w.Experts != nil {
		w.Vector = newLiving(w, *c.LeastValue, workers)
	}
}

// Reset implements env.Vector. Every environment must be given a seed.
func (l *living) Reset(o env.ResetOptions) (*env.Batch, error) {
	n := l.Len()
	seeds, mask := make([]uint64, n), make([]bool, n)
	for i := range n {
		if mask[i] = o.Mask == nil || o.Mask[i]; !mask[i] {
			continue
		}
		seed := o.Seed(i)
		if seed == nil {
			return nil, jsonconfig.Refuse("seeds", "none", "give one for each episode where dead ones are left out")
		}
		seeds[i] = *seed
	}
	for range mostDead {
		shown, err := l.Vector.Reset(env.ResetOptions{Seeds: seeds, Mask: mask, Options: o.Options})
		if err != nil {
			return nil, err
		}
		if err := l.sort(shown, seeds, mask); err != nil || !slices.Contains(mask, true) {
			return shown, err
		}
	}
	return nil, jsonconfig.Refuse("config.least_value", fmt.Sprint(l.least), fmt.Sprintf("give less, or null: of %d episodes after one another none can bring as much", mostDead))
}

// sort leaves in mask the environments whose episode can bring too little, with
// other seeds.
func (l *living) sort(shown *env.Batch, seeds []uint64, mask []bool) error {
	return parallel.Run(context.Background(), parallel.Work{N: l.Len(), Workers: l.workers,
		Start: func() (func(context.Context, int) error, func()) {
			return func(_ context.Context, i int) error {
				if !mask[i] {
					return nil
				}
				l.experts[i].Reset(seeds[i])
				value, _, err := l.experts[i].Label(shown, i, l.action)
				switch {
				case err != nil:
					return fmt.Errorf("environment %d: expert: %w", i, err)
				case value != value:
					return jsonconfig.Refuse("config.least_value", fmt.Sprint(l.least), "give null, or name an expert that knows what an episode can bring")
				case value < l.least:
					seeds[i] = splitmix.Mix(seeds[i], 0)
				default:
					mask[i] = false
				}
				return nil
			}, func() {}
		}})
}
