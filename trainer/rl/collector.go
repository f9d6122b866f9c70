package rl

import (
	"context"
	"fmt"
	"strconv"

	"trailblazer/api/env"
	"trailblazer/trainer/feature"
	"trailblazer/trainer/model"
)

// Collector plays an actor in a world, again and again. It is not safe for
// concurrent use.
//
// Environment i plays, as its episode t, number t·(n/copies) + i/copies of all
// that Episodes draws, where n is how many environments there are: which episode
// is played does not depend on how long others take.
//
// Where it goes on with episodes (CollectOptions.Steps), a model that looks back
// does so to the beginning of the collection and no further: it decides by what
// is in the experience, which it can be asked for again.
type Collector struct {
	world    *World
	actor    *Actor
	episodes Episodes
	options  CollectOptions

	privileged, clock reader
	lanes             []lane
	logs              []log // of the shards
	shown             *env.Batch
	action, labels    env.Arrays
	// broken is the error after which the environments are in an unknown state.
	broken error
}

// log is what a shard decided by.
type log struct {
	steps []model.Steps // of each step of the collection
	used  int           // of steps
	after model.Steps   // what followed pieces that were not terminated
}

// start empties a log and keeps its memory.
func (l *log) start() {
	feature.Start(&l.after)
	l.used = 0
}

// at is where a step of the collection is kept.
func (l *log) at(step int) *model.Steps {
	if step == len(l.steps) {
		l.steps = append(l.steps, model.Steps{})
	}
	feature.Start(&l.steps[step])
	l.used = step + 1
	return &l.steps[step]
}

// NewCollector makes a collector of a world, whose environments must never have
// been used. Errors are *env.FieldError.
func NewCollector(w *World, a *Actor, e Episodes, o CollectOptions) (*Collector, error) {
	if err := w.Validate(); err != nil {
		return nil, err
	}
	n := w.Vector.Len()
	if a.Len() != n {
		return nil, &env.FieldError{Field: "actor", Value: fmt.Sprintf("for %d environments", a.Len()), Remedy: fmt.Sprintf("make it for the world's %d", n)}
	}
	leaves := env.Leaves(w.Vector.Spec().Action)
	c := &Collector{world: w, actor: a, episodes: e, lanes: make([]lane, n), logs: make([]log, len(a.shards)),
		action: env.NewArrays(leaves, n), labels: env.NewArrays(leaves, n)}
	for i := range c.lanes {
		c.lanes[i].over = true
	}
	if err := c.set(o); err != nil {
		return nil, err
	}
	return c, nil
}

// SetOptions changes what the next collections are like. How many steps they
// have and how many environments play the same episode must stay as it is.
func (c *Collector) SetOptions(o CollectOptions) error {
	if o.Steps != c.options.Steps {
		return refuseOption("steps", strconv.Itoa(o.Steps), fmt.Sprintf("keep %d, or make another collector", c.options.Steps))
	}
	if max(o.Copies, 1) != c.options.Copies {
		return refuseOption("copies", strconv.Itoa(o.Copies), fmt.Sprintf("keep %d, or make another collector", c.options.Copies))
	}
	return c.set(o)
}

func (c *Collector) set(o CollectOptions) error {
	if err := o.Validate(); err != nil {
		return err
	}
	o = o.withDefaults()
	task := c.actor.config()
	switch {
	case len(c.lanes)%o.Copies != 0:
		return refuseOption("copies", strconv.Itoa(o.Copies), fmt.Sprintf("give a divisor of the %d environments", len(c.lanes)))
	case o.asks() && c.world.Experts == nil:
		return refuseOption("label", "on, or a reward or a beta that needs experts, without experts", "name an expert, or go without")
	case o.Reward == RewardAdvantage && task.Head.Kind != model.HeadChoice:
		return refuseOption("reward", strconv.Quote(o.Reward), fmt.Sprintf("give %q: experts know of single choices only what they lose", RewardEnvironment))
	}
	privileged, err := newReader(c.actor.spec, "collect.privileged", o.Privileged...)
	if err != nil {
		return err
	}
	var clock reader
	if o.Clock != "" {
		if clock, err = newReader(c.actor.spec, "collect.clock", o.Clock); err != nil {
			return err
		}
	}
	c.options, c.privileged, c.clock = o, privileged, clock
	return nil
}

// Privileged is how many numbers only a critic sees of each step.
func (c *Collector) Privileged() int { return c.privileged.count }

// Collect plays, and returns what it brought. After an error of the environments,
// of the experts or of the context the collector is of no use any more, but for
// SetState.
func (c *Collector) Collect(ctx context.Context) (*Experience, error) {
	if c.broken != nil {
		return nil, fmt.Errorf("a collection failed before, go on from a state that was saved: %w", c.broken)
	}
	e, err := c.collect(ctx)
	if err != nil {
		c.broken = err
		return nil, err
	}
	return e, nil
}

func (c *Collector) collect(ctx context.Context) (*Experience, error) {
	c.start()
	whole := c.options.Steps == 0
	for step := 0; whole || step < c.options.Steps; step++ {
		if err := c.reset(); err != nil {
			return nil, err
		}
		if err := c.decide(ctx, step); err != nil {
			return nil, err
		}
		if err := c.step(); err != nil {
			return nil, err
		}
		if whole && !c.playing() {
			break
		}
	}
	for i := range c.lanes {
		if c.lanes[i].open() {
			if err := c.close(i, false, false); err != nil {
				return nil, err
			}
		}
	}
	return c.assemble(), nil
}

// start begins a collection.
func (c *Collector) start() {
	for i := range c.lanes {
		l := &c.lanes[i]
		l.record.start()
		if c.options.Steps == 0 {
			l.waiting, l.over = false, true
		}
		c.actor.seat(i).session.Reset()
	}
	for i := range c.logs {
		c.logs[i].start()
	}
}

// playing reports whether an episode that is kept goes on.
func (c *Collector) playing() bool {
	return c.any(func(l *lane) bool { return !l.waiting })
}

// any reports whether something holds of a lane.
func (c *Collector) any(holds func(l *lane) bool) bool {
	for i := range c.lanes {
		if holds(&c.lanes[i]) {
			return true
		}
	}
	return false
}

// step steps the environments, and keeps what came of it.
func (c *Collector) step() error {
	t, err := c.world.Vector.Step(c.action)
	if err != nil {
		return fmt.Errorf("the environments could not step: %w", err)
	}
	c.shown = &t.Batch
	for i := range c.lanes {
		l := &c.lanes[i]
		if l.waiting {
			l.over = t.Done(i)
			continue
		}
		if err := c.reward(i, t.Reward[i]); err != nil {
			return err
		}
		if !t.Done(i) {
			continue
		}
		if err := c.finish(i, t.Terminated[i]); err != nil {
			return err
		}
	}
	return nil
}

// reward keeps what a step brought.
func (c *Collector) reward(i int, own float64) error {
	l, o := &c.lanes[i], &c.options
	l.sum += own
	l.length++
	c.actor.seat(i).goal -= own
	x := own
	if o.Reward == RewardAdvantage {
		x = l.shaped
	}
	if o.RewardFloor != 0 && x < o.RewardFloor {
		x = o.RewardFloor
	}
	if y := x * o.RewardScale; y-y == 0 && own-own == 0 {
		l.record.reward = append(l.record.reward, float32(y))
		return nil
	}
	return &env.FieldError{Field: fmt.Sprintf("reward[%d]", i), Value: fmt.Sprintf("%g, to be learned as %g", own, x),
		Remedy: fmt.Sprintf("look into step %d of episode %d: rewards are finite numbers", l.length-1, l.number)}
}

// finish ends an episode.
func (c *Collector) finish(i int, terminated bool) error {
	l := &c.lanes[i]
	if err := c.close(i, terminated, true); err != nil {
		return err
	}
	l.results = append(l.results, EpisodeResult{Number: l.number, Environment: i, Return: l.sum, Length: l.length})
	l.over, l.waiting = true, c.options.Steps == 0
	return c.end(i, c.shown)
}

// close ends a piece, and keeps what is shown after it where more would follow.
func (c *Collector) close(i int, terminated, ended bool) error {
	l, at := &c.lanes[i], i/c.actor.size
	l.pieces = append(l.pieces, piece{end: len(l.record.reward), number: l.number, terminated: terminated, ended: ended})
	if terminated {
		return nil
	}
	s, log := c.actor.shards[at], &c.logs[at]
	if err := s.observe(i-s.first, c.shown, &log.after); err != nil {
		return fmt.Errorf("environment %d, after its last step: %w", i, err)
	}
	l.after = append(l.after, len(log.after.Times)-1)
	l.afterPrivileged = c.privileged.append(c.shown, i, l.afterPrivileged)
	return nil
}
