package rl

import (
	"bytes"
	"encoding/json"
	"fmt"

	"trailblazer/api/env"
)

// reset begins the next episodes of environments whose last is over. Those whose
// episodes have the same options begin together.
func (c *Collector) reset() error {
	if !c.any(func(l *lane) bool { return l.over }) {
		return nil
	}
	n := len(c.lanes)
	seeds, options, left := make([]uint64, n), make([]json.RawMessage, n), 0
	for i := range c.lanes {
		l := &c.lanes[i]
		if !l.over {
			continue
		}
		if !l.waiting {
			c.begin(i)
		}
		if seeds[i], options[i] = c.episodes.Draw(l.number); !l.waiting {
			c.prepare(i, seeds[i])
		}
		left++
	}
	mask := make([]bool, n)
	for low := 0; left > 0; low++ {
		if !c.lanes[low].over {
			continue
		}
		clear(mask)
		for i := low; i < n; i++ {
			if l := &c.lanes[i]; l.over && bytes.Equal(options[i], options[low]) {
				mask[i], l.over = true, false
				left--
			}
		}
		shown, err := c.world.Vector.Reset(env.ResetOptions{Seeds: seeds, Mask: mask, Options: options[low]})
		if err != nil {
			return fmt.Errorf("episode %d could not begin: %w", c.lanes[low].number, err)
		}
		c.shown = shown
	}
	return nil
}

// begin counts an episode.
func (c *Collector) begin(i int) {
	l, copies := &c.lanes[i], c.options.Copies
	l.number = l.turn*uint64(len(c.lanes)/copies) + uint64(i/copies)
	l.turn++
	l.sum, l.length = 0, 0
}

// prepare gets the actor and the expert ready for the episode of a seed.
func (c *Collector) prepare(i int, seed uint64) {
	l, s := &c.lanes[i], c.actor.shards[i/c.actor.size]
	s.begin(i-s.first, c.options.Seed, l.number, i%c.options.Copies)
	l.seed = seed
	if e := c.expert(i); e != nil {
		e.Reset(seed)
	}
}
