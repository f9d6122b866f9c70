package traj

import (
	"maps"
	"slices"
)

// Flush finishes the shards that are open, so that readers see every episode
// that was added before. Meanwhile others add to the next ones: no episode waits
// for a shard that is cut short. After an error it can be called again.
func (w *Writer) Flush() error {
	w.flushing.Lock()
	defer w.flushing.Unlock()
	if err := w.cut(); err != nil {
		return err
	}
	return w.listing.write()
}

// cut writes the shards that are open. The lock is not held while it waits for
// files.
func (w *Writer) cut() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return ErrClosed
	}
	open := maps.Clone(w.open)
	for _, split := range slices.Sorted(maps.Keys(open)) {
		j := open[split]
		if j.episodes == 0 {
			continue
		}
		if err := w.idle(); err != nil {
			return err
		}
		if w.open[split] != j {
			continue // An Add has filled it.
		}
		if err := w.seal(split); err != nil {
			return err
		}
	}
	return w.idle()
}

// idle is wait, but lets others add meanwhile.
func (w *Writer) idle() error {
	w.pause()
	if s := w.writing; s != nil && s.err != nil {
		w.begin(s)
		w.pause()
	}
	if s := w.writing; s != nil {
		return w.written(s)
	}
	return nil
}

// pause releases the lock until no shard is being written, or one has failed.
func (w *Writer) pause() {
	for s := w.writing; s != nil; s = w.writing {
		done := s.done
		select {
		case <-done:
			return
		default:
		}
		w.mu.Unlock()
		<-done
		w.mu.Lock()
	}
}

// Unfinished is the number of steps in the longest journal of an open shard:
// what readers do not see before it is full, or flushed. Shards that are being
// written do not count.
func (w *Writer) Unfinished() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	steps := 0
	for _, j := range w.open {
		steps = max(steps, j.steps)
	}
	return steps
}
