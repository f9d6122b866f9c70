package traj

import (
	"fmt"

	"trailblazer/api/env"
)

// AddScenario says what was played in episodes that name its content hash. The
// spec's observation, action and info must have the data set's fields.
func (w *Writer) AddScenario(spec *env.Spec) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return ErrClosed
	}
	other, err := newInfo(spec, w.schema.Labels)
	if err != nil {
		return err
	}
	other.addScenario(ScenarioOf(spec))
	if err := w.base.differs(other); err != nil {
		return fmt.Errorf("%s of %s does not belong into %s: its %w; write to a data set of its own", spec.Scenario, spec.ID, w.dir, err)
	}
	joined := *w.base
	if err := joined.join(other); err != nil {
		return err
	}
	w.learn(&joined)
	w.said = false
	return nil
}

// learn replaces the description that new shards get.
func (w *Writer) learn(base *Info) {
	w.base = base
	for _, s := range base.Scenarios {
		w.hashes[s.ContentHash] = true
	}
}

// say lets the data set's description be that of new shards. It comes before
// the first of their episodes, so that it is never the older one.
func (w *Writer) say() error {
	if w.said {
		return nil
	}
	w.listing.rebase(w.base)
	if err := w.listing.write(); err != nil {
		return err
	}
	w.said = true
	return nil
}

// AddReferences adds scores to compare with, beside those of WriterOptions: at
// once, whether episodes are added or not.
func (w *Writer) AddReferences(references []Reference) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return ErrClosed
	}
	base := *w.base
	references = base.settled(references)
	base.addOrigin("", references)
	w.base = &base
	w.listing.refer(references)
	return w.listing.write()
}
