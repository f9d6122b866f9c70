package replay

import (
	"context"

	"trailblazer/api/env"
	"trailblazer/datasets/traj"
)

// Checker plays episodes of one scenario again, one after the other, for who
// reads a data set and must know of each whether it is true. It is for one
// goroutine.
type Checker struct {
	set    *traj.Set
	player *player
}

// NewChecker plays episodes of a data set with a scenario that was made as they
// were recorded: its content hash is theirs.
func NewChecker(set *traj.Set, factory env.Factory) (*Checker, error) {
	p, err := newPlayer(&stage{factory: factory}, set.Schema(), nil)
	if err != nil {
		return nil, err
	}
	return &Checker{set, p}, nil
}

// Check plays an episode again. It returns where it parts from what was
// recorded, or why it can't be played; neither if it is exact.
func (c *Checker) Check(ctx context.Context, e *traj.Episode) (d *Difference, unverifiable string, err error) {
	if reason := lacks(e); reason != "" {
		return nil, reason, nil
	}
	if d, err = c.player.play(ctx, e, nil); d != nil {
		d.locate(c.set, &e.Header)
	}
	return d, "", err
}

// Close closes the environment.
func (c *Checker) Close() { c.player.close() }
