package traj

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
)

func shardName(split string, number int) string { return fmt.Sprintf("%s-%05d", split, number) }

func (w *Writer) flush() error {
	for _, split := range slices.Sorted(maps.Keys(w.open)) {
		if w.open[split].episodes == 0 {
			continue
		}
		if err := w.seal(split); err != nil {
			return err
		}
	}
	if err := w.wait(); err != nil {
		return err
	}
	return w.listing.write()
}

// Close finishes all open shards and lets others write to the data set. After
// an error the Writer is closed too: what could not be finished stays in
// journals, which the next Create, or "trailblazer data validate --repair",
// turns into shards.
func (w *Writer) Close() error {
	w.flushing.Lock()
	defer w.flushing.Unlock()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return nil
	}
	err := w.flush()
	if s := w.writing; s != nil {
		err = errors.Join(err, s.journal.file.Close())
	}
	for _, j := range w.open {
		if j.episodes == 0 {
			err = errors.Join(err, j.remove())
		} else {
			err = errors.Join(err, j.file.Close())
		}
	}
	w.closed = true
	return errors.Join(err, w.lock.release())
}

// sealedShard is one whose journal is full, and which is being written.
type sealedShard struct {
	journal *journal
	// done is closed when a try is over; err says how it went.
	done chan struct{}
	err  error
}

// seal begins to write a split's open shard. There is one at a time: an earlier
// one is waited for, and if it can't be written the journal stays open.
func (w *Writer) seal(split string) error {
	if err := w.wait(); err != nil {
		return err
	}
	w.writing = &sealedShard{journal: w.open[split]}
	delete(w.open, split)
	w.begin(w.writing)
	return nil
}

// begin begins to write a shard in the background.
func (w *Writer) begin(s *sealedShard) {
	done := make(chan struct{})
	s.done = done
	go func() {
		defer close(done)
		s.err = w.write(s.journal)
	}()
}

// wait waits for the shard that is being written, and tries once more where that
// failed.
func (w *Writer) wait() error {
	s := w.writing
	if s == nil {
		return nil
	}
	<-s.done
	if s.err != nil {
		w.begin(s)
		<-s.done
	}
	return w.written(s)
}

// written ends the writing of a shard, if nothing went wrong.
func (w *Writer) written(s *sealedShard) error {
	if s.err != nil {
		return fmt.Errorf("shard %s can't be written: %w; its episodes are safe in %s: make room and go on, or let \"trailblazer data validate --repair %s\" write it",
			s.journal.name, s.err, s.journal.file.Name(), w.dir)
	}
	w.writing = nil
	return s.journal.file.Close()
}

// write turns a journal into a shard, and removes it then.
func (w *Writer) write(j *journal) error {
	p, err := finishShard(w.dir, j.name, j.episodes, w.options.GroupSteps)
	if err != nil {
		return err
	}
	w.listing.add(p)
	if err := os.Remove(j.file.Name()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	// The shard is there whatever happens to its listing, which stays stale
	// after an error: Flush tries again, and reports it.
	_ = w.listing.write()
	return nil
}

// finishShard writes the shard that a journal of so many episodes stands for.
func finishShard(dir, name string, episodes, groupSteps int) (part, error) {
	var (
		shard *shardWriter
		sums  *tally
	)
	c, err := readJournal(journalPath(dir, name), func(c *contents, e *Episode) (err error) {
		if shard == nil {
			sums = newTally(c.schema)
			if shard, err = newShardWriter(dir, name, c.schema, groupSteps); err != nil {
				return err
			}
		}
		sums.add(e)
		return shard.add(e)
	})
	if err == nil && (shard == nil || c.episodes != episodes) {
		err = fmt.Errorf("its journal holds %d episodes of the %d that were written", c.episodes, episodes)
	}
	if err == nil {
		p := part{info: c.info}
		p.info.Statistics, p.info.Shards = sums.statistics(), nil
		if p.ShardInfo, err = shard.finish(p.info); err == nil {
			return p, nil
		}
	}
	if shard != nil {
		shard.abort()
	}
	return part{}, err
}
