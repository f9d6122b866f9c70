package online

import (
	"context"
	"fmt"
	"slices"

	"trailblazer/api/env"
	"trailblazer/internal/jsonconfig"
	"trailblazer/internal/splitmix"
	"trailblazer/trainer/feature"
	"trailblazer/trainer/rl"
)

// measure plays fresh weights, and the expert in every other step where there is
// one, to measure what the model is shown.
func (t *Trainer) measure(ctx context.Context, w *World, f *feature.Config) (*feature.Config, error) {
	c := t.setup.Config
	c.alive(w, t.Model.Compute().Workers())
	actor, err := rl.NewActor(t.Model, f, w.Vector.Spec(), c.Environments)
	if err != nil {
		return nil, err
	}
	// Copies share what experts compute of an episode.
	o := rl.CollectOptions{Seed: c.Seed, Steps: c.Normalise, Copies: c.Copies, Temperature: 1}
	if w.Experts != nil {
		o.Beta = 0.5
	}
	collector, err := rl.NewCollector(&w.World, actor, newDrawn(c, measured), o)
	if err != nil {
		return nil, err
	}
	if t.setup.Measuring == nil {
		return collector.Measure(ctx, c.Normalise, nil)
	}
	tell := t.setup.Measuring(fmt.Sprintf("measuring the scales of what the model is shown, in %d environments", c.Environments), "steps")
	return collector.Measure(ctx, c.Normalise, func(done int) { tell(done, c.Normalise) })
}

// measured is the place, before all stages', of the episodes that are measured.
const measured = -1

// firstSeed is that of a stage's first episode: below 2³⁹, where no episodes of
// validation are.
func firstSeed(seed uint64, stage int) uint64 { return splitmix.Mix(seed, uint64(stage+1)) >> 25 }

// privileged is how many numbers only the critic sees.
func (c *Config) privileged(spec *env.Spec) (int, error) {
	leaves, n := env.Leaves(spec.Info), 0
	for i, path := range c.Critic.Privileged {
		at := slices.IndexFunc(leaves, func(l env.Leaf) bool { return l.Path == path && !l.Ragged })
		if at < 0 {
			return 0, jsonconfig.Refuse(fmt.Sprintf("config.critic.privileged[%d]", i), jsonconfig.Quote(path), "name an array of numbers in the environment's info; some are there only where environment_config asks for them")
		}
		n += leaves[at].Elements()
	}
	return n, nil
}
