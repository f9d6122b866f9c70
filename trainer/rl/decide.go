package rl

import (
	"context"
	"fmt"

	"trailblazer/api/env"
	"trailblazer/api/env/vector"
	"trailblazer/internal/parallel"
	"trailblazer/trainer/model"
)

// decide fills in the next actions: those of shards at the same time.
func (c *Collector) decide(ctx context.Context, step int) error {
	return parallel.Run(ctx, parallel.Work{N: len(c.logs), Workers: c.actor.model.Compute().Workers(),
		Start: func() (func(context.Context, int) error, func()) {
			return func(_ context.Context, i int) error {
				return c.decideShard(c.actor.shards[i], step, c.logs[i].at(step))
			}, func() {}
		}})
}

// decideShard decides for a shard's environments, and keeps what they were shown,
// what is done, and what their experts say of it.
func (c *Collector) decideShard(s *shard, step int, steps *model.Steps) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("a model or an expert failed on what it was shown: %w", vector.NewPanicError(r))
		}
	}()
	if err := c.look(s, steps); err != nil || len(s.active) == 0 {
		return err
	}
	decisions, err := s.decide(steps, c.options.Temperature)
	if err != nil {
		return err
	}
	for k, i := range s.active {
		if err := c.act(s, i, &decisions[k], &s.labels[k]); err != nil {
			return fmt.Errorf("environment %d: %w", s.first+i, err)
		}
		r := &c.lanes[s.first+i].record
		r.shown = append(r.shown, moment{step, k})
		s.seats[i].time++
	}
	return nil
}

// look has the experts asked, and appends to steps what is shown of episodes that
// are kept.
func (c *Collector) look(s *shard, steps *model.Steps) error {
	s.active, s.labels = s.active[:0], s.labels[:0]
	for i := range s.seats {
		row := s.first + i
		if c.lanes[row].waiting {
			if err := s.idle(c.shown, row, c.action); err != nil {
				return fmt.Errorf("environment %d: %w", row, err)
			}
			continue
		}
		l, err := c.ask(s, i, c.shown)
		if err == nil {
			err = s.observe(i, c.shown, steps)
		}
		if err != nil {
			return fmt.Errorf("environment %d: %w", row, err)
		}
		s.active, s.labels = append(s.active, i), append(s.labels, l)
	}
	return nil
}

// act writes what is done in a seat's environment, and keeps it with its label.
func (c *Collector) act(s *shard, i int, d *model.Decision, l *label) error {
	row, in := s.first+i, c.shown
	r, seat := &c.lanes[row].record, &s.seats[i]
	if l.acts {
		c.action.CopyRow(row, c.labels, row)
		if err := s.adapter.Taken(in, row, c.labels, row, &r.actions); err != nil {
			return err
		}
		if s.task.ActionTokens {
			if err := seat.session.Acted(last(&r.actions, s.task.Head.Kind)); err != nil {
				return err
			}
		}
	} else {
		if err := s.adapter.Act(in, row, d, c.action, row); err != nil {
			return err
		}
		decided(d, s.task.Head.Kind, &r.actions)
	}
	r.logp = append(r.logp, float32(seat.logp))
	r.privileged = c.privileged.append(in, row, r.privileged)
	if c.options.Clock != "" {
		r.clock = append(r.clock, c.clock.first(in, row))
	}
	if err := c.keep(s, i, in, l); err != nil {
		return err
	}
	if err := c.shape(s, i, l); err != nil || !l.asked {
		return err
	}
	return c.tell(row, in)
}

// idle writes an action that needs no model: the first choice, or none where
// nothing can be chosen.
func (s *shard) idle(in *env.Batch, row int, action env.Arrays) error {
	d := model.Decision{Executors: 1}
	if s.adapter.Act(in, row, &d, action, row) == nil {
		return nil
	}
	d.Choice = -1
	return s.adapter.Act(in, row, &d, action, row)
}
