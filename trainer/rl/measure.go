package rl

import (
	"context"
	"errors"

	"trailblazer/internal/jsonconfig"
	"trailblazer/trainer/feature"
	"trailblazer/trainer/model"
)

// evenly is a temperature at which all choices are as likely.
const evenly = 1e9

// errMeasured is why a collector that has measured is of no more use.
var errMeasured = errors.New("it has measured the scales of its actor's features, which a new actor is made with")

// Measure plays so many steps of each environment, in choices that are drawn
// evenly, or in values around what fresh weights say, and returns the actor's
// features on the scale of what was shown. The scales are measured once and then
// stay, rather than follow the model as running ones do: a model that is played
// alone later has them, and what was collected before means the same.
//
// What is measured makes another model of the actor's, so the collector is of no
// more use; the scales of real actions and of conditions stay as they are. tell,
// where set, is told how many of the steps are done.
func (c *Collector) Measure(ctx context.Context, steps int, tell func(done int)) (*feature.Config, error) {
	if steps < 1 {
		return nil, jsonconfig.Refuse("normalise", "0", "measure at least one step")
	}
	if c.broken != nil {
		return nil, c.broken
	}
	c.broken = errMeasured
	features := *c.actor.features
	features.Condition = feature.Condition{}
	fitter, err := feature.NewFitter(&features, c.actor.spec)
	if err != nil {
		return nil, err
	}
	if c.actor.config().Head.Kind != model.HeadValue {
		c.options.Temperature = evenly
	}
	for step := 0; step < steps; step++ {
		if step == 0 || c.options.Steps == 0 && !c.playing() {
			c.start()
		}
		if err := c.measure(ctx, fitter); err != nil {
			return nil, err
		}
		if tell != nil {
			tell(step + 1)
		}
	}
	measured, err := fitter.Config(nil, 0)
	if err != nil {
		return nil, err
	}
	measured.Value, measured.Condition = c.actor.features.Value, c.actor.features.Condition
	return measured, nil
}

// measure plays a step. Nothing of it is kept but its scale.
func (c *Collector) measure(ctx context.Context, fitter *feature.Fitter) error {
	if err := c.reset(); err != nil {
		return err
	}
	for i := range c.lanes {
		if c.lanes[i].waiting {
			continue
		}
		if err := fitter.AddShown(c.shown, i); err != nil {
			return err
		}
	}
	if err := c.decide(ctx, 0); err != nil {
		return err
	}
	return c.step()
}
