package feed

import (
	"context"
	"errors"
	"io"

	"trailblazer/trainer/model"
)

// HeldOut is batches of episodes that nothing is learned from: the same ones in
// the same order, every time.
type HeldOut struct{ batches []*model.Batch }

// HeldOut reads so many batches of each task at most, all of its data sets in
// turn, into memory. A task of which nothing is held out has none.
func (p *Plan) HeldOut(ctx context.Context, batches int) (*HeldOut, error) {
	h := &HeldOut{}
	for task := range p.options.Tasks {
		if err := h.read(ctx, p, task, batches); err != nil {
			return nil, err
		}
	}
	return h, nil
}

// Batches are the batches. Do not change them.
func (h *HeldOut) Batches() []*model.Batch { return h.batches }

// Each calls do with the batches, in order, until one returns an error or ctx
// ends.
func (h *HeldOut) Each(ctx context.Context, do func(*model.Batch) error) error {
	for _, b := range h.batches {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := do(b); err != nil {
			return err
		}
	}
	return nil
}

// read reads a task's batches.
func (h *HeldOut) read(ctx context.Context, p *Plan, task, batches int) error {
	streams, err := p.openOnce(ctx, task, func(s *selection) map[int64]bool { return s.heldOut })
	defer closeAll(streams)
	if err != nil {
		return err
	}
	t := &p.options.Tasks[task]
	for n := 0; n < batches && len(streams) > 0; {
		b := new(model.Batch)
		start(b, task)
		for next := 0; !t.full(b) && len(streams) > 0; next++ {
			s := streams[next%len(streams)]
			w, err := s.take(ctx)
			if errors.Is(err, io.EOF) {
				s.close()
				at := next % len(streams)
				streams = append(streams[:at:at], streams[at+1:]...)
				continue
			}
			if err == nil {
				err = t.pack(s, w, b)
			}
			if err != nil {
				return err
			}
		}
		// Of what can't be learned there is no loss.
		if teaches(b) {
			n++
			h.batches = append(h.batches, b)
		}
	}
	return nil
}

// openOnce opens a task's data sets for one pass through some of their
// episodes, in an order that the options do not change.
func (p *Plan) openOnce(ctx context.Context, task int, keep func(*selection) map[int64]bool) ([]*stream, error) {
	var streams []*stream
	for set := range p.options.Tasks[task].Sets {
		s, err := p.stream(task, set)
		if err != nil {
			return streams, err
		}
		if s.keep = keep(&p.selections[task][set]); len(s.keep) == 0 {
			continue
		}
		at, err := p.begin(task, set, s)
		if err != nil {
			return streams, err
		}
		q := p.query(task, set)
		q.Seed = uint64(set)
		if err := s.open(ctx, q, at); err != nil {
			return streams, err
		}
		streams = append(streams, s)
	}
	return streams, nil
}

func closeAll(streams []*stream) {
	for _, s := range streams {
		s.close()
	}
}
